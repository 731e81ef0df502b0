//! How many commands probe at the same time, and what the engine's own probes found.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// So many probes at the same time are a crowd.
const MANY: usize = 8;

/// Those whose commands probe containers of one run. Each probe starts processes, so that forty services that are asked
/// as often as one would slow down what they wait for.
#[derive(Debug, Clone, Default)]
pub struct Crowd {
    count: Arc<AtomicUsize>,
    /// The ids of the containers that the engine's own health checks found healthy during this run.
    healthy: watch::Sender<HashSet<String>>,
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

    /// The engine's own health check of a container passed, or what it found does not count any more.
    pub fn hear(&self, container: &str, healthy: bool) {
        self.healthy.send_if_modified(|known| {
            if healthy {
                known.insert(container.to_owned())
            } else {
                known.remove(container)
            }
        });
    }

    /// Waits until the engine's own health check of a container has passed.
    pub(super) async fn healthy(&self, container: &str) {
        let mut known = self.healthy.subscribe();
        // The sender is ours, so this ends by what it says alone.
        let _ = known.wait_for(|known| known.contains(container)).await;
    }
}

impl Seat {
    /// Whether more probe than can be answered without slowing down what they wait for.
    pub(super) fn is_one_of_many(&self) -> bool {
        self.count.load(Ordering::Relaxed) > MANY
    }

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

    #[tokio::test]
    async fn what_the_engine_found_healthy_is_known_until_it_ends() {
        let crowd = Crowd::default();
        let waiting = tokio::spawn({
            let crowd = crowd.clone();
            async move { crowd.healthy("db").await }
        });
        crowd.hear("other", true);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        crowd.hear("db", true);
        waiting.await.expect("it was told");
        crowd.healthy("db").await;
        crowd.hear("db", false);
        tokio::select! {
            biased;
            () = crowd.healthy("db") => panic!("it has ended since"),
            () = tokio::task::yield_now() => {}
        }
    }

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
