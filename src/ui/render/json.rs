//! The events themselves, one a line.

use super::super::Output;
use super::{Run, Show};
use crate::event::{Board, Event};

/// Writes each event as JSON to standard output. The first line carries the schema's version.
pub(super) struct Json {
    output: Output,
    closed: bool,
}

impl Json {
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            closed: false,
        }
    }
}

impl Show for Json {
    fn event(&mut self, event: &Event, _: &Board, _: &Run) {
        if self.closed {
            return;
        }
        let written = serde_json::to_string(event)
            .map_err(std::io::Error::from)
            .and_then(|line| self.output.data(&line));
        // The run goes on when its reader has left.
        self.closed = written.is_err();
    }

    fn tick(&mut self, _: u64, _: &Board, _: &Run) {}

    fn end(&mut self, _: &Board, _: &Run) {}
}
