//! What a scripted container does while it runs.

use std::time::Duration;

use super::ExecAnswer;
use super::pattern;
use crate::engine::OutputStream;

/// The life of a container: what it prints and when it ends, counted from each start, and how it answers commands.
///
/// Without any instruction it runs for ever, prints nothing, and ends with code 0 at once when asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Behaviour {
    moments: Vec<Moment>,
    execs: Vec<(String, ExecAnswer)>,
    pub(super) stop: Stop,
    pub(super) start_error: Option<(u16, String, i64)>,
}

/// Something that happens so long after the start.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) after: Duration,
    pub(super) what: What,
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum What {
    Print(OutputStream, String),
    Health { healthy: bool, output: String },
    Exit(i64),
    OutOfMemory,
}

/// How it takes its stop signal.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stop {
    Exits { after: Duration, code: i64 },
    Ignores,
}

impl Default for Stop {
    fn default() -> Self {
        Self::Exits {
            after: Duration::ZERO,
            code: 0,
        }
    }
}

impl Behaviour {
    /// Runs until it is stopped.
    pub fn runs() -> Self {
        Self::default()
    }

    /// Ends by itself.
    pub fn exits(code: i64, after: Duration) -> Self {
        Self::default().with(after, What::Exit(code))
    }

    /// Is killed by the kernel for lack of memory.
    pub fn runs_out_of_memory(after: Duration) -> Self {
        Self::default().with(after, What::OutOfMemory)
    }

    /// Cannot be started: the engine answers with this status and text, and notes `exit_code`.
    pub fn cannot_start(status: u16, message: &str, exit_code: i64) -> Self {
        Self {
            start_error: Some((status, message.to_owned(), exit_code)),
            ..Self::default()
        }
    }

    /// Prints a line on standard output.
    #[must_use]
    pub fn prints(self, after: Duration, line: &str) -> Self {
        self.with(after, What::Print(OutputStream::Stdout, line.to_owned()))
    }

    /// Prints a line on standard error.
    #[must_use]
    pub fn complains(self, after: Duration, line: &str) -> Self {
        self.with(after, What::Print(OutputStream::Stderr, line.to_owned()))
    }

    /// The engine's own health check turns healthy, if the container has one.
    #[must_use]
    pub fn healthy(self, after: Duration) -> Self {
        let what = What::Health {
            healthy: true,
            output: String::new(),
        };
        self.with(after, what)
    }

    /// The engine's own health check turns unhealthy, if the container has one.
    #[must_use]
    pub fn unhealthy(self, after: Duration, output: &str) -> Self {
        let what = What::Health {
            healthy: false,
            output: output.to_owned(),
        };
        self.with(after, what)
    }

    /// Answers commands whose words, joined by spaces, have this form (`*` is anything). The first answer that
    /// fits the command and still holds is given; without one, the engine says that the program is missing.
    #[must_use]
    pub fn answers(mut self, pattern: &str, answer: ExecAnswer) -> Self {
        self.execs.push((pattern.to_owned(), answer));
        self
    }

    /// Takes so long to stop, and ends with this code.
    #[must_use]
    pub fn stops(mut self, after: Duration, code: i64) -> Self {
        self.stop = Stop::Exits { after, code };
        self
    }

    /// Does not heed the stop signal: it runs until it is killed.
    #[must_use]
    pub fn ignores_stop(mut self) -> Self {
        self.stop = Stop::Ignores;
        self
    }

    fn with(mut self, after: Duration, what: What) -> Self {
        let at = self.moments.partition_point(|moment| moment.after <= after);
        self.moments.insert(at, Moment { after, what });
        self
    }

    /// What happens, in order of time.
    pub(super) fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// The answers to a command, in the order in which they were given, by index.
    pub(super) fn answers_to(&self, command: &str) -> impl Iterator<Item = (usize, &ExecAnswer)> {
        self.execs
            .iter()
            .enumerate()
            .filter(move |(_, (form, _))| pattern::matches(form, command))
            .map(|(index, (_, answer))| (index, answer))
    }
}
