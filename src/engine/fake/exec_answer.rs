//! How a scripted container answers a command.

use std::time::Duration;

use bytes::Bytes;

use crate::engine::{Output, OutputStream};

/// The answer to a command: what it prints, how long it takes, how it ends.
#[derive(Debug, Clone)]
pub struct ExecAnswer {
    pub(super) code: i64,
    pub(super) output: Vec<Output>,
    pub(super) takes: Duration,
    pub(super) not_before: Duration,
    pub(super) until: Option<Duration>,
    pub(super) times: Option<usize>,
    pub(super) reads_input: bool,
    pub(super) hangs: bool,
}

impl ExecAnswer {
    /// Ends with this code, at once and silently.
    pub fn exits(code: i64) -> Self {
        Self {
            code,
            output: Vec::new(),
            takes: Duration::ZERO,
            not_before: Duration::ZERO,
            until: None,
            times: None,
            reads_input: true,
            hangs: false,
        }
    }

    /// Never ends by itself.
    pub fn hangs() -> Self {
        Self {
            hangs: true,
            ..Self::exits(137)
        }
    }

    /// Prints this on standard output.
    #[must_use]
    pub fn prints(self, text: &str) -> Self {
        self.with(OutputStream::Stdout, text)
    }

    /// Prints this on standard error.
    #[must_use]
    pub fn complains(self, text: &str) -> Self {
        self.with(OutputStream::Stderr, text)
    }

    /// Takes so long before it prints and ends.
    #[must_use]
    pub fn takes(mut self, time: Duration) -> Self {
        self.takes = time;
        self
    }

    /// Ends no sooner than so long after the container's start, as a command does that waits for a server.
    #[must_use]
    pub fn not_before(mut self, since_start: Duration) -> Self {
        self.not_before = since_start;
        self
    }

    /// Holds only until so long after the container's start; then a later answer takes its place.
    #[must_use]
    pub fn until(mut self, since_start: Duration) -> Self {
        self.until = Some(since_start);
        self
    }

    /// Holds so many times only; then a later answer takes its place.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Ends without reading its input, where others read all of it first.
    #[must_use]
    pub fn ignores_input(mut self) -> Self {
        self.reads_input = false;
        self
    }

    fn with(mut self, stream: OutputStream, text: &str) -> Self {
        self.output.push(Output {
            stream,
            bytes: Bytes::copy_from_slice(text.as_bytes()),
        });
        self
    }
}
