//! The fake's clock: tokio's, which tests may pause, told as dates.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// The date at which every fake engine begins (2026-01-01T00:00:00Z), so that what tests print does not change.
const EPOCH_SECONDS: i64 = 1_767_225_600;

/// Time since the engine was made.
#[derive(Debug)]
pub(super) struct Clock {
    began: Instant,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
        }
    }

    /// How long the engine has been there.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The date.
    pub(super) fn now(&self) -> Timestamp {
        let epoch = Timestamp::from_second(EPOCH_SECONDS).unwrap_or(Timestamp::UNIX_EPOCH);
        epoch.checked_add(self.elapsed()).unwrap_or(Timestamp::MAX)
    }
}
