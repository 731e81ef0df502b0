//! What a service's data starts from.

use std::path::PathBuf;

use serde::Serialize;

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
    /// A file in the language of the service's family (SQL, Redis commands), streamed to its client.
    File {
        /// The absolute path.
        path: PathBuf,
        /// How it is compressed, from its name.
        compression: Compression,
    },
    /// A command in the running service.
    Exec {
        /// The command and its arguments.
        command: Vec<String>,
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
