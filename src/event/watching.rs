//! What a session of `devstack watch` tells between its runs.

use serde::Serialize;

/// Something that a session of `devstack watch` did or found.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum WatchEvent {
    /// Files are followed from now on.
    Watching {
        /// The services that have rules.
        services: Vec<String>,
        /// The files and folders that rules name.
        paths: Vec<String>,
    },
    /// Files were brought into a service's container.
    Synced {
        /// The service.
        service: String,
        /// The files that were put there.
        put: Vec<SyncedFile>,
        /// The container's paths that were removed.
        removed: Vec<String>,
        /// Milliseconds that it took.
        took_ms: u64,
    },
    /// A service is built again.
    Rebuilding {
        /// The service.
        service: String,
        /// The file that changed.
        because: String,
    },
    /// A service is restarted.
    Restarting {
        /// The service.
        service: String,
        /// The file that changed.
        because: String,
    },
    /// A command was run in a service's container.
    Ran {
        /// The service.
        service: String,
        /// The command.
        command: Vec<String>,
        /// What it printed.
        output: Vec<String>,
        /// Milliseconds that it took.
        took_ms: u64,
    },
}

/// A file that was put into a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SyncedFile {
    /// The file of this machine.
    pub file: String,
    /// Its path in the container.
    pub target: String,
}
