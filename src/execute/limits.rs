//! How much is done at once, and how often what may pass is tried again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::event::StepKind;

/// How many steps of a sort run at the same time.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Pulls: more than a few share the same line.
    pub pulls: usize,
    /// Builds: each uses a processor or more.
    pub builds: usize,
    /// Creating, starting, stopping and removing containers: the engine works on so many at once without slowing
    /// each of them down.
    pub containers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pulls: 4,
            builds: 2,
            containers: 16,
        }
    }
}

/// How a pull is tried again.
#[derive(Debug, Clone, Copy)]
pub struct Retries {
    /// How often it is tried in all.
    pub attempts: u32,
    /// The wait after the first failure; each further one waits twice as long.
    pub first_wait: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(500),
        }
    }
}

impl Retries {
    /// How long to wait after this attempt (from 1) failed; `None` if it was the last.
    pub(super) fn wait_after(&self, attempt: u32) -> Option<Duration> {
        (attempt < self.attempts).then(|| self.first_wait * 2u32.saturating_pow(attempt - 1))
    }
}

/// The permits that steps take before they start.
#[derive(Debug, Clone)]
pub(super) struct Permits {
    pulls: Arc<Semaphore>,
    builds: Arc<Semaphore>,
    containers: Arc<Semaphore>,
}

impl Permits {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            pulls: Arc::new(Semaphore::new(limits.pulls.max(1))),
            builds: Arc::new(Semaphore::new(limits.builds.max(1))),
            containers: Arc::new(Semaphore::new(limits.containers.max(1))),
        }
    }

    /// Waits for a permit; kinds without a limit need none.
    pub(super) async fn acquire(&self, kind: StepKind) -> Option<OwnedSemaphorePermit> {
        let semaphore = match kind {
            StepKind::Pull => &self.pulls,
            StepKind::Build => &self.builds,
            StepKind::Create | StepKind::Start | StepKind::Remove => &self.containers,
            StepKind::Resource
            | StepKind::Ready
            | StepKind::Seed
            | StepKind::Hook
            | StepKind::Stop => return None,
        };
        Some(
            Arc::clone(semaphore)
                .acquire_owned()
                .await
                .expect("the semaphores are never closed"),
        )
    }
}
