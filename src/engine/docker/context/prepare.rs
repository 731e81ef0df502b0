//! What is sent: looked up before anything is.

use std::fs;
use std::io;
use std::path::Path;

use super::dockerfile::{DOCKERIGNORE, Place, free_name, ignore_file};
use super::files::{Entry, archive_size, list};
use crate::engine::EngineError;
use crate::stack::BuildFile;

/// A build context that is ready to be sent.
#[derive(Debug)]
pub(in crate::engine::docker) struct Context {
    /// The Dockerfile's name in the context.
    pub(in crate::engine::docker) dockerfile: String,
    /// About how long the archive is.
    pub(in crate::engine::docker) size: u64,
    pub(super) entries: Vec<Entry>,
    /// Files that do not lie in the folder, by their name in the context.
    pub(super) extra: Vec<(String, Vec<u8>)>,
}

impl Context {
    /// Looks at the folder, its Dockerfile and what is left out of it. `instead` is another text in place of the
    /// Dockerfile's, and a further file that it needs.
    pub(in crate::engine::docker) fn prepare_with(
        folder: &Path,
        dockerfile: &BuildFile,
        instead: Option<(String, (String, Vec<u8>))>,
    ) -> Result<Self, EngineError> {
        match fs::metadata(folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                return Err(EngineError::File(format!(
                    "the build context `{}` is not a folder",
                    folder.display()
                )));
            }
            Err(error) => return Err(unreadable("build context", folder, &error)),
        }
        let place = Place::of(folder, dockerfile)?;
        let (ignore, own_ignore) = ignore_file(folder, &place)?;
        let mut always = vec![DOCKERIGNORE.to_owned()];
        if let Place::Inside { name, .. } = &place {
            always.push(name.clone());
        }
        let mut entries = list(folder, &ignore, &always)?;
        let mut extra = Vec::new();
        let mut instead_text = None;
        if let Some((text, file)) = instead {
            extra.push(file);
            instead_text = Some(text.into_bytes());
        }
        let dockerfile = match (place, instead_text) {
            (Place::Inside { name, .. }, None) => name,
            (Place::Outside { text, .. }, None) | (_, Some(text)) => {
                let name = free_name(folder);
                extra.push((name.clone(), text));
                // The engine takes files that this names out of the context once it has read the Dockerfile.
                let mut lines = own_ignore.clone().unwrap_or_default();
                lines.extend_from_slice(format!("\n{name}\n").as_bytes());
                if own_ignore.is_none() {
                    lines.extend_from_slice(format!("{DOCKERIGNORE}\n").as_bytes());
                }
                entries.retain(|entry| entry.name != Path::new(DOCKERIGNORE));
                extra.push((DOCKERIGNORE.to_owned(), lines));
                name
            }
        };
        Ok(Self {
            dockerfile,
            size: archive_size(&entries),
            entries,
            extra,
        })
    }
}

