//! What a seed is, as a short text: equal for equal content and settings, whatever the file is called.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::folder;
use crate::catalog::Table;
use crate::stack::{RequestBody, Seed, SeedKind};

/// Raised when the way of applying seeds changes so that an old result is not what a new run would give.
const VERSION: u8 = 1;
/// How much is read at once.
const PIECE: usize = 1 << 18;

/// The fingerprint of each seed, in hex. It reads the files as a whole; errors name the file.
pub fn fingerprint(seeds: &[Seed]) -> io::Result<Vec<String>> {
    seeds.iter().map(|seed| one(&seed.kind)).collect()
}

fn one(kind: &SeedKind) -> io::Result<String> {
    let mut print = Print(Sha256::new());
    print.0.update([VERSION]);
    match kind {
        SeedKind::File {
            path,
            compression,
            table,
        } => {
            print.0.update(b"file\0");
            // The same bytes mean something else when they are unpacked, or go to another table.
            print.0.update(format!("{compression:?}\0"));
            if let Some(table) = table {
                print.table(table);
            }
            print.named(path)?;
        }
        SeedKind::Exec { command } => {
            print.0.update(b"exec\0");
            print.words(command);
        }
        SeedKind::Run(run) => {
            print.0.update(b"run\0");
            print.words(&[&run.service, &run.image]);
            print.words(&run.command);
            print.count(run.inputs.len());
            // A file's place matters to the command, but not where the manifest's folder is.
            let root = common_folder(&run.inputs);
            for input in &run.inputs {
                let name = input.strip_prefix(&root).unwrap_or(input);
                print.word(name.as_os_str().as_encoded_bytes());
                print.named(input)?;
            }
        }
        SeedKind::Http(request) => {
            print.0.update(b"http\0");
            print.words(&[&request.method, &request.path, &request.port.to_string()]);
            print.count(request.headers.len());
            for (name, value) in &request.headers {
                print.words(&[name, value]);
            }
            match &request.body {
                RequestBody::None => print.0.update(b"none\0"),
                RequestBody::Text(text) => {
                    print.0.update(b"text\0");
                    print.word(text);
                }
                RequestBody::File { path, compression } => {
                    print.0.update(format!("file {compression:?}\0"));
                    print.named(path)?;
                }
            }
        }
    }
    let mut text = String::with_capacity(64);
    for byte in print.0.finalize() {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// The folder that all of some files lie in.
fn common_folder(files: &[PathBuf]) -> PathBuf {
    let mut folders = files.iter().filter_map(|file| file.parent());
    let first = folders.next().unwrap_or(Path::new("")).to_owned();
    folders.fold(first, |mut common, folder| {
        while !folder.starts_with(&common) && common.pop() {}
        common
    })
}

/// A digest in the making. Everything of its own length goes in with that length, so that no two differ only in where
/// one ends and the next begins.
struct Print(Sha256);

impl Print {
    fn count(&mut self, count: usize) {
        self.0
            .update(u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes());
    }

    fn word(&mut self, word: impl AsRef<[u8]>) {
        self.count(word.as_ref().len());
        self.0.update(word);
    }

    fn words(&mut self, words: &[impl AsRef<str>]) {
        for word in words {
            self.word(word.as_ref());
        }
    }

    fn table(&mut self, table: &Table) {
        self.word(&table.name);
        self.count(table.columns.len());
        self.words(&table.columns);
        self.word(format!("{}{}", table.delimiter, table.header));
    }

    /// The content of a file, or of all in a folder with their names.
    fn named(&mut self, path: &Path) -> io::Result<()> {
        let named = |path: &Path, error: &io::Error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        };
        if !path.is_dir() {
            return content(path, &mut self.0).map_err(|error| named(path, &error));
        }
        let files = folder::files(path).map_err(|error| named(path, &error))?;
        for (file, size) in &files {
            let name = file.strip_prefix(path).unwrap_or(file);
            self.word(name.as_os_str().as_encoded_bytes());
            self.0.update(size.to_le_bytes());
            content(file, &mut self.0).map_err(|error| named(file, &error))?;
        }
        Ok(())
    }
}

pub(super) fn content(path: &Path, hash: &mut Sha256) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => hash.update(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::stack::{Compression, SeedRun};

    fn seed(kind: SeedKind) -> Seed {
        Seed {
            kind,
            label: "seed".to_owned(),
            span: Source::new("devstack.yaml", "seed").span(0, 4),
        }
    }

    fn file(path: &Path, compression: Compression) -> Seed {
        seed(SeedKind::File {
            path: path.to_owned(),
            compression,
            table: None,
        })
    }

    fn exec(words: &[&str]) -> Seed {
        seed(SeedKind::Exec {
            command: words.iter().map(|&word| word.to_owned()).collect(),
        })
    }

    #[test]
    fn depends_on_content_and_settings_but_not_on_the_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let (a, b, c) = (
            folder.path().join("a.sql"),
            folder.path().join("b.sql"),
            folder.path().join("c.sql"),
        );
        std::fs::write(&a, "select 1;").expect("written");
        std::fs::write(&b, "select 1;").expect("written");
        std::fs::write(&c, "select 2;").expect("written");
        let prints = fingerprint(&[
            file(&a, Compression::None),
            file(&b, Compression::None),
            file(&c, Compression::None),
            file(&a, Compression::Gzip),
        ])
        .expect("fingerprints");
        assert_eq!(prints[0], prints[1]);
        assert_ne!(prints[0], prints[2]);
        assert_ne!(prints[0], prints[3]);
        assert_eq!(prints[0].len(), 64);
    }

    #[test]
    fn tells_commands_apart_by_their_words() {
        let prints = fingerprint(&[exec(&["a", "bc"]), exec(&["ab", "c"])]).expect("fingerprints");
        assert_ne!(prints[0], prints[1]);
    }

    #[test]
    fn rows_for_another_table_are_another_seed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "a\n1\n").expect("written");
        let csv = |name: &str, columns: &[&str]| {
            seed(SeedKind::File {
                path: path.clone(),
                compression: Compression::None,
                table: Some(Table {
                    name: name.to_owned(),
                    columns: columns.iter().map(|&c| c.to_owned()).collect(),
                    delimiter: ',',
                    header: true,
                }),
            })
        };
        let prints = fingerprint(&[
            csv("a", &[]),
            csv("b", &[]),
            csv("a", &["b"]),
            csv("a", &[]),
        ])
        .expect("fingerprints");
        assert_ne!(prints[0], prints[1]);
        assert_ne!(prints[0], prints[2]);
        assert_eq!(prints[0], prints[3]);
    }

    #[test]
    fn inputs_and_image_belong_to_a_command() {
        let folder = tempfile::tempdir().expect("a folder");
        let inputs: Vec<PathBuf> = ["1.sql", "2.sql"]
            .map(|name| folder.path().join(name))
            .into();
        for input in &inputs {
            std::fs::write(input, "x").expect("written");
        }
        let run = |image: &str| {
            seed(SeedKind::Run(SeedRun {
                service: "api".to_owned(),
                image: image.to_owned(),
                command: vec!["migrate".to_owned()],
                inputs: inputs.clone(),
            }))
        };
        let first = fingerprint(&[run("api:1"), run("api:2")]).expect("fingerprints");
        assert_ne!(first[0], first[1]);
        std::fs::write(&inputs[1], "y").expect("written");
        let second = fingerprint(&[run("api:1")]).expect("fingerprints");
        assert_ne!(first[0], second[0]);
        std::fs::write(&inputs[1], "x").expect("written");
        // The same files elsewhere are the same.
        let other = tempfile::tempdir().expect("a folder");
        let moved: Vec<PathBuf> = ["1.sql", "2.sql"]
            .map(|name| other.path().join(name))
            .into();
        for input in &moved {
            std::fs::write(input, "x").expect("written");
        }
        let mut seed = run("api:1");
        if let SeedKind::Run(run) = &mut seed.kind {
            run.inputs = moved;
        }
        assert_eq!(fingerprint(&[seed]).expect("fingerprints")[0], first[0]);
    }

    #[test]
    fn names_the_file_that_cannot_be_read() {
        let error = fingerprint(&[file(Path::new("/no/such.sql"), Compression::None)])
            .expect_err("no file");
        assert!(error.to_string().starts_with("/no/such.sql: "), "{error}");
    }
}
