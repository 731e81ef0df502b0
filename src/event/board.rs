//! What is true now: events folded into one row a service.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::{Event, EventKind, Outcome, Progress, ServiceSummary, StepId, StepKind, StepSummary};
use crate::diagnostic::Diagnostic;

/// The state of a run. Rows appear in the manifest's order; work that belongs to no service has none.
#[derive(Debug, Default)]
pub struct Board {
    /// The project's name.
    pub project: String,
    /// One row a service.
    pub rows: IndexMap<String, Row>,
    /// Failures, in the order in which they came.
    pub failures: Vec<Diagnostic>,
    /// Warnings, in the order in which they came.
    pub warnings: Vec<Diagnostic>,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
    /// Milliseconds that it took, once it has ended.
    pub took_ms: u64,
    /// What there is now, once it has ended.
    pub services: Vec<ServiceSummary>,
    /// Whether it was asked to stop.
    pub cancelling: bool,
    steps: HashMap<StepId, StepSummary>,
}

/// What is true of one service.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// What it is doing.
    pub phase: Phase,
    /// How far that is.
    pub progress: Option<Progress>,
    /// When that began, in the run's milliseconds.
    pub since_ms: u64,
    /// Steps of it that are not over.
    pub open: usize,
}

/// What a service is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Phase {
    /// Waits for other steps.
    #[default]
    Waiting,
    /// Works on a step of this sort, with this title.
    Working(StepKind, String),
    /// Failed attempt; tries again.
    Retrying(String),
    /// Ready after so many milliseconds.
    Ready(u64),
    /// Done, without readiness to report (stopped, removed, left alone).
    Done,
    /// Failed.
    Failed,
    /// Not tried, because of this.
    Skipped(String),
}

impl Board {
    /// Takes an event in.
    pub fn apply(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted {
                project,
                steps,
                services,
                ..
            } => self.start(project, steps, services),
            EventKind::StepStarted => {
                if let Some(step) = event.step.and_then(|id| self.steps.get(&id)).cloned() {
                    self.update(event, |row| {
                        row.phase = Phase::Working(step.kind, step.title.clone());
                    });
                }
            }
            EventKind::StepProgress { progress } => {
                if let Some(row) = event
                    .service
                    .as_deref()
                    .and_then(|name| self.rows.get_mut(name))
                {
                    row.progress = Some(progress.clone());
                }
            }
            EventKind::StepRetrying { error, .. } => {
                self.update(event, |row| row.phase = Phase::Retrying(error.clone()));
            }
            EventKind::StepFinished { .. } => self.update(event, |row| {
                row.open = row.open.saturating_sub(1);
                if !matches!(
                    row.phase,
                    Phase::Failed | Phase::Skipped(_) | Phase::Ready(_)
                ) {
                    row.phase = if row.open == 0 {
                        Phase::Done
                    } else {
                        Phase::Waiting
                    };
                }
            }),
            EventKind::StepFailed { diagnostic } => {
                self.failures.push((**diagnostic).clone());
                self.update(event, |row| row.phase = Phase::Failed);
            }
            EventKind::StepSkipped { cause, .. } => self.update(event, |row| {
                if row.phase != Phase::Failed {
                    row.phase = Phase::Skipped(cause.clone());
                }
            }),
            EventKind::ServiceReady { after_ms } => {
                self.update(event, |row| row.phase = Phase::Ready(*after_ms));
            }
            EventKind::Warning { diagnostic } => self.warnings.push((**diagnostic).clone()),
            EventKind::Cancelling => self.cancelling = true,
            EventKind::RunFinished {
                outcome,
                took_ms,
                services,
            } => {
                self.outcome = Some(*outcome);
                self.took_ms = *took_ms;
                self.services.clone_from(services);
            }
            EventKind::LockWaiting { .. } | EventKind::Output { .. } => {}
        }
    }

    /// A step of this run.
    pub fn step(&self, id: StepId) -> Option<&StepSummary> {
        self.steps.get(&id)
    }

    fn start(&mut self, project: &str, steps: &[StepSummary], services: &[String]) {
        project.clone_into(&mut self.project);
        self.rows = services
            .iter()
            .map(|name| (name.clone(), Row::default()))
            .collect();
        for step in steps {
            if let Some(row) = step
                .service
                .as_deref()
                .and_then(|name| self.rows.get_mut(name))
            {
                row.open += 1;
            }
        }
        self.steps = steps.iter().map(|step| (step.id, step.clone())).collect();
    }

    fn update(&mut self, event: &Event, change: impl FnOnce(&mut Row)) {
        if let Some(row) = event
            .service
            .as_deref()
            .and_then(|name| self.rows.get_mut(name))
        {
            row.progress = None;
            row.since_ms = event.at;
            change(row);
        }
    }
}
