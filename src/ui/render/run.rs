//! What the board does not keep: each step's state, so that a view can say what is being waited for, how fast bytes
//! move, and what goes on for no service in particular.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::super::harmless;
use super::rate::Rate;
use crate::event::{Event, EventKind, Progress, StepId, StepSummary};

/// The steps of a run.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The command.
    pub(super) command: String,
    /// Who else holds the project's lock, while that is waited for.
    pub(super) holder: Option<String>,
    /// The steps, in the plan's order.
    pub(super) steps: IndexMap<StepId, Step>,
    /// Which of them belong to each service; a frame asks for every service.
    of_service: HashMap<String, Vec<StepId>>,
}

/// One step.
#[derive(Debug)]
pub(super) struct Step {
    /// What it is.
    pub(super) summary: StepSummary,
    /// What it does.
    pub(super) state: StepState,
    /// When that began.
    pub(super) since_ms: u64,
    /// How far it is.
    pub(super) progress: Option<Progress>,
    /// How fast.
    pub(super) rate: Rate,
    /// The last line that it printed.
    pub(super) line: Option<String>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepState {
    /// Waits for others.
    Waiting,
    /// Runs, or waits to try again.
    Running,
    /// Is done.
    Done,
    /// Failed.
    Failed,
    /// Will not run.
    Skipped,
}

impl Run {
    /// Takes an event in.
    pub(super) fn apply(&mut self, event: &Event) {
        if !matches!(event.kind, EventKind::LockWaiting { .. }) {
            self.holder = None;
        }
        match &event.kind {
            EventKind::RunStarted { command, steps, .. } => {
                self.command.clone_from(command);
                self.steps = steps
                    .iter()
                    .map(|step| (step.id, Step::new(step)))
                    .collect();
                self.of_service.clear();
                for step in steps {
                    if let Some(service) = &step.service {
                        let of_service = self.of_service.entry(service.clone());
                        of_service.or_default().push(step.id);
                    }
                }
            }
            EventKind::LockWaiting { holder } => self.holder = Some(harmless(holder)),
            EventKind::StepStarted => self.change(event, StepState::Running),
            EventKind::StepFinished { .. } => self.change(event, StepState::Done),
            EventKind::StepFailed { .. } => self.change(event, StepState::Failed),
            EventKind::StepSkipped { .. } => self.change(event, StepState::Skipped),
            EventKind::StepProgress { progress } => {
                if let Some(step) = self.step(event) {
                    if let Progress::Bytes { done, .. } = progress {
                        step.rate.add(event.at, *done);
                    }
                    step.progress = Some(progress.clone());
                }
            }
            EventKind::Output { line } => {
                if let Some(step) = self.step(event) {
                    step.line = Some(harmless(line));
                }
            }
            EventKind::StepRetrying { .. } => {
                if let Some(step) = self.step(event) {
                    step.progress = None;
                    step.rate = Rate::default();
                }
            }
            _ => {}
        }
    }

    /// The step of a service that was started last among those that run.
    pub(super) fn working(&self, service: &str) -> Option<&Step> {
        self.of(service)
            .filter(|step| step.state == StepState::Running)
            .max_by_key(|step| step.since_ms)
    }

    /// The running steps that belong to no single service.
    pub(super) fn shared(&self) -> impl Iterator<Item = &Step> {
        self.steps
            .values()
            .filter(|step| step.summary.service.is_none() && step.state == StepState::Running)
    }

    /// Whether a service has any steps.
    pub(super) fn has_steps(&self, service: &str) -> bool {
        self.of(service).next().is_some()
    }

    /// What a service that runs no step waits for: other services' names, and titles of shared steps.
    pub(super) fn waits_for(&self, service: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .of(service)
            .filter(|step| step.state == StepState::Waiting)
            .flat_map(|step| &step.summary.needs)
            .filter_map(|id| self.steps.get(id))
            .filter(|step| step.state != StepState::Done)
            .filter_map(|step| match step.summary.service.as_deref() {
                Some(other) if other == service => None,
                Some(other) => Some(other),
                None => Some(step.summary.title.as_str()),
            })
            .collect();
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(*name));
        names
    }

    /// How many steps are over well.
    pub(super) fn done(&self) -> usize {
        self.steps
            .values()
            .filter(|step| step.state == StepState::Done)
            .count()
    }

    fn of(&self, service: &str) -> impl Iterator<Item = &Step> {
        self.of_service
            .get(service)
            .into_iter()
            .flatten()
            .filter_map(|id| self.steps.get(id))
    }

    fn step(&mut self, event: &Event) -> Option<&mut Step> {
        self.steps.get_mut(&event.step?)
    }

    fn change(&mut self, event: &Event, state: StepState) {
        if let Some(step) = self.step(event) {
            step.state = state;
            step.since_ms = event.at;
            step.progress = None;
        }
    }
}

impl Step {
    fn new(summary: &StepSummary) -> Self {
        Self {
            summary: summary.clone(),
            state: StepState::Waiting,
            since_ms: 0,
            progress: None,
            rate: Rate::default(),
            line: None,
        }
    }
}
