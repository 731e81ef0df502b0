//! The renderers of a run: each is fed the events and the board that they add up to.
//!
//! [`render`] consumes the stream of one run until its end, whatever becomes of the output.

mod frame;
mod json;
mod live;
mod plain;
mod quiet;
mod rate;
mod run;
mod words;

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, MissedTickBehavior, interval};

use self::json::Json;
use self::live::Live;
use self::plain::Plain;
use self::quiet::Quiet;
use self::run::Run;
use super::{Output, Terminal};
use crate::event::{Board, Event, EventKind};

/// How a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// One line a service, redrawn in place.
    Live,
    /// A line an event.
    Plain,
    /// Each event as JSON, one a line, on standard output.
    Json,
    /// Only problems.
    Quiet,
}

impl View {
    /// The view for people that this terminal can show.
    pub fn fitting(terminal: &Terminal) -> Self {
        if terminal.stderr && terminal.moves {
            Self::Live
        } else {
            Self::Plain
        }
    }
}

/// How often time is looked at.
const TICK: Duration = Duration::from_millis(100);

/// What a renderer does with a run.
trait Show: Send {
    /// An event came, and is already part of `board` and `run`.
    fn event(&mut self, event: &Event, board: &Board, run: &Run);
    /// Time passed; `now` is in the run's milliseconds.
    fn tick(&mut self, now: u64, board: &Board, run: &Run);
    /// The stream is over.
    fn end(&mut self, board: &Board, run: &Run);
}

/// Shows a run until its last event, or until nobody sends any more, and returns what it came to.
pub async fn render(view: View, mut events: UnboundedReceiver<Event>, output: &Output) -> Board {
    let mut show: Box<dyn Show> = match view {
        View::Live => Box::new(Live::new(output.clone())),
        View::Plain => Box::new(Plain::new(output.clone())),
        View::Json => Box::new(Json::new(output.clone())),
        View::Quiet => Box::new(Quiet::new(output.clone())),
    };
    let mut board = Board::default();
    let mut run = Run::default();
    // The run's clock, as far as the last event tells.
    let mut clock = (0, Instant::now());
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            biased;
            event = events.recv() => {
                let Some(event) = event else { break };
                clock = (event.at, Instant::now());
                board.apply(&event);
                run.apply(&event);
                show.event(&event, &board, &run);
                if matches!(event.kind, EventKind::RunFinished { .. }) {
                    break;
                }
            }
            _ = ticks.tick() => {
                let passed = u64::try_from(clock.1.elapsed().as_millis()).unwrap_or(u64::MAX);
                show.tick(clock.0.saturating_add(passed), &board, &run);
            }
        }
    }
    show.end(&board, &run);
    board
}

#[cfg(test)]
mod recording;
#[cfg(test)]
mod tests;
