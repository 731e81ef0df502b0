//! The build context: a folder of this machine as a tar archive, made while it is sent.
//!
//! Memory holds the list of files, never their content. Owners are root's, as the docker command line has it; sockets,
//! pipes and devices are left out; links stay links.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use bytes::{Bytes, BytesMut};
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc::Sender;

use super::dockerignore::Ignore;
use crate::engine::EngineError;
use crate::engine::dockerfile::dockerfile_path;
use crate::stack::BuildFile;

/// The name under which a Dockerfile from outside the context is sent.
const EXTRA_DOCKERFILE: &str = ".dockerfile.devstack";
const DOCKERIGNORE: &str = ".dockerignore";
/// How much is handed over at once.
const CHUNK: usize = 64 * 1024;
/// The unit of a tar archive.
const BLOCK: u64 = 512;

/// A build context that is ready to be sent.
#[derive(Debug)]
pub(super) struct Context {
    /// The Dockerfile's name in the context.
    pub(super) dockerfile: String,
    /// About how long the archive is.
    pub(super) size: u64,
    entries: Vec<Entry>,
    /// Files that do not lie in the folder, by their name in the context.
    extra: Vec<(String, Vec<u8>)>,
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    name: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    File,
    Link,
}

impl Context {
    /// Looks at the folder, its Dockerfile and what is left out of it.
    pub(super) fn prepare(folder: &Path, dockerfile: &BuildFile) -> Result<Self, EngineError> {
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
        let mut walk = Walk {
            ignore,
            always: match &place {
                Place::Inside { name, .. } => vec![name.clone(), DOCKERIGNORE.to_owned()],
                Place::Outside { .. } => vec![DOCKERIGNORE.to_owned()],
            },
            entries: Vec::new(),
            size: 2 * BLOCK,
        };
        walk.folder(folder, Path::new(""))?;
        let mut extra = Vec::new();
        let dockerfile = match place {
            Place::Inside { name, .. } => name,
            Place::Outside { text, .. } => {
                let name = free_name(folder);
                extra.push((name.clone(), text));
                // The engine takes files that this names out of the context once it has read the Dockerfile.
                let mut lines = own_ignore.clone().unwrap_or_default();
                lines.extend_from_slice(format!("\n{name}\n").as_bytes());
                if own_ignore.is_none() {
                    lines.extend_from_slice(format!("{DOCKERIGNORE}\n").as_bytes());
                }
                walk.entries
                    .retain(|entry| entry.name != Path::new(DOCKERIGNORE));
                extra.push((DOCKERIGNORE.to_owned(), lines));
                name
            }
        };
        Ok(Self {
            dockerfile,
            size: walk.size,
            entries: walk.entries,
            extra,
        })
    }

    /// Writes the archive to where it is sent from. An end of the receiver's is no error of ours.
    pub(super) fn send(&self, sink: Sender<io::Result<Bytes>>) -> Result<(), EngineError> {
        let mut archive = Builder::new(Chunks {
            sink,
            buffer: BytesMut::with_capacity(CHUNK),
        });
        match self.write(&mut archive) {
            Ok(()) => Ok(()),
            Err(error) => {
                let sink = archive.get_ref().sink.clone();
                if sink.is_closed() {
                    return Ok(());
                }
                // Ends the request before its time, so that the engine does not take half a context for a whole one.
                let _ = sink.blocking_send(Err(io::Error::other("the build context broke off")));
                Err(error)
            }
        }
    }

    fn write(&self, archive: &mut Builder<Chunks>) -> Result<(), EngineError> {
        for entry in &self.entries {
            entry
                .append(archive)
                .map_err(|error| unreadable("file", &entry.path, &error))?;
        }
        for (name, bytes) in &self.extra {
            let mut header = Header::new_gnu();
            header.set_entry_type(EntryType::Regular);
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(0);
            header.set_size(bytes.len() as u64);
            archive
                .append_data(&mut header, name, bytes.as_slice())
                .map_err(|error| unreadable("file", Path::new(name), &error))?;
        }
        archive
            .finish()
            .and_then(|()| archive.get_mut().flush())
            .map_err(|error| EngineError::File(format!("the build context broke off: {error}")))
    }
}

