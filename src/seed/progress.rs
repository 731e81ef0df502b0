//! How far a seed is.

use std::time::Duration;

use tokio::time::Instant;

use super::reader::SeedReader;
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
    pub(super) fn tick(&mut self, reader: &SeedReader) {
        if self.last.is_none_or(|last| last.elapsed() >= PAUSE) {
            self.now(reader);
        }
    }

    /// Reports how far the file is read.
    pub(super) fn now(&mut self, reader: &SeedReader) {
        let (done, total) = reader.position();
        self.last = Some(Instant::now());
        self.sink.send(EventKind::StepProgress {
            progress: Progress::Bytes {
                done,
                total,
                what: self.what.to_owned(),
            },
        });
    }
}
