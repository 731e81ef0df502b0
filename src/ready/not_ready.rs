//! Why a service is not ready, with what shows it.

use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::engine::EngineError;
use crate::source::Span;

/// A service that did not become ready.
#[derive(Debug, Clone)]
pub struct NotReady {
    /// The service.
    pub service: String,
    /// What happened.
    pub reason: Reason,
    /// How long it was waited for.
    pub after: Duration,
    /// The checks that did not hold, each with its last answer.
    pub answers: Vec<(String, Vec<String>)>,
    /// The last lines of the container's output.
    pub log: Vec<String>,
    /// Where the manifest asks for it.
    pub span: Option<Span>,
}

/// What ended the wait.
#[derive(Debug, Clone)]
pub enum Reason {
    /// The container ended.
    Ended {
        /// Its exit code, if the engine knows.
        code: Option<i64>,
        /// Whether the kernel killed it for lack of memory.
        out_of_memory: bool,
        /// Whether it was meant to end, with exit code 0.
        one_shot: bool,
    },
    /// The container was removed.
    Gone,
    /// The time is over.
    Deadline(Duration),
    /// A check can never hold as it is.
    Impossible(String),
    /// Somebody asked to stop.
    Cancelled,
    /// The engine failed.
    Engine(EngineError),
}

impl NotReady {
    /// This failure as the reader is told of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let service = &self.service;
        let mut diagnostic = match &self.reason {
            Reason::Ended {
                code,
                out_of_memory,
                one_shot,
            } => self.ended(*code, *out_of_memory, *one_shot),
            Reason::Gone => {
                Diagnostic::error(format!("the container of `{service}` was removed while devstack waited for it"))
            }
            Reason::Deadline(limit) => {
                Diagnostic::error(format!("`{service}` was not ready within {}", seconds(*limit)))
                    .fix(format!("look at `devstack logs {service}`; if it only needs more time, raise `timeout` under `ready`"))
            }
            Reason::Impossible(why) => Diagnostic::error(format!("`{service}` can never be ready: {why}")),
            Reason::Cancelled => Diagnostic::error(format!("interrupted while waiting for `{service}`")),
            Reason::Engine(error) => {
                let mut diagnostic = error.diagnostic();
                diagnostic.message = format!("while waiting for `{service}`: {}", diagnostic.message);
                diagnostic
            }
        };
        diagnostic = diagnostic.maybe_at(self.span.as_ref(), "");
        for (check, lines) in &self.answers {
            diagnostic = diagnostic.evidence(format!("last answer ({check})"), lines.clone());
        }
        diagnostic.evidence("log", self.log.clone())
    }

    fn ended(&self, code: Option<i64>, out_of_memory: bool, one_shot: bool) -> Diagnostic {
        let service = &self.service;
        let after = seconds(self.after);
        let how = match code {
            Some(code) => format!("exit code {code}{}, {after}", signal(code)),
            None => after,
        };
        if out_of_memory {
            return Diagnostic::error(format!(
                "`{service}` was killed for lack of memory ({how})"
            ))
            .fix("give it more memory (`mem_limit`, `deploy.resources.limits.memory`), or the engine");
        }
        if one_shot {
            return Diagnostic::error(format!("`{service}` failed ({how})"));
        }
        let diagnostic =
            Diagnostic::error(format!("`{service}` stopped before it was ready ({how})"));
        if code == Some(0) {
            diagnostic.fix("if it is meant to do its work and end, say `ready: completed`")
        } else {
            diagnostic
        }
    }
}

/// The signal that an exit code above 128 stands for, where it tells something.
fn signal(code: i64) -> &'static str {
    match code {
        132 => " (illegal instruction)",
        134 => " (aborted)",
        137 => " (killed)",
        139 => " (segmentation fault)",
        143 => " (terminated)",
        _ => "",
    }
}

/// A duration as people say it.
fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 120 && seconds.is_multiple_of(60) {
        format!("{} min", seconds / 60)
    } else if seconds >= 10 || (seconds > 0 && duration.subsec_millis() == 0) {
        format!("{seconds} s")
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_ready(reason: Reason) -> Diagnostic {
        NotReady {
            service: "db".to_owned(),
            reason,
            after: Duration::from_millis(820),
            answers: vec![("postgres".to_owned(), vec!["connection refused".to_owned()])],
            log: vec!["Error: no password".to_owned()],
            span: None,
        }
        .diagnostic()
    }

    #[test]
    fn says_how_it_ended_with_log_and_last_answer() {
        let diagnostic = not_ready(Reason::Ended {
            code: Some(1),
            out_of_memory: false,
            one_shot: false,
        });
        assert_eq!(
            diagnostic.message,
            "`db` stopped before it was ready (exit code 1, 0.8 s)"
        );
        assert_eq!(diagnostic.evidence[0].title, "last answer (postgres)");
        assert_eq!(diagnostic.evidence[1].lines, ["Error: no password"]);
    }

    #[test]
    fn tells_one_shots_and_lack_of_memory_apart() {
        let ended = |code, out_of_memory, one_shot| Reason::Ended {
            code: Some(code),
            out_of_memory,
            one_shot,
        };
        assert_eq!(
            not_ready(ended(3, false, true)).message,
            "`db` failed (exit code 3, 0.8 s)"
        );
        assert_eq!(
            not_ready(ended(137, true, false)).message,
            "`db` was killed for lack of memory (exit code 137 (killed), 0.8 s)"
        );
        assert!(
            not_ready(ended(0, false, false))
                .fix
                .is_some_and(|fix| fix.contains("completed"))
        );
    }

    #[test]
    fn says_durations_as_people_do() {
        let said = |millis| seconds(Duration::from_millis(millis));
        assert_eq!(
            [820, 1_000, 12_300, 60_000, 120_000, 150_000].map(said),
            ["0.8 s", "1 s", "12 s", "60 s", "2 min", "150 s"]
        );
    }
}
