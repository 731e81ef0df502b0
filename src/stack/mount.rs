//! Volumes and mounts.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde::Serialize;

use crate::source::Span;

/// A named volume.
#[derive(Debug, Clone, Serialize)]
pub struct Volume {
    /// Its key in the manifest.
    pub key: String,
    /// Its name in the engine: `name`, or `<project>_<key>`.
    pub name: String,
    /// Whether it must exist already and is never made or removed.
    pub external: bool,
    /// The driver, if not the engine's default.
    pub driver: Option<String>,
    /// The driver's options.
    pub driver_opts: IndexMap<String, String>,
    /// Labels of the user.
    pub labels: IndexMap<String, String>,
    /// Where the manifest declares it; where it is first used, if it is not declared.
    pub span: Span,
}

/// One mount of a service.
#[derive(Debug, Clone, Serialize)]
pub struct Mount {
    /// The absolute path in the container.
    pub target: String,
    /// What is mounted.
    pub kind: MountKind,
    /// Whether it is read-only.
    pub read_only: bool,
    /// `consistency`, if given.
    pub consistency: Option<String>,
    /// Where the manifest says so.
    pub span: Span,
}

/// What a mount shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MountKind {
    /// A named volume, by its key in [`Stack::volumes`](super::Stack::volumes).
    Volume {
        /// The key.
        key: String,
        /// Whether the image's files there are *not* copied in first.
        no_copy: bool,
        /// A folder of the volume to show instead of its root (API 1.45).
        subpath: Option<String>,
    },
    /// A volume without a name, one a container; kept when the container is recreated.
    Anonymous,
    /// A path of the engine's host.
    Bind {
        /// The absolute path.
        source: PathBuf,
        /// Whether a missing source is made as a folder (the short form does).
        create: bool,
        /// `rprivate` and kin.
        propagation: Option<String>,
        /// `z` (shared) or `Z` (private) relabelling.
        selinux: Option<String>,
        /// `enabled`, `disabled`, `writable`, `readonly` (API 1.44), if given.
        recursive: Option<String>,
    },
    /// Memory.
    Tmpfs {
        /// Bytes at most.
        size: Option<i64>,
        /// Mode bits of its root.
        mode: Option<u32>,
        /// The options of `tmpfs: path:options`, such as `noexec,uid=1000`, maybe empty; `None` for the long form.
        options: Option<String>,
    },
    /// A named pipe (Windows).
    Npipe {
        /// Its path.
        source: String,
    },
    /// An image's files (API 1.48).
    Image {
        /// The image.
        source: String,
        /// A folder of it.
        subpath: Option<String>,
    },
}
