//! Reading a manifest or an env file from disk.
//!
//! A text is refused before it is read when it is no regular file (reading a named pipe would wait for ever) or far
//! too large. A byte order mark is dropped and Windows line ends become plain ones, so that nobody after this
//! needs to think of them.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::diagnostic::{Diagnostic, nearest};
use crate::source::{Source, Span};

/// The largest text that is read.
const LIMIT: u64 = 8 * 1024 * 1024;

/// The name that stands for standard input where a manifest is named.
pub const STANDARD_INPUT: &str = "-";

/// Why a text could not be read.
#[derive(Debug, Error)]
pub enum FileError {
    /// It does not exist.
    #[error("`{name}` does not exist")]
    Missing {
        /// The path as shown.
        name: String,
    },
    /// It is not a regular file.
    #[error("`{name}` is {kind}, not a file")]
    NotAFile {
        /// The path as shown.
        name: String,
        /// What it is instead.
        kind: &'static str,
    },
    /// It is larger than [`LIMIT`].
    #[error("`{name}` is larger than {} MB, and no more is read", LIMIT >> 20)]
    TooLarge {
        /// The path as shown.
        name: String,
    },
    /// It is not UTF-8.
    #[error("`{name}` is not UTF-8 text: line {line} has bytes that are no characters")]
    NotText {
        /// The path as shown.
        name: String,
        /// The line, from 1.
        line: usize,
    },
    /// The system refused.
    #[error("`{name}` cannot be read: {cause}")]
    Io {
        /// The path as shown.
        name: String,
        /// What the system said.
        cause: std::io::Error,
    },
}

impl FileError {
    /// What to tell the reader; `place` is where the file is named, if it is named in a manifest.
    pub fn diagnostic(&self, place: Option<&Span>) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.to_string()).maybe_at(place, "");
        match self {
            Self::NotText { .. } => diagnostic.fix("save the file as UTF-8"),
            Self::Io { cause, .. } if cause.kind() == std::io::ErrorKind::PermissionDenied => {
                diagnostic.fix("make the file readable")
            }
            _ => diagnostic,
        }
    }
}

/// Reads standard input as far as a text may be long; what is longer is refused when it is [`decode`]d.
pub fn read_standard_input(input: impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How a path is shown: relative where it lies below the folder in which the user is.
pub fn shown(path: &Path, directory: &Path) -> String {
    if path == Path::new(STANDARD_INPUT) {
        return "<stdin>".to_owned();
    }
    path.strip_prefix(directory)
        .ok()
        .filter(|rest| !rest.as_os_str().is_empty())
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Joins and cleans a path without looking at the disk: `.` and `..` are resolved by name.
pub fn join(base: &Path, path: impl AsRef<Path>) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

/// A file of the same folder whose name is near, or longer by an extension (`.env.example` for `.env`).
pub fn near_sibling(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let names: Vec<String> = std::fs::read_dir(path.parent()?)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name != wanted)
        .collect();
    nearest(wanted, names.iter().map(String::as_str))
        .map(str::to_owned)
        .or_else(|| {
            names
                .iter()
                .find(|name| name.starts_with(&format!("{wanted}.")))
                .cloned()
        })
}

/// Reads a text; `directory` is the folder in which the user is, for the name in messages.
pub fn read(path: &Path, directory: &Path) -> Result<Arc<Source>, FileError> {
    let name = shown(path, directory);
    let io = |cause: std::io::Error| {
        let name = name.clone();
        match cause.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                FileError::Missing { name }
            }
            _ => FileError::Io { name, cause },
        }
    };
    let facts = std::fs::metadata(path).map_err(io)?;
    if !facts.is_file() {
        let kind = if facts.is_dir() {
            "a folder"
        } else {
            "a pipe, socket or device"
        };
        return Err(FileError::NotAFile { name, kind });
    }
    if facts.len() > LIMIT {
        return Err(FileError::TooLarge { name });
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(io)?;
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(io)?;
    decode(name, bytes)
}

/// As [`read`], of a file whose values are told nobody.
pub fn read_confidential(path: &Path, directory: &Path) -> Result<Arc<Source>, FileError> {
    let source = read(path, directory)?;
    Ok(Source::confidential(source.name(), source.text()))
}

/// Makes a text of bytes that were read; `name` is how messages call it.
pub fn decode(name: String, bytes: Vec<u8>) -> Result<Arc<Source>, FileError> {
    if bytes.len() as u64 > LIMIT {
        return Err(FileError::TooLarge { name });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, normalise(text))),
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.split(|&byte| byte == b'\n').count();
            Err(FileError::NotText { name, line })
        }
    }
}

/// Drops a byte order mark and turns Windows line ends into plain ones.
pub fn normalise(text: String) -> String {
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    if text.contains('\r') {
        text.replace("\r\n", "\n")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &Path) -> String {
        read(path, Path::new("/nowhere"))
            .expect_err("must be refused")
            .to_string()
    }

    #[test]
    fn refuses_folders_and_missing_files() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        assert!(refused(dir.path()).ends_with("is a folder, not a file"));
        assert!(refused(&dir.path().join("x")).ends_with("does not exist"));
    }

    #[test]
    fn refuses_a_named_pipe_without_waiting_for_a_writer() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let pipe = dir.path().join("compose.yaml");
        let made = std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .expect("mkfifo runs");
        assert!(made.success());
        assert!(refused(&pipe).ends_with("is a pipe, socket or device, not a file"));
    }

    #[test]
    fn refuses_a_very_large_file_without_reading_it() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("big.yaml");
        let file = std::fs::File::create(&path).expect("made");
        file.set_len(50 << 20).expect("grown");
        assert!(refused(&path).ends_with("is larger than 8 MB, and no more is read"));
    }

    #[test]
    fn reads_of_an_endless_input_only_what_it_takes_to_refuse_it() {
        let bytes = read_standard_input(std::io::repeat(b'#')).expect("read");
        assert_eq!(bytes.len() as u64, LIMIT + 1);
        let refused = decode("<stdin>".to_owned(), bytes).expect_err("must be refused");
        assert!(refused.to_string().starts_with("`<stdin>` is larger than"));
    }

    #[test]
    fn names_the_line_that_is_no_text() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("latin1.yaml");
        std::fs::write(&path, b"a: 1\nb: \xe9\n").expect("written");
        assert!(refused(&path).contains("line 2"));
    }

    #[test]
    fn drops_mark_and_windows_line_ends() {
        assert_eq!(
            normalise("\u{feff}a: 1\r\nb: 2\r\n".to_owned()),
            "a: 1\nb: 2\n"
        );
    }

    #[test]
    fn cleans_paths_by_name() {
        assert_eq!(join(Path::new("/a/b"), "../c/./d"), Path::new("/a/c/d"));
        assert_eq!(join(Path::new("/a"), "../../.."), Path::new("/"));
        assert_eq!(join(Path::new("/a"), "/x"), Path::new("/x"));
    }
}
