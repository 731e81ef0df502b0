//! Thins out progress: people read ten numbers a second at most, and every event costs a little.

use std::time::Duration;

use tokio::time::Instant;

use crate::event::{EventKind, EventSink, Progress};

/// The least time between two progress events of a step.
const PAUSE: Duration = Duration::from_millis(100);

/// Sends a step's progress, not more often than is of use.
#[derive(Debug)]
pub(super) struct ProgressSink<'a> {
    sink: &'a EventSink,
    last: Option<Instant>,
}

impl<'a> ProgressSink<'a> {
    pub(super) fn new(sink: &'a EventSink) -> Self {
        Self { sink, last: None }
    }

    /// Sends it, unless another was sent just now.
    pub(super) fn send(&mut self, progress: Progress) {
        let now = Instant::now();
        if self
            .last
            .is_none_or(|last| now.duration_since(last) >= PAUSE)
        {
            self.last = Some(now);
            self.sink.send(EventKind::StepProgress { progress });
        }
    }
}
