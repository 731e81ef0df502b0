//! What is done when files change while somebody works on them (`develop.watch`).

use std::path::PathBuf;

use serde::Serialize;

use super::Hook;
use crate::source::Span;

/// One rule of `develop.watch`.
#[derive(Debug, Clone, Serialize)]
pub struct Watch {
    /// The file or folder that is followed, absolute.
    pub path: PathBuf,
    /// What is done.
    pub action: WatchAction,
    /// Where its files go in the container; there is one for every action that copies.
    pub target: Option<String>,
    /// What is run in the container after files were copied ([`WatchAction::SyncExec`]).
    pub exec: Option<Hook>,
    /// Patterns of which a file must match one, if there are any; relative to `path`, as in `.dockerignore`.
    pub include: Vec<String>,
    /// Patterns of what does not count, likewise.
    pub ignore: Vec<String>,
    /// Whether everything is copied once at the beginning.
    pub initial_sync: bool,
    /// Where the manifest says so.
    pub span: Span,
}

/// What is done (Compose Specification, "Develop", `action`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WatchAction {
    /// Files are copied into the container.
    Sync,
    /// The image is built and the container made anew.
    Rebuild,
    /// The container is restarted.
    Restart,
    /// Files are copied, then the container is restarted.
    SyncRestart,
    /// Files are copied, then a command is run in the container.
    SyncExec,
}

impl WatchAction {
    /// Whether files are copied.
    pub fn copies(self) -> bool {
        matches!(self, Self::Sync | Self::SyncRestart | Self::SyncExec)
    }

    /// Whether the container is restarted.
    pub fn restarts(self) -> bool {
        matches!(self, Self::Restart | Self::SyncRestart)
    }
}
