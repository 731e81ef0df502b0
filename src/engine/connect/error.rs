//! Why there is no connection.

use std::path::PathBuf;

use thiserror::Error;

use crate::diagnostic::Diagnostic;
use crate::engine::EngineError;

/// What is accepted as an address.
const ACCEPTED: &str =
    "unix:///path/to.sock, tcp://host:port, ssh://[user@]host[:port][/path/to.sock]";

/// Why there is no connection.
#[derive(Debug, Clone, Error)]
pub enum ConnectError {
    /// An address makes no sense.
    #[error("`{text}` from {origin} is not an engine's address: {reason}")]
    Address {
        /// The address.
        text: String,
        /// Who gave it: a flag, a variable, a context.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Two flags contradict each other.
    #[error("`--host` and `--context` cannot be given together")]
    HostAndContext,
    /// There is no such context.
    #[error("there is no context `{name}` (named by {origin})")]
    UnknownContext {
        /// The name.
        name: String,
        /// Who gave it.
        origin: String,
        /// The nearest name that there is.
        nearest: Option<String>,
        /// All names that there are.
        known: Vec<String>,
    },
    /// A context's file cannot be used.
    #[error("the context `{name}` cannot be read from `{}`: {reason}", path.display())]
    BrokenContext {
        /// The name.
        name: String,
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A certificate that TLS needs is missing.
    #[error("TLS is asked for, but there is no `{}`", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The ssh tunnel could not be made.
    #[error("no ssh tunnel to `{address}`: {reason}")]
    Tunnel {
        /// The far end.
        address: String,
        /// What ssh said.
        reason: String,
        /// What may help, if anything is known.
        fix: Option<&'static str>,
    },
    /// The engine did not answer, or refused.
    #[error("{error}")]
    Engine {
        /// Why.
        error: EngineError,
        /// Where it was looked for, as a person would write it.
        address: String,
    },
}

impl ConnectError {
    /// Whether the settings are wrong, not the world: exit code 2, not 3.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Address { .. } | Self::HostAndContext | Self::UnknownContext { .. }
        )
    }

    /// This error as the reader is told of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.to_string());
        match self {
            Self::Address { .. } => diagnostic.fix(format!("use one of: {ACCEPTED}")),
            Self::HostAndContext => diagnostic.fix("leave one of them out"),
            Self::UnknownContext { nearest, known, .. } => {
                let diagnostic = match known.as_slice() {
                    [] => diagnostic.note("no context has been made on this machine"),
                    known => diagnostic.note(format!("contexts: {}", known.join(", "))),
                };
                match nearest {
                    Some(name) => diagnostic.fix(format!("did you mean `{name}`?")),
                    None => diagnostic.fix("docker context ls"),
                }
            }
            Self::BrokenContext { name, .. } => diagnostic.fix(format!(
                "docker context rm {name}   (then make it again with `docker context create`)"
            )),
            Self::NoCertificate { .. } => diagnostic.fix(
                "set DOCKER_CERT_PATH to the folder of ca.pem, cert.pem and key.pem, or unset DOCKER_TLS_VERIFY",
            ),
            Self::Tunnel { fix, .. } => match fix {
                Some(fix) => diagnostic.fix(*fix),
                None => diagnostic,
            },
            Self::Engine { error, address } => {
                let diagnostic = error.diagnostic();
                if diagnostic.message.contains(address.as_str()) {
                    diagnostic
                } else {
                    diagnostic.note(format!("the engine is looked for at `{address}`"))
                }
            }
        }
    }
}
