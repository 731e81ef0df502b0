//! What can go wrong between devstack and the engine.

use thiserror::Error;

use crate::diagnostic::Diagnostic;

/// An engine call that failed.
#[derive(Debug, Clone, Error)]
pub enum EngineError {
    /// Nothing answers.
    #[error("the container engine at `{address}` cannot be reached: {reason}")]
    Unreachable {
        /// Where it was looked for.
        address: String,
        /// Why it did not answer.
        reason: Unreachable,
    },
    /// The thing named is not there.
    #[error("{0}")]
    NotFound(String),
    /// The engine refuses because of what is there already, such as a name in use.
    #[error("{0}")]
    Conflict(String),
    /// A registry refuses, or the login is wrong.
    #[error("{0}")]
    Denied(String),
    /// The engine answered with another error, in its own words.
    #[error("{message}")]
    Api {
        /// The HTTP status.
        status: u16,
        /// The engine's words.
        message: String,
    },
    /// A build or pull failed; the words come from the stream.
    #[error("{0}")]
    Stream(String),
    /// The connection broke or an answer made no sense.
    #[error("{0}")]
    Connection(String),
    /// A file of this machine could not be read.
    #[error("{0}")]
    File(String),
}

/// Why an engine cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreachable {
    /// There is no such socket.
    #[error("there is no such socket")]
    NoSocket,
    /// The socket may not be used by this user.
    #[error("permission denied")]
    Permission,
    /// Nothing listens there.
    #[error("connection refused")]
    Refused,
    /// The address makes no sense or its scheme is not supported.
    #[error("{0}")]
    Address(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl EngineError {
    /// Whether trying again may help: the network or the registry, not the request, is at fault.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection(_) => true,
            Self::Api { status, .. } => matches!(status, 429 | 500 | 502 | 503 | 504),
            Self::Stream(message) => !message.contains("not found") && !message.contains("denied"),
            _ => false,
        }
    }

    /// This error as the reader is told of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.to_string());
        match self {
            Self::Unreachable { reason: Unreachable::Permission, .. } => diagnostic.fix(
                "sudo usermod -aG docker $USER   (then log in again), or run devstack with sudo",
            ),
            Self::Unreachable { reason: Unreachable::NoSocket | Unreachable::Refused, .. } => diagnostic.fix(
                "start the engine: `sudo systemctl start docker`, or Docker Desktop; if it runs elsewhere, set DOCKER_HOST",
            ),
            _ => diagnostic,
        }
    }
}
