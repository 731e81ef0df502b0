//! When a service counts as ready.

use std::time::Duration;

use indexmap::IndexMap;
use serde::Serialize;

use super::Healthcheck;
use crate::source::Span;

/// The readiness of a service: all checks must hold, within the time.
#[derive(Debug, Clone, Serialize)]
pub struct Readiness {
    /// What must hold.
    pub checks: Vec<Check>,
    /// How long it may take from the container's start; reaching it is a failure.
    pub timeout: Duration,
    /// Where the manifest says so (`ready` or `healthcheck`), if it does.
    pub span: Option<Span>,
}

/// One condition of readiness.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The manifest says nothing: what the image tells decides, once it is there (its health check, else the port
    /// it exposes, else running for a while).
    FromImage,
    /// What the catalogue knows of this software, by its family's name.
    Family(&'static str),
    /// The software of this family accepts connections from the network; goes with a health check that may pass
    /// while a temporary server of a first initialisation runs.
    Listening(&'static str),
    /// A Compose health check, run at devstack's own pace.
    Healthcheck(Healthcheck),
    /// A TCP connection is answered by the container.
    Tcp {
        /// The container's port.
        port: u16,
    },
    /// An HTTP request is answered as expected.
    Http(HttpCheck),
    /// A line of the container's output since its start matches.
    Log {
        /// A regular expression.
        pattern: String,
    },
    /// A command in the container exits 0.
    Exec {
        /// The command and its arguments.
        command: Vec<String>,
    },
    /// It has been running for this long without a restart.
    Running {
        /// The stability window.
        during: Duration,
    },
    /// It ended with exit code 0.
    Completed,
}

/// An HTTP check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HttpCheck {
    /// The path, with a leading slash.
    pub path: String,
    /// The container's port; the first published or exposed one if not given.
    pub port: Option<u16>,
    /// Accepted status codes, both ends included; 200–399 by default.
    pub status: Vec<(u16, u16)>,
    /// A regular expression that the body must match.
    pub body: Option<String>,
    /// Added request headers.
    pub headers: IndexMap<String, String>,
    /// The request's method.
    pub method: String,
}
