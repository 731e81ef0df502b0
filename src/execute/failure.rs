//! Why a step failed.

use std::time::Duration;

use thiserror::Error;

use crate::diagnostic::Diagnostic;
use crate::engine::EngineError;
use crate::layers::DataError;
use crate::plan::{Action, Step, title};
use crate::ready::NotReady;
use crate::seed::SeedFailure;

/// Why a step failed.
#[derive(Debug, Error)]
pub enum StepError {
    /// The engine refused, or did not answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// An image could be had neither from the mirror nor from its registry.
    #[error("{from_registry}")]
    Pull {
        /// What the mirror said, if there is one.
        from_mirror: Option<EngineError>,
        /// What the registry said.
        from_registry: EngineError,
        /// How often it was tried.
        attempts: u32,
    },
    /// A build failed; these are the last lines it printed.
    #[error("{source}")]
    Build {
        /// What the engine said.
        source: EngineError,
        /// The last lines of its output.
        output: Vec<String>,
    },
    /// The container did not get ready.
    #[error("it did not get ready")]
    NotReady(Box<NotReady>),
    /// A seed could not be applied.
    #[error("a seed could not be applied")]
    Seed(Box<SeedFailure>),
    /// Data could not be put in place or kept.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A hook exited with this code.
    #[error("the command exited with {code}")]
    Hook {
        /// Its exit code.
        code: i64,
        /// The last lines of its output.
        output: Vec<String>,
    },
    /// The time for the whole run was over.
    #[error("the run's limit of {} s was reached", .0.as_secs())]
    Deadline(Duration),
    /// The container ended after it had been ready.
    #[error("it stopped after it was ready")]
    Died {
        /// Its exit code.
        code: i64,
        /// The last lines of its log.
        log: Vec<String>,
    },
    /// The engine was killed while it started the container, which is removed now.
    #[error("the engine lost track of it when it was killed while it started it")]
    Lost(String),
    /// The run was interrupted.
    #[error("interrupted")]
    Cancelled,
    /// A task of devstack's own failed: a bug.
    #[error("devstack itself failed: {0}")]
    Internal(String),
}

impl StepError {
    /// This error as the reader is told of it, as far as the step itself knows.
    pub fn diagnostic(&self, step: &Step) -> Diagnostic {
        let attempted = title(&step.action);
        let place = step.origin.as_ref();
        let service = step.service.as_deref().unwrap_or_default();
        match self {
            Self::Data(DataError::Engine(error))
                if !matches!(error, EngineError::Unreachable { .. }) =>
            {
                Diagnostic::error(format!("cannot {attempted}: {error}")).maybe_at(place, "")
            }
            Self::Data(error) => error.diagnostic().maybe_at(place, ""),
            Self::NotReady(not_ready) => not_ready.diagnostic(),
            Self::Seed(failure) => failure.diagnostic(),
            Self::Build { source, output } => {
                Diagnostic::error(format!("the build of `{service}` failed: {source}"))
                    .maybe_at(place, "built from here")
                    .evidence("build", output.clone())
            }
            Self::Pull {
                from_mirror,
                from_registry,
                attempts,
            } => {
                let Action::PullImage { image, mirror, .. } = &step.action else {
                    return Diagnostic::error(format!("{attempted}: {self}"));
                };
                let mut diagnostic =
                    Diagnostic::error(format!("image `{image}` cannot be pulled: {from_registry}"))
                        .maybe_at(place, "wanted here");
                if let (Some(error), Some(mirror)) = (from_mirror, mirror) {
                    diagnostic = diagnostic
                        .note(format!("the mirror was asked first, for {mirror}: {error}"));
                }
                if *attempts > 1 {
                    diagnostic = diagnostic.note(format!("tried {attempts} times"));
                }
                diagnostic
            }
            Self::Hook { code, output } => Diagnostic::error(format!(
                "a hook of `{service}` failed: it exited with {code}"
            ))
            .maybe_at(place, "run from here")
            .evidence("output", output.clone()),
            Self::Died { code, log } => Diagnostic::error(format!(
                "`{service}` stopped after it was ready (exit code {code})"
            ))
            .maybe_at(place, "")
            .evidence("log", log.clone())
            .fix(format!("devstack logs {service}")),
            Self::Engine(error @ EngineError::Unreachable { .. }) => error.diagnostic(),
            Self::Lost(container) => Diagnostic::error(format!(
                "the engine lost track of `{container}`: it was killed while it started it"
            ))
            .maybe_at(place, "")
            .note("its process may go on where the engine does not see it, until containerd or the machine is restarted")
            .note("the container was removed; its data is as it was")
            .fix("devstack up, which makes another"),
            Self::Deadline(limit) => {
                let whom = if service.is_empty() {
                    &attempted
                } else {
                    service
                };
                Diagnostic::error(format!(
                    "`{whom}` was not up when the {} s given to the whole run were over",
                    limit.as_secs()
                ))
                .maybe_at(place, "")
                .note(format!("what was left to do began with: {attempted}"))
                .fix("give it more time with --wait-timeout")
            }
            Self::Engine(_) | Self::Cancelled | Self::Internal(_) => {
                Diagnostic::error(format!("cannot {attempted}: {self}")).maybe_at(place, "")
            }
        }
    }
}
