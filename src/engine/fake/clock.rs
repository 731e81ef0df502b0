//! The fake's clock: tokio's, which tests may pause, told as dates from the machine's date on.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Time since the engine was made.
#[derive(Debug)]
pub(super) struct Clock {
    began: Instant,
    /// The machine's own date then: the engine is local, so the two share a clock.
    epoch: Timestamp,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            epoch: Timestamp::now(),
        }
    }

    /// How long the engine has been there.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The date.
    pub(super) fn now(&self) -> Timestamp {
        self.epoch
            .checked_add(self.elapsed())
            .unwrap_or(Timestamp::MAX)
    }
}
