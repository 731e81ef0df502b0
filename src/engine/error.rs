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
    /// It speaks an older version of the API than devstack.
    #[error("it speaks API {}.{}, and devstack needs {}.{} (Docker Engine 20.10) or later", theirs.0, theirs.1, needed.0, needed.1)]
    TooOld {
        /// The newest version that it speaks.
        theirs: (u16, u16),
        /// The oldest that will do.
        needed: (u16, u16),
    },
    /// The address makes no sense or its scheme is not supported.
    #[error("{0}")]
    Address(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// What the engine and the builder say where trying again would end in the same way.
const PERMANENT: [&str; 14] = [
    "not found",
    "denied",
    "unauthorized",
    "no matching manifest",
    "no space left on device",
    "HTTP response to HTTPS client",
    "x509",
    "invalid",
    "parse error",
    "unknown instruction",
    "needs BuildKit",
    "returned a non-zero code",
    "COPY failed",
    "ADD failed",
];

fn is_permanent(message: &str) -> bool {
    PERMANENT.iter().any(|sign| message.contains(sign))
}

impl EngineError {
    /// Whether trying again may help: the network or the registry, not the request, is at fault.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection(_) => true,
            Self::Api { status, message } => {
                matches!(status, 429 | 500 | 502 | 503 | 504) && !is_permanent(message)
            }
            Self::Stream(message) => !is_permanent(message),
            _ => false,
        }
    }

    /// Whether a network was not removed since the engine counts containers on it.
    pub fn is_network_in_use(&self) -> bool {
        self.to_string().contains("has active endpoints")
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
            Self::Unreachable { reason: Unreachable::TooOld { .. }, .. } => {
                diagnostic.fix("upgrade Docker Engine, or set DOCKER_HOST to a newer one")
            }
            _ => diagnostic,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_again_only_where_it_may_help() {
        let stream = |words: &str| EngineError::Stream(words.to_owned()).is_transient();
        assert!(stream("unexpected EOF"));
        assert!(stream(
            "dial tcp 127.0.0.1:5055: connect: connection refused"
        ));
        assert!(stream("toomanyrequests: rate exceeded"));
        assert!(!stream(
            "The command '/bin/sh -c make' returned a non-zero code: 2"
        ));
        assert!(!stream("failed to register layer: no space left on device"));
        let refused = EngineError::Api {
            status: 500,
            message: "http: server gave HTTP response to HTTPS client".to_owned(),
        };
        assert!(!refused.is_transient());
    }
}