impl Entry {
    fn append(&self, archive: &mut Builder<Chunks>) -> io::Result<()> {
        let mut header = Header::new_gnu();
        match self.kind {
            Kind::Folder => {
                describe(&mut header, &fs::symlink_metadata(&self.path)?);
                header.set_entry_type(EntryType::Directory);
                header.set_size(0);
                archive.append_data(&mut header, &self.name, io::empty())
            }
            Kind::Link => {
                describe(&mut header, &fs::symlink_metadata(&self.path)?);
                header.set_entry_type(EntryType::Symlink);
                header.set_size(0);
                archive.append_link(&mut header, &self.name, fs::read_link(&self.path)?)
            }
            Kind::File => {
                let file = match File::open(&self.path) {
                    // Gone since the folder was listed: as if it had never been there.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                    other => other?,
                };
                let metadata = file.metadata()?;
                describe(&mut header, &metadata);
                header.set_entry_type(EntryType::Regular);
                header.set_size(metadata.len());
                let content = Exactly {
                    file,
                    left: metadata.len(),
                };
                archive.append_data(&mut header, &self.name, content)
            }
        }
    }
}

/// Modes and times are the file's, owners are root's.
fn describe(header: &mut Header, metadata: &Metadata) {
    header.set_mode(metadata.permissions().mode() & 0o7777);
    header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or_default());
    header.set_uid(0);
    header.set_gid(0);
}

/// As many bytes of a file as its header promises.
struct Exactly {
    file: File,
    left: u64,
}

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).map_or(buffer.len(), |left| buffer.len().min(left));
        if room == 0 {
            return Ok(0);
        }
        let read = self.file.read(&mut buffer[..room])?;
        if read == 0 {
            return Err(io::Error::other("it became shorter while it was sent"));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// Hands bytes over in chunks, and waits when the receiver does not keep up.
struct Chunks {
    sink: Sender<io::Result<Bytes>>,
    buffer: BytesMut,
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = self.buffer.split().freeze();
        self.sink
            .blocking_send(Ok(chunk))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

/// Where the Dockerfile is.
enum Place {
    /// In the context, under this name.
    Inside { name: String, path: PathBuf },
    /// Elsewhere, or only in the manifest.
    Outside {
        text: Vec<u8>,
        path: Option<PathBuf>,
    },
}

impl Place {
    fn of(folder: &Path, dockerfile: &BuildFile) -> Result<Self, EngineError> {
        let path = match dockerfile {
            BuildFile::Inline(text) => {
                return Ok(Self::Outside {
                    text: text.clone().into_bytes(),
                    path: None,
                });
            }
            BuildFile::Path(path) => dockerfile_path(folder, path),
        };
        let real = path
            .canonicalize()
            .map_err(|error| unreadable("Dockerfile", &path, &error))?;
        let root = folder
            .canonicalize()
            .map_err(|error| unreadable("build context", folder, &error))?;
        // What a link in the context points to must lie in the context too for the engine to read it.
        if real.starts_with(&root)
            && let Some(name) = plain_name(folder, &path)
        {
            return Ok(Self::Inside { name, path });
        }
        let text = fs::read(&path).map_err(|error| unreadable("Dockerfile", &path, &error))?;
        Ok(Self::Outside {
            text,
            path: Some(path),
        })
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Inside { path, .. } => Some(path),
            Self::Outside { path, .. } => path.as_deref(),
        }
    }
}

/// The path relative to the folder, if it leads there without detours.
fn plain_name(folder: &Path, path: &Path) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.strip_prefix(folder).ok()?.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The patterns in force (`<Dockerfile>.dockerignore`, else `.dockerignore`), and the bytes of the context's own file
/// if it is there and not left out itself.
fn ignore_file(folder: &Path, place: &Place) -> Result<(Ignore, Option<Vec<u8>>), EngineError> {
    let own_path = folder.join(DOCKERIGNORE);
    let own = read_if_there(&own_path)?;
    let beside = match place.path() {
        Some(path) => {
            let mut name = path.as_os_str().to_owned();
            name.push(DOCKERIGNORE);
            let path = PathBuf::from(name);
            read_if_there(&path)?.map(|bytes| (path, bytes))
        }
        None => None,
    };
    let (path, bytes) = beside.unwrap_or_else(|| (own_path, own.clone().unwrap_or_default()));
    let ignore = Ignore::parse(&String::from_utf8_lossy(&bytes)).map_err(|error| {
        EngineError::File(format!("`{}` cannot be used: {error}", path.display()))
    })?;
    let own = own.filter(|_| !ignore.leaves_out(DOCKERIGNORE));
    Ok((ignore, own))
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, EngineError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable("file", path, &error)),
    }
}

