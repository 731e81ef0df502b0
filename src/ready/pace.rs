//! How fast probes follow each other.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The shortest pause.
const SHORTEST: Duration = Duration::from_millis(20);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(1);
/// A pause is this part of the time that has gone by, so that what took long is noticed only a little later.
const PART: u32 = 16;

/// The pauses between the probes of one check.
#[derive(Debug)]
pub(super) struct Pace {
    began: Instant,
}

impl Pace {
    /// Begins now.
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
        }
    }

    /// Waits until the next probe is due.
    pub(super) async fn pause(&self) {
        self.pause_at_least(Duration::ZERO).await;
    }

    /// The same, but so long at least, as far as that is no more than the longest pause.
    pub(super) async fn pause_at_least(&self, least: Duration) {
        let pause = pause_after(self.began.elapsed());
        sleep(pause.max(least.min(LONGEST))).await;
    }
}

fn pause_after(elapsed: Duration) -> Duration {
    (elapsed / PART).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_quickly_and_ends_at_a_second() {
        let millis = |elapsed| pause_after(Duration::from_millis(elapsed)).as_millis();
        assert_eq!(
            [0, 320, 3_200, 16_000, 600_000].map(millis),
            [20, 20, 200, 1_000, 1_000]
        );
    }
}
