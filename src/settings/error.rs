//! Settings that make no sense.

use thiserror::Error;

use super::ProgressMode;
use crate::diagnostic::{Diagnostic, nearest};

/// Why the settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The environment asks for a progress mode that there is not.
    #[error("`{0}` (DEVSTACK_PROGRESS) is no way to show progress")]
    Progress(String),
    /// A name that no instance can have.
    #[error("`{0}` cannot be an instance's name")]
    Instance(String),
    /// The environment asks for layers that there are not.
    #[error("`{0}` (DEVSTACK_LAYERS) is no way to put layers together")]
    Layers(String),
    /// Two ways to name the engine.
    #[error("both a host and a context name the engine")]
    HostAndContext,
}

impl SettingsError {
    /// This error as the reader is told of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.to_string());
        match self {
            Self::Progress(text) => {
                let names = ProgressMode::NAMES.map(|(name, _)| name);
                match nearest(text, names) {
                    Some(name) => diagnostic.fix(format!("did you mean `{name}`?")),
                    None => diagnostic.fix(format!("use one of {}", names.join(", "))),
                }
            }
            Self::Instance(_) => diagnostic.note(
                "it has lower case letters, digits, `-` and `_`, and begins with a letter or digit",
            ),
            Self::Layers(_) => diagnostic.fix("use `overlay` or `copy`, or unset it"),
            Self::HostAndContext => diagnostic.fix("unset DEVSTACK_HOST or DEVSTACK_CONTEXT"),
        }
    }
}
