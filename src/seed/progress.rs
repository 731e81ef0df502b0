//! How far a seed is.

use std::time::Duration;

use tokio::time::Instant;

use crate::event::{EventKind, EventSink, Progress};

/// The shortest time between two events.
const PAUSE: Duration = Duration::from_millis(100);

/// Reports how much of a file is applied, not too often.
pub(super) struct FileProgress<'a> {
    sink: &'a EventSink,
    what: &'a str,
    last: Option<Instant>,
}

impl<'a> FileProgress<'a> {
    /// Reports as `what`.
    pub(super) fn new(sink: &'a EventSink, what: &'a str) -> Self {
        Self {
            sink,
            what,
            last: None,
        }
    }

    /// Reports how far the file is read, if that is due.
    pub(super) fn tick(&mut self, position: (u64, u64)) {
        if self.last.is_none_or(|last| last.elapsed() >= PAUSE) {
            self.now(position);
        }
    }

    /// Reports how far the file is read: so many bytes of so many.
    pub(super) fn now(&mut self, (done, total): (u64, u64)) {
        self.last = Some(Instant::now());
        self.sink.send(EventKind::StepProgress {
            progress: Progress::Bytes {
                done,
                total,
                what: self.what.to_owned(),
            },
        });
    }

    /// Reports what is done with a file that is read already.
    pub(super) fn teller(&self) -> Teller<'a> {
        Teller {
            sink: self.sink,
            what: self.what,
        }
    }
}

/// Reports what is done with a file that is read already.
pub(super) struct Teller<'a> {
    sink: &'a EventSink,
    what: &'a str,
}

impl Teller<'_> {
    /// Says what is going on.
    pub(super) fn say(&self, what: impl std::fmt::Display) {
        self.sink.send(EventKind::StepProgress {
            progress: Progress::Waiting {
                what: format!("{}: {what}", self.what),
            },
        });
    }
}
