//! Why a command could not do what was asked.

use std::io;

use crate::cli::ExitCode;
use crate::diagnostic::Diagnostic;
use crate::engine::EngineError;
use crate::engine::connect::ConnectError;
use crate::settings::SettingsError;
use crate::ui::PromptError;

/// What is to be told, and the exit code. Without diagnostics there is nothing left to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// What is to be told.
    pub diagnostics: Vec<Diagnostic>,
    /// The exit code.
    pub code: ExitCode,
}

impl CliError {
    /// The run failed.
    pub fn failed(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostics: vec![diagnostic],
            code: ExitCode::FAILED,
        }
    }

    /// What was typed or what the manifest says is wrong.
    pub fn usage(diagnostic: Diagnostic) -> Self {
        Self::usages(vec![diagnostic])
    }

    /// Several things that were typed, or that the manifest says, are wrong.
    pub fn usages(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            diagnostics,
            code: ExitCode::USAGE,
        }
    }

    /// Ctrl-C.
    pub fn interrupted() -> Self {
        Self {
            diagnostics: Vec::new(),
            code: ExitCode::INTERRUPTED,
        }
    }

    pub(super) fn no_directory(error: &io::Error) -> Self {
        Self::failed(
            Diagnostic::error(format!("the current folder cannot be read: {error}"))
                .fix("change to a folder that exists"),
        )
    }

    pub(super) fn no_runtime(error: &io::Error) -> Self {
        Self::failed(Diagnostic::error(format!(
            "the system refuses threads: {error}"
        )))
    }
}

impl From<EngineError> for CliError {
    fn from(error: EngineError) -> Self {
        let code = match error {
            EngineError::Unreachable { .. } => ExitCode::UNREACHABLE,
            _ => ExitCode::FAILED,
        };
        Self {
            diagnostics: vec![error.diagnostic()],
            code,
        }
    }
}

impl From<ConnectError> for CliError {
    fn from(error: ConnectError) -> Self {
        let code = if error.is_usage() {
            ExitCode::USAGE
        } else {
            ExitCode::UNREACHABLE
        };
        Self {
            diagnostics: vec![error.diagnostic()],
            code,
        }
    }
}

impl From<SettingsError> for CliError {
    fn from(error: SettingsError) -> Self {
        Self::usage(error.diagnostic())
    }
}

impl From<PromptError> for CliError {
    fn from(error: PromptError) -> Self {
        match error {
            PromptError::Interrupted => Self::interrupted(),
            PromptError::NoTerminal { .. } => Self::usage(error.diagnostic()),
            PromptError::Terminal(_) => Self::failed(error.diagnostic()),
        }
    }
}

/// Only writing data to standard output fails this way.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // `devstack logs | head` has what it wanted.
            return Self {
                diagnostics: Vec::new(),
                code: ExitCode::DONE,
            };
        }
        Self::failed(Diagnostic::error(format!(
            "the output cannot be written: {error}"
        )))
    }
}

impl From<serde_json::Error> for CliError {
    fn from(error: serde_json::Error) -> Self {
        Self::failed(Diagnostic::error(format!(
            "the answer cannot be written as JSON: {error}"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Unreachable;

    #[test]
    fn an_unreachable_engine_has_its_own_exit_code() {
        let error = EngineError::Unreachable {
            address: "unix:///nowhere".into(),
            reason: Unreachable::NoSocket,
        };
        assert_eq!(CliError::from(error).code, ExitCode::UNREACHABLE);
        assert_eq!(
            CliError::from(EngineError::NotFound("x".into())).code,
            ExitCode::FAILED
        );
    }

    #[test]
    fn a_closed_pipe_is_no_failure_but_a_full_disk_is() {
        let closed = CliError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((closed.code, closed.diagnostics.len()), (ExitCode::DONE, 0));
        let full = CliError::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!((full.code, full.diagnostics.len()), (ExitCode::FAILED, 1));
    }
}
