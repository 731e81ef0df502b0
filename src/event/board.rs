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
    /// What it stays whatever else of it still ends: failed, skipped or ready.
    verdict: Option<Phase>,
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

impl Row {
    /// A step of it is over.
    fn close(&mut self) {
        self.open = self.open.saturating_sub(1);
        self.phase = match &self.verdict {
            Some(verdict) => verdict.clone(),
            None if self.open == 0 => Phase::Done,
            None => Phase::Waiting,
        };
    }
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
            EventKind::StepFinished { .. } => self.update(event, Row::close),
            EventKind::StepFailed { diagnostic } => {
                self.failures.push((**diagnostic).clone());
                self.update(event, |row| {
                    row.verdict = Some(Phase::Failed);
                    row.close();
                });
            }
            EventKind::StepSkipped { cause, .. } => self.update(event, |row| {
                if row.verdict != Some(Phase::Failed) {
                    row.verdict = Some(Phase::Skipped(cause.clone()));
                }
                row.close();
            }),
            EventKind::ServiceReady { after_ms } => self.update(event, |row| {
                row.verdict = Some(Phase::Ready(*after_ms));
                row.phase = Phase::Ready(*after_ms);
            }),
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

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [StepKind; 4] = [
        StepKind::Pull,
        StepKind::Create,
        StepKind::Start,
        StepKind::Ready,
    ];

    /// A board of one service with four steps, after these events.
    fn board(events: &[(usize, EventKind)]) -> Board {
        let steps = (0..).zip(KINDS).map(|(id, kind)| StepSummary {
            id: StepId(id),
            kind,
            service: Some("web".into()),
            title: format!("{kind:?}"),
            reason: String::new(),
            needs: Vec::new(),
        });
        let started = EventKind::RunStarted {
            schema: 1,
            command: "up".into(),
            project: "shop".into(),
            steps: steps.collect(),
            services: vec!["web".into()],
        };
        let mut board = Board::default();
        for (step, kind) in std::iter::once((0, started)).chain(events.iter().cloned()) {
            board.apply(&Event {
                seq: 0,
                at: 0,
                step: Some(StepId(step)),
                service: Some("web".into()),
                kind,
            });
        }
        board
    }

    fn finished() -> EventKind {
        EventKind::StepFinished {
            took_ms: 1,
            unchanged: false,
        }
    }

    #[test]
    fn a_skipped_service_stays_so_when_its_pull_ends_later() {
        let skipped = EventKind::StepSkipped {
            because: StepId(9),
            cause: "db".into(),
        };
        let mut events = vec![(0, EventKind::StepStarted)];
        events.extend((1..4).map(|step| (step, skipped.clone())));
        events.push((0, finished()));
        let board = board(&events);
        assert_eq!(board.rows["web"].phase, Phase::Skipped("db".into()));
        assert_eq!(board.rows["web"].open, 0);
    }

    #[test]
    fn a_failed_service_stays_so_whatever_else_of_it_ends() {
        let failed = EventKind::StepFailed {
            diagnostic: Box::new(Diagnostic::error("no")),
        };
        let skipped = EventKind::StepSkipped {
            because: StepId(1),
            cause: "web".into(),
        };
        let board = board(&[
            (0, EventKind::StepStarted),
            (1, EventKind::StepStarted),
            (1, failed),
            (2, skipped.clone()),
            (3, skipped),
            (0, finished()),
        ]);
        assert_eq!(board.rows["web"].phase, Phase::Failed);
        assert_eq!(board.failures.len(), 1);
    }

    #[test]
    fn between_steps_a_service_waits_and_after_the_last_it_is_done() {
        let mut events = Vec::new();
        for step in 0..4 {
            events.extend([(step, EventKind::StepStarted), (step, finished())]);
            let phase = board(&events).rows["web"].phase.clone();
            let expected = if step < 3 {
                Phase::Waiting
            } else {
                Phase::Done
            };
            assert_eq!(phase, expected);
        }
        events.push((3, EventKind::ServiceReady { after_ms: 7 }));
        assert_eq!(board(&events).rows["web"].phase, Phase::Ready(7));
    }
}
