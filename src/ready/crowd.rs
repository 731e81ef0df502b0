//! How many commands probe at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Those whose commands probe containers of one run. Each probe starts processes, so that forty services that are asked
/// as often as one would slow down what they wait for.
#[derive(Debug, Clone, Default)]
pub struct Crowd {
    count: Arc<AtomicUsize>,
}

/// A place in the crowd, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    count: Arc<AtomicUsize>,
}

impl Crowd {
    /// One more probes.
    pub(super) fn join(&self) -> Seat {
        self.count.fetch_add(1, Ordering::Relaxed);
        Seat {
            count: Arc::clone(&self.count),
        }
    }
}

impl Seat {
    /// The shortest pause after a probe that took so long: with it, all probes together keep about one processor busy,
    /// however many there are.
    pub(super) fn pause_after(&self, took: Duration) -> Duration {
        let count = u32::try_from(self.count.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        took.saturating_mul(count)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_probe_the_longer_each_pauses() {
        let crowd = Crowd::default();
        let took = Duration::from_millis(10);
        let first = crowd.join();
        assert_eq!(first.pause_after(took), took);
        let others: Vec<Seat> = (0..9).map(|_| crowd.clone().join()).collect();
        assert_eq!(first.pause_after(took), took * 10);
        drop(others);
        assert_eq!(first.pause_after(took), took);
    }
}
