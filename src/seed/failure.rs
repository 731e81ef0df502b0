//! Why a seed was not applied.

use crate::catalog::SeedError;
use crate::diagnostic::Diagnostic;
use crate::engine::EngineError;
use crate::source::Span;

/// A seed that was not applied, or not as a whole.
#[derive(Debug, Clone)]
pub struct SeedFailure {
    /// The service.
    pub service: String,
    /// The seed, as the manifest names it.
    pub seed: String,
    /// Where the manifest names it.
    pub span: Span,
    /// What went wrong.
    pub problem: SeedProblem,
}

/// What can go wrong with a seed.
#[derive(Debug, Clone)]
pub enum SeedProblem {
    /// The file cannot be read, or is not whole.
    File(String),
    /// The server does not accept a statement.
    Statement {
        /// The error.
        error: SeedError,
        /// The line in the file, with its neighbours.
        place: Option<Span>,
    },
    /// The client or command ended without a word that explains it.
    Ended {
        /// Its exit code, if the engine knows.
        code: Option<i64>,
        /// The last lines that it printed.
        output: Vec<String>,
    },
    /// A request could not be made.
    Connection(String),
    /// A request was answered otherwise than expected.
    Answer {
        /// The status code.
        status: u16,
        /// The last lines of the answer.
        body: Vec<String>,
    },
    /// The software in the image has no language for seed files that devstack knows.
    NoLanguage,
    /// Somebody asked to stop.
    Cancelled,
    /// The engine failed.
    Engine(EngineError),
}

impl SeedFailure {
    /// This failure as the reader is told of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let (seed, service) = (&self.seed, &self.service);
        let here = |diagnostic: Diagnostic| diagnostic.at(&self.span, "");
        match &self.problem {
            SeedProblem::File(why) => {
                here(Diagnostic::error(format!("cannot read the seed `{seed}`: {why}")))
            }
            SeedProblem::Statement { error, place } => {
                let diagnostic = Diagnostic::error(format!(
                    "`{service}` does not accept the seed `{seed}`: {}",
                    error.message.lines().next().unwrap_or_default()
                ));
                let diagnostic = match place {
                    Some(place) => diagnostic
                        .at(place, "")
                        .related(&self.span, "the seed is named here"),
                    None => here(diagnostic),
                };
                let mut words: Vec<String> = error.message.lines().map(str::to_owned).collect();
                words.extend(error.details.iter().cloned());
                // One line says no more than the message does.
                if words.len() == 1 {
                    words.clear();
                }
                diagnostic.evidence("server", words)
            }
            SeedProblem::Ended { code, output } => {
                let how = match code {
                    Some(code) => format!("exit code {code}"),
                    None => "no exit code".to_owned(),
                };
                here(Diagnostic::error(format!(
                    "applying the seed `{seed}` to `{service}` ended early ({how})"
                )))
                .evidence("output", output.clone())
            }
            SeedProblem::Connection(why) => {
                here(Diagnostic::error(format!("cannot send the seed `{seed}` to `{service}`: {why}")))
            }
            SeedProblem::Answer { status, body } => here(Diagnostic::error(format!(
                "`{service}` answers the seed `{seed}` with status {status}"
            )))
            .evidence("answer", body.clone()),
            SeedProblem::NoLanguage => here(Diagnostic::error(format!(
                "`{service}` cannot take the seed `{seed}`: devstack knows no language for seed files of its image"
            )))
            .fix("apply it with a command: `seed: [{ exec: … }]`"),
            SeedProblem::Cancelled => {
                here(Diagnostic::error(format!("interrupted while applying the seed `{seed}`")))
            }
            SeedProblem::Engine(error) => {
                let mut diagnostic = error.diagnostic();
                diagnostic.message =
                    format!("while applying the seed `{seed}` to `{service}`: {}", diagnostic.message);
                here(diagnostic)
            }
        }
    }
}
