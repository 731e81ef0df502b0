//! What a seed is, as a short text: equal for equal content and settings, whatever the file is called.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::stack::{Seed, SeedKind};

/// Raised when the way of applying seeds changes so that an old result is not what a new run would give.
const VERSION: u8 = 1;
/// How much is read at once.
const PIECE: usize = 1 << 18;

/// The fingerprint of each seed, in hex. It reads the files as a whole; errors name the file.
pub fn fingerprint(seeds: &[Seed]) -> io::Result<Vec<String>> {
    seeds.iter().map(|seed| one(&seed.kind)).collect()
}

fn one(kind: &SeedKind) -> io::Result<String> {
    let mut hash = Sha256::new();
    hash.update([VERSION]);
    match kind {
        SeedKind::File { path, compression } => {
            hash.update(b"file\0");
            // The same bytes mean something else when they are unpacked.
            hash.update(format!("{compression:?}\0"));
            content(path, &mut hash).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", path.display()))
            })?;
        }
        SeedKind::Exec { command } => {
            hash.update(b"exec\0");
            for word in command {
                hash.update(u64::try_from(word.len()).unwrap_or(u64::MAX).to_le_bytes());
                hash.update(word);
            }
        }
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
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
    use crate::stack::Compression;

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
    fn names_the_file_that_cannot_be_read() {
        let error = fingerprint(&[file(Path::new("/no/such.sql"), Compression::None)])
            .expect_err("no file");
        assert!(error.to_string().starts_with("/no/such.sql: "), "{error}");
    }
}
