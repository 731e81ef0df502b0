//! Two containers that start at the same time on a small engine each take as long as both one after the other. The one
//! that more waits for gets a moment to itself then.
//!
//! It matters only where few starts are at hand: many keep every processor busy in any order.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::Limits;
use crate::event::StepId;

/// How long a start waits for a more urgent one at most: about as long as one takes.
const LONGEST: Duration = Duration::from_millis(400);

/// What is at hand when a start could begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rivals {
    /// More urgent starts that run or are about to.
    pub(super) urgent: usize,
    /// Starts that could begin and have not, this one among them.
    pub(super) waiting: usize,
}

/// Decides which starts wait a moment.
#[derive(Debug)]
pub(super) struct HeadStart {
    /// So many starts the engine carries out side by side without slowing each other.
    side_by_side: usize,
    /// Since when each start could have begun.
    since: HashMap<StepId, Instant>,
}

impl HeadStart {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            side_by_side: limits.starts.max(1),
            since: HashMap::new(),
        }
    }

    /// Until when this start waits at most, if it has to.
    pub(super) fn hold(&mut self, start: StepId, rivals: Rivals, now: Instant) -> Option<Instant> {
        let until = *self.since.entry(start).or_insert(now) + LONGEST;
        let few = rivals.waiting <= self.side_by_side;
        (few && rivals.urgent >= self.side_by_side && now < until).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(starts: usize, urgent: usize, waiting: usize, later: Duration) -> bool {
        let mut head_start = HeadStart::new(Limits {
            starts,
            ..Limits::default()
        });
        let now = Instant::now();
        let rivals = Rivals { urgent, waiting };
        head_start.hold(StepId(1), rivals, now);
        head_start.hold(StepId(1), rivals, now + later).is_some()
    }

    #[test]
    fn a_start_waits_for_a_more_urgent_one_but_not_for_long() {
        let soon = Duration::from_millis(1);
        assert!(hold(1, 1, 1, soon));
        assert!(!hold(1, 1, 1, LONGEST));
        assert!(!hold(1, 0, 1, soon), "nothing is more urgent");
        assert!(!hold(1, 1, 2, soon), "there is enough for all processors");
        assert!(!hold(4, 3, 1, soon), "there is a processor for it");
        assert!(hold(4, 4, 4, soon));
    }
}