/// A file that cannot be read.
pub(super) fn unreadable(what: &str, path: &Path, error: &io::Error) -> EngineError {
    EngineError::File(format!(
        "the {what} `{}` cannot be read: {error}",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use tempfile::TempDir;
    use tokio::sync::mpsc::channel;

    use super::*;

    impl Context {
        fn prepare(folder: &Path, dockerfile: &BuildFile) -> Result<Self, EngineError> {
            Self::prepare_with(folder, dockerfile, None)
        }
    }

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, text).expect("a file");
        }
        folder
    }

    fn dockerfile(path: &str) -> BuildFile {
        BuildFile::Path(path.into())
    }

    fn archive(context: &Context) -> Vec<u8> {
        let (sink, mut source) = channel(1 << 16);
        context.send(sink).expect("sent");
        let mut bytes = Vec::new();
        while let Ok(part) = source.try_recv() {
            bytes.extend_from_slice(&part.expect("bytes"));
        }
        bytes
    }

    /// Name, mode and text of every entry.
    fn entries(context: &Context) -> Vec<(String, u32, String)> {
        let bytes = archive(context);
        let mut archive = tar::Archive::new(bytes.as_slice());
        archive
            .entries()
            .expect("entries")
            .map(|entry| {
                let mut entry = entry.expect("an entry");
                assert_eq!(entry.header().uid().expect("an owner"), 0);
                let name = entry.path().expect("a name").to_string_lossy().into_owned();
                let mode = entry.header().mode().expect("a mode");
                let mut text = String::new();
                match entry.link_name().expect("a link") {
                    Some(link) => text = format!("-> {}", link.display()),
                    None => {
                        entry.read_to_string(&mut text).expect("text");
                    }
                }
                (name, mode, text)
            })
            .collect()
    }

    fn names(context: &Context) -> Vec<String> {
        entries(context)
            .into_iter()
            .map(|(name, _, _)| name)
            .collect()
    }

    #[test]
    fn sends_files_links_and_modes_but_no_sockets() {
        let folder = folder(&[("Dockerfile", "FROM a"), ("bin/run", "#!"), ("empty/x", "")]);
        let at = |name: &str| folder.path().join(name);
        fs::set_permissions(at("bin/run"), fs::Permissions::from_mode(0o4755)).expect("a mode");
        fs::remove_file(at("empty/x")).expect("removed");
        symlink("/nowhere/at/all", at("link")).expect("a link");
        let _socket = UnixListener::bind(at("socket")).expect("a socket");
        let long = "n".repeat(150);
        fs::write(at(&long), "long").expect("a file");
        let context = Context::prepare(folder.path(), &dockerfile("Dockerfile")).expect("ready");
        assert_eq!(context.dockerfile, "Dockerfile");
        let sent = entries(&context);
        let find = |name: &str| sent.iter().find(|(entry, _, _)| entry == name);
        assert_eq!(find("bin/run").map(|(_, mode, _)| *mode), Some(0o4755));
        assert_eq!(
            find("link").map(|(_, _, text)| text.as_str()),
            Some("-> /nowhere/at/all")
        );
        assert!(find("empty").or(find("empty/")).is_some(), "{sent:?}");
        assert!(find(&long).is_some());
        assert_eq!(find("socket"), None);
    }

    #[test]
    fn leaves_out_what_is_ignored_but_never_what_the_engine_reads() {
        let folder = folder(&[
            (".dockerignore", "*\n!src/**/*.rs\n"),
            ("build/Dockerfile", "FROM a"),
            ("build/other", ""),
            ("src/deep/a.rs", ""),
            ("src/deep/a.txt", ""),
            ("src/none/b.txt", ""),
            ("target/big", ""),
        ]);
        let context =
            Context::prepare(folder.path(), &dockerfile("./build/Dockerfile")).expect("ready");
        assert_eq!(context.dockerfile, "build/Dockerfile");
        assert_eq!(
            names(&context),
            [
                ".dockerignore",
                "build",
                "build/Dockerfile",
                "src",
                "src/deep",
                "src/deep/a.rs"
            ]
        );
    }

    #[test]
    fn the_dockerfiles_own_ignore_file_comes_first() {
        let folder = folder(&[
            (".dockerignore", "b"),
            ("web.Dockerfile", "FROM a"),
            ("web.Dockerfile.dockerignore", "c"),
            ("b", ""),
            ("c", ""),
        ]);
        let context =
            Context::prepare(folder.path(), &dockerfile("web.Dockerfile")).expect("ready");
        let names = names(&context);
        assert!(
            names.contains(&"b".to_owned()) && !names.contains(&"c".to_owned()),
            "{names:?}"
        );
    }

    #[test]
    fn sends_a_dockerfile_from_elsewhere_and_has_it_taken_out_again() {
        let folder = folder(&[(".dockerfile.devstack", "taken"), ("a", "")]);
        let inline = BuildFile::Inline("FROM inline".into());
        let context = Context::prepare(folder.path(), &inline).expect("ready");
        assert_eq!(context.dockerfile, ".dockerfile.devstack2");
        let sent = entries(&context);
        let text = |name: &str| {
            sent.iter()
                .find(|(entry, _, _)| entry == name)
                .map(|(_, _, text)| text.as_str())
        };
        assert_eq!(text(".dockerfile.devstack2"), Some("FROM inline"));
        assert_eq!(
            text(DOCKERIGNORE),
            Some("\n.dockerfile.devstack2\n.dockerignore\n")
        );

        let outside = self::folder(&[
            ("Dockerfile", "FROM outside"),
            ("context/.dockerignore", "x"),
        ]);
        let context = Context::prepare(
            &outside.path().join("context"),
            &dockerfile("../Dockerfile"),
        )
        .expect("ready");
        let sent = entries(&context);
        assert!(
            sent.iter().any(|(_, _, text)| text == "FROM outside"),
            "{sent:?}"
        );
        assert!(
            sent.iter()
                .any(|(name, _, text)| name == DOCKERIGNORE && text == "x\n.dockerfile.devstack\n"),
            "{sent:?}"
        );
    }

    #[test]
    fn says_what_is_missing() {
        let folder = folder(&[("file", "")]);
        let error = |folder: &Path, file: &str| {
            Context::prepare(folder, &dockerfile(file))
                .expect_err("not there")
                .to_string()
        };
        let path = folder.path();
        assert!(error(&path.join("no"), "Dockerfile").contains("build context"));
        assert!(error(&path.join("file"), "Dockerfile").contains("not a folder"));
        assert!(error(path, "Dockerfile").contains("Dockerfile"));
        fs::write(path.join("Dockerfile"), "").expect("a file");
        fs::write(path.join(DOCKERIGNORE), "[a").expect("a file");
        assert!(error(path, "Dockerfile").contains("line 1"));
    }

    #[test]
    fn the_size_is_about_right() {
        let folder = folder(&[("Dockerfile", "FROM a"), ("big", &"x".repeat(100_000))]);
        let context = Context::prepare(folder.path(), &dockerfile("Dockerfile")).expect("ready");
        let length = archive(&context).len() as u64;
        assert_eq!(context.size, length);
    }
}
