//! What a service's data starts from.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Serialize;

use crate::catalog::Table;
use crate::source::Span;

/// One seed of a service.
#[derive(Debug, Clone, Serialize)]
pub struct Seed {
    /// What is applied.
    pub kind: SeedKind,
    /// As the manifest names it, for messages.
    pub label: String,
    /// Where the manifest says so.
    pub span: Span,
}

/// The kinds of seeds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeedKind {
    /// A file (or folder) in one of the formats of the service's family, streamed to its client.
    File {
        /// The absolute path.
        path: PathBuf,
        /// How it is compressed.
        compression: Compression,
        /// The table for formats that hold rows.
        table: Option<Table>,
    },
    /// A command in the running service.
    Exec {
        /// The command and its arguments.
        command: Vec<String>,
    },
    /// A command in a container of its own, made for it.
    Run(SeedRun),
    /// A request to the service.
    Http(SeedRequest),
}

/// A command in a one-shot container of a service.
#[derive(Debug, Clone, Serialize)]
pub struct SeedRun {
    /// The service whose image, environment, networks and mounts it gets.
    pub service: String,
    /// That service's image.
    pub image: String,
    /// What the image's entrypoint is given.
    pub command: Vec<String>,
    /// Absolute paths of the files that its outcome depends on, sorted.
    pub inputs: Vec<PathBuf>,
}

/// An HTTP request to the service.
#[derive(Debug, Clone, Serialize)]
pub struct SeedRequest {
    /// `POST`, …
    pub method: String,
    /// The path, with a query if there is one.
    pub path: String,
    /// The port in the container.
    pub port: u16,
    /// Added headers.
    pub headers: IndexMap<String, String>,
    /// The body.
    pub body: RequestBody,
    /// Status codes that are right, each from the first to the second, both included.
    pub expect: Vec<(u16, u16)>,
}

/// The body of a request.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestBody {
    /// There is none.
    None,
    /// A text of the manifest.
    Text(String),
    /// A file, unpacked on the way.
    File {
        /// The absolute path.
        path: PathBuf,
        /// How it is compressed.
        compression: Compression,
    },
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Not at all.
    None,
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstd,
    /// `.xz`
    Xz,
    /// `.bz2`
    Bzip2,
}

/// Each way of compressing by its endings and by how its files begin.
const WAYS: [(Compression, &[&str], &[u8]); 4] = [
    (Compression::Gzip, &["gz", "gzip"], b"\x1f\x8b\x08"),
    (Compression::Zstd, &["zst", "zstd"], b"\x28\xb5\x2f\xfd"),
    (Compression::Xz, &["xz"], b"\xfd7zXZ\0"),
    (Compression::Bzip2, &["bz2"], b"BZh"),
];

impl Compression {
    /// How a file is compressed by its name, and the ending below that, in small letters.
    pub fn of_name(path: &Path) -> (Self, String) {
        let extension = |path: &Path| {
            path.extension()
                .map(|extension| extension.to_string_lossy().to_ascii_lowercase())
                .unwrap_or_default()
        };
        let outer = match extension(path).as_str() {
            "tgz" => return (Self::Gzip, "tar".to_owned()),
            outer => outer.to_owned(),
        };
        match WAYS.iter().find(|way| way.1.contains(&outer.as_str())) {
            Some(way) => (way.0, extension(&path.with_extension(""))),
            None => (Self::None, outer),
        }
    }

    /// How a file is compressed by how it begins.
    pub fn of_content(head: &[u8]) -> Self {
        WAYS.iter()
            .find(|way| head.starts_with(way.2))
            .map_or(Self::None, |way| way.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_compression_and_format() {
        for (name, compression, extension) in [
            ("a.sql", Compression::None, "sql"),
            ("a.SQL.GZ", Compression::Gzip, "sql"),
            ("a.tgz", Compression::Gzip, "tar"),
            ("a.zst", Compression::Zstd, ""),
            ("a.b.csv.xz", Compression::Xz, "csv"),
        ] {
            let found = Compression::of_name(Path::new(name));
            assert_eq!(found, (compression, extension.to_owned()), "{name}");
        }
        assert_eq!(
            Compression::of_content(b"\x1f\x8b\x08\0"),
            Compression::Gzip
        );
        assert_eq!(Compression::of_content(b"create"), Compression::None);
    }
}
