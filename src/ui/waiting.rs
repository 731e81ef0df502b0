//! What is waited for, in one line that goes when it is over.
//!
//! On a terminal it turns while it waits. Elsewhere nothing can be taken back, so nothing is said of short waits: whoever
//! waits longer says so with a line of its own.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Line, Output, Role, Symbol, harmless};

/// How fast it turns.
const TURN: Duration = Duration::from_millis(100);

/// A line on standard error; it goes when this does.
pub struct Waiting {
    bar: Option<ProgressBar>,
    output: Output,
}

impl Waiting {
    /// Nothing is waited for yet.
    pub fn new(output: &Output) -> Self {
        let terminal = output.terminal();
        let bar = (terminal.stderr && terminal.moves).then(|| {
            let palette = output.stderr_palette();
            let wheel: Vec<&str> = (0..10)
                .map(|turn| palette.symbol(Symbol::Busy(turn)))
                .collect();
            let bar = ProgressBar::new_spinner().with_finish(indicatif::ProgressFinish::AndClear);
            bar.set_draw_target(ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style.tick_strings(&wheel));
            }
            bar.enable_steady_tick(TURN);
            bar
        });
        Self {
            bar,
            output: output.clone(),
        }
    }

    /// Whether it is seen.
    pub fn is_seen(&self) -> bool {
        self.bar.is_some()
    }

    /// Says what is waited for.
    pub fn on(&self, what: &str) {
        if let Some(bar) = &self.bar {
            // The wheel, a space, and one column that stays free.
            let columns = self.output.window().0.saturating_sub(3).max(1);
            let palette = self.output.stderr_palette();
            let line = Line::of(Role::Dim, harmless(what)).cut(columns, palette);
            bar.set_message(line.paint(palette));
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
