//! Problems only.

use super::super::Output;
use super::{Run, Show};
use crate::event::{Board, Event, EventKind};

/// Says nothing while all is well.
pub(super) struct Quiet {
    output: Output,
}

impl Quiet {
    pub(super) fn new(output: Output) -> Self {
        Self { output }
    }
}

impl Show for Quiet {
    fn event(&mut self, event: &Event, _: &Board, _: &Run) {
        if let EventKind::StepFailed { diagnostic } | EventKind::Warning { diagnostic } =
            &event.kind
        {
            self.output.report(diagnostic);
        }
    }

    fn tick(&mut self, _: u64, _: &Board, _: &Run) {}

    fn end(&mut self, _: &Board, _: &Run) {}
}
