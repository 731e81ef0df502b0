//! The live view: the frame of the moment, painted in place by indicatif.
//!
//! The cursor is never hidden, so there is no way out that could leave it so.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use super::frame::Frame;
use super::plain::finish;
use super::{Run, Show};
use crate::event::{Board, Event, EventKind};
use crate::ui::Output;

/// Frames are at least this far apart.
const FRAME: Duration = Duration::from_millis(50);

/// Paints frames on standard error; problems go above them as they come, the final table to standard output.
pub(super) struct Live {
    output: Output,
    lines: MultiProgress,
    bars: Vec<ProgressBar>,
    painted: Option<Instant>,
}

impl Live {
    pub(super) fn new(output: Output) -> Self {
        let lines = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Self {
            output,
            lines,
            bars: Vec::new(),
            painted: None,
        }
    }

    fn paint(&mut self, now: u64, board: &Board, run: &Run) {
        if run.command.is_empty() && run.holder.is_none() {
            return;
        }
        let (columns, rows) = self.output.window();
        let palette = self.output.stderr_palette();
        // One column stays free: a full line makes some terminals begin a new one.
        let frame = Frame {
            columns: columns - 1,
            rows: rows.saturating_sub(1),
            now,
            palette,
        };
        let lines = frame.lines(board, run);
        while self.bars.len() > lines.len() {
            if let Some(bar) = self.bars.pop() {
                bar.finish_and_clear();
                self.lines.remove(&bar);
            }
        }
        while self.bars.len() < lines.len() {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{msg}") {
                bar.set_style(style);
            }
            self.bars.push(self.lines.add(bar));
        }
        for (bar, line) in self.bars.iter().zip(lines) {
            bar.set_message(line.paint(palette));
        }
        self.painted = Some(Instant::now());
    }
}

impl Show for Live {
    fn event(&mut self, event: &Event, board: &Board, run: &Run) {
        if let EventKind::StepFailed { diagnostic } | EventKind::Warning { diagnostic } =
            &event.kind
        {
            self.lines.suspend(|| self.output.report(diagnostic));
        }
        if self
            .painted
            .is_none_or(|painted| painted.elapsed() >= FRAME)
        {
            self.paint(event.at, board, run);
        }
    }

    fn tick(&mut self, now: u64, board: &Board, run: &Run) {
        self.paint(now, board, run);
    }

    fn end(&mut self, board: &Board, run: &Run) {
        for bar in self.bars.drain(..) {
            bar.finish_and_clear();
        }
        // Nothing can be done about a terminal that went away.
        let _ = self.lines.clear();
        finish(&self.output, board, run);
    }
}

impl Drop for Live {
    /// A run whose future is dropped (a second Ctrl-C does not come here) leaves no half frame behind.
    fn drop(&mut self) {
        let _ = self.lines.clear();
    }
}