/// A name that no file of the context has.
fn free_name(folder: &Path) -> String {
    let mut name = EXTRA_DOCKERFILE.to_owned();
    let mut number = 1;
    while folder.join(&name).symlink_metadata().is_ok() {
        number += 1;
        name = format!("{EXTRA_DOCKERFILE}{number}");
    }
    name
}

struct Walk {
    ignore: Ignore,
    /// Names that are sent whatever the patterns say: the engine reads them.
    always: Vec<String>,
    entries: Vec<Entry>,
    size: u64,
}

impl Walk {
    /// Lists a folder, in order.
    fn folder(&mut self, path: &Path, name: &Path) -> Result<(), EngineError> {
        let listing = fs::read_dir(path).map_err(|error| unreadable("folder", path, &error))?;
        let mut children = Vec::new();
        for child in listing {
            children.push(child.map_err(|error| unreadable("folder", path, &error))?);
        }
        children.sort_by_key(fs::DirEntry::file_name);
        for child in children {
            self.child(&child.path(), &name.join(child.file_name()))?;
        }
        Ok(())
    }

    fn child(&mut self, path: &Path, name: &Path) -> Result<(), EngineError> {
        let text = name.to_string_lossy();
        let out = self.ignore.leaves_out(&text) && !self.always.iter().any(|kept| *kept == text);
        let metadata = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unreadable("file", path, &error)),
        };
        if metadata.is_dir() {
            return self.subfolder(path, name, out);
        }
        let kind = if metadata.is_symlink() {
            Kind::Link
        } else if metadata.is_file() {
            Kind::File
        } else {
            return Ok(());
        };
        if !out {
            self.add(path, name, kind, metadata.len());
        }
        Ok(())
    }

    fn subfolder(&mut self, path: &Path, name: &Path, out: bool) -> Result<(), EngineError> {
        let text = format!("{}/", name.to_string_lossy());
        let holds_kept = self.always.iter().any(|kept| kept.starts_with(&text));
        if out && !holds_kept && !self.ignore.may_keep_inside(text.trim_end_matches('/')) {
            return Ok(());
        }
        let (before, size) = (self.entries.len(), self.size);
        self.add(path, name, Kind::Folder, 0);
        self.folder(path, name)?;
        if out && self.entries.len() == before + 1 {
            self.entries.truncate(before);
            self.size = size;
        }
        Ok(())
    }

    fn add(&mut self, path: &Path, name: &Path, kind: Kind, length: u64) {
        if kind == Kind::File {
            self.size += length.div_ceil(BLOCK) * BLOCK;
        }
        self.size += BLOCK;
        self.entries.push(Entry {
            path: path.to_owned(),
            name: name.to_owned(),
            kind,
        });
    }
}

fn unreadable(what: &str, path: &Path, error: &io::Error) -> EngineError {
    EngineError::File(format!(
        "the {what} `{}` cannot be read: {error}",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use tempfile::TempDir;
    use tokio::sync::mpsc::channel;

    use super::*;

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
    fn a_file_that_becomes_shorter_breaks_the_context_off() {
        let folder = folder(&[("Dockerfile", "FROM a"), ("short", "text")]);
        let file = File::open(folder.path().join("short")).expect("a file");
        let mut content = Exactly { file, left: 10 };
        let error = content.read_to_end(&mut Vec::new()).expect_err("too short");
        assert!(error.to_string().contains("shorter"), "{error}");
    }

    #[test]
    fn the_size_is_about_right() {
        let folder = folder(&[("Dockerfile", "FROM a"), ("big", &"x".repeat(100_000))]);
        let context = Context::prepare(folder.path(), &dockerfile("Dockerfile")).expect("ready");
        let length = archive(&context).len() as u64;
        assert_eq!(context.size, length);
    }
}
