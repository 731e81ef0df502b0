//! How much is done at once, and how often what may pass is tried again.

use std::sync::Arc;
use std::time::Duration;

use crate::event::StepKind;
use crate::plan::{Action, Step};
use crate::stack::HealthTest;

/// How many steps of a sort run at the same time.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Pulls: more than a few share the same line.
    pub pulls: usize,
    /// Builds: each uses a processor or more.
    pub builds: usize,
    /// Creating, starting and removing containers. Each start keeps a processor busy for a while:
    /// more at once come no sooner in sum, and each of them later.
    pub containers: usize,
    /// Starts that do not slow each other.
    pub starts: usize,
}

/// The engine checks a container's health often if it does so at least every so much time.
const OFTEN: Duration = Duration::from_secs(5);
/// So many containers are worked on at once at most.
const MOST_CONTAINERS: usize = 64;
/// A start keeps so many processors busy: the engine works, and so does what it runs for it.
const CPUS_PER_START: usize = 2;
/// So many containers are worked on at once for each processor: one may wait for the disk while another works.
const CONTAINERS_PER_CPU: usize = 2;
/// So many at least, for waits that have nothing to do with processors.
const LEAST_CONTAINERS: usize = 4;

impl Limits {
    /// What an engine with so many processors sustains.
    pub fn of_cpus(cpus: u64) -> Self {
        let cpus = usize::try_from(cpus).unwrap_or(usize::MAX);
        Self {
            containers: cpus
                .saturating_mul(CONTAINERS_PER_CPU)
                .max(LEAST_CONTAINERS),
            starts: (cpus / CPUS_PER_START).max(1),
            ..Self::default()
        }
    }
}

impl Limits {
    /// The same for these steps.
    ///
    /// Containers that start in turn and whose health the engine checks all the time take the processors from those that
    /// are yet to start. Started together, most have started before the first is checked.
    pub(super) fn for_steps(self, steps: &[Arc<Step>]) -> Self {
        let checked = steps.iter().filter(|step| is_checked_often(step)).count();
        Self {
            containers: self.containers.max(checked.min(MOST_CONTAINERS)),
            ..self
        }
    }
}

fn is_checked_often(step: &Step) -> bool {
    let Action::CreateContainer { spec, .. } = &step.action else {
        return false;
    };
    let healthcheck = spec.options.healthcheck.as_ref();
    healthcheck.is_some_and(|check| {
        check.test != HealthTest::None && check.interval.is_some_and(|every| every <= OFTEN)
    })
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pulls: 4,
            builds: 2,
            containers: 16,
            starts: 4,
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

/// The places that steps take while they run. The loop owns them, so that it decides who is next when one gets free.
#[derive(Debug)]
pub(super) struct Slots {
    pulls: usize,
    builds: usize,
    containers: usize,
}

impl Slots {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            pulls: limits.pulls.max(1),
            builds: limits.builds.max(1),
            containers: limits.containers.max(1),
        }
    }

    /// Takes a place, if one is free; kinds without a limit need none.
    pub(super) fn take(&mut self, kind: StepKind) -> bool {
        match self.of(kind) {
            Some(0) => false,
            Some(free) => {
                *free -= 1;
                true
            }
            None => true,
        }
    }

    /// Gives a place back.
    pub(super) fn give_back(&mut self, kind: StepKind) {
        if let Some(free) = self.of(kind) {
            *free += 1;
        }
    }

    fn of(&mut self, kind: StepKind) -> Option<&mut usize> {
        match kind {
            StepKind::Pull => Some(&mut self.pulls),
            StepKind::Build => Some(&mut self.builds),
            StepKind::Create | StepKind::Start | StepKind::Remove => Some(&mut self.containers),
            StepKind::Resource
            | StepKind::Ready
            | StepKind::Seed
            | StepKind::Hook
            | StepKind::Stop => None,
        }
    }
}
