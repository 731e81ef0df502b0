//! Which steps begin next.

use std::cmp::Reverse;
use std::sync::Arc;

use tokio::time::Instant;

use crate::event::{EventKind, StepId, StepKind};
use crate::plan::{Step, title};

use super::super::head_start::Rivals;
use super::{State, Status};

impl State {
    /// Starts every step whose needs are done, and gives up those whose needs failed.
    pub(super) fn release(&mut self) {
        self.wake = None;
        if self.run.cancel.is_cancelled() {
            return;
        }
        let mut ready = Vec::new();
        // A need is always an earlier step, so one pass sees every consequence.
        for index in 0..self.steps.len() {
            if self.status[index] != Status::Pending {
                continue;
            }
            let step = Arc::clone(&self.steps[index]);
            let failed = step
                .needs
                .iter()
                .find_map(|need| match self.status[need.0] {
                    Status::Failed => Some(*need),
                    Status::Skipped(cause) => Some(cause),
                    _ => None,
                });
            if let Some(cause) = failed {
                self.skip(&step, cause);
                continue;
            }
            let done = |id: &StepId| self.status[id.0] == Status::Done;
            let over =
                |id: &StepId| !matches!(self.status[id.0], Status::Pending | Status::Running);
            if step.needs.iter().all(done) && step.after.iter().all(over) {
                ready.push(step);
            }
        }
        // What is created is started before more is created, and what most waits for comes first.
        ready.sort_by_key(|step| {
            let kind = step.action.kind();
            (
                kind == StepKind::Create,
                Reverse(self.heights[step.id.0]),
                step.id,
            )
        });
        let mut waiting = ready
            .iter()
            .filter(|step| step.action.kind() == StepKind::Start)
            .count();
        for step in ready {
            let kind = step.action.kind();
            if kind == StepKind::Start {
                let rivals = Rivals {
                    urgent: self.more_urgent_starts(&step),
                    waiting,
                };
                if let Some(until) = self.head_start.hold(step.id, rivals, Instant::now()) {
                    self.wake = Some(self.wake.map_or(until, |wake| wake.min(until)));
                    continue;
                }
            }
            if self.slots.take(kind) {
                waiting -= usize::from(kind == StepKind::Start);
                self.spawn(step);
            }
        }
    }

    /// How many starts that more waits for run, or begin as soon as their container is created.
    fn more_urgent_starts(&self, than: &Step) -> usize {
        let height = self.heights[than.id.0];
        let creating = |need: &StepId| {
            self.status[need.0] == Status::Running
                && self.steps[need.0].action.kind() == StepKind::Create
        };
        let about_to = |step: &Step| match self.status[step.id.0] {
            Status::Running => true,
            Status::Pending => (step.needs.iter())
                .all(|need| self.status[need.0] == Status::Done || creating(need)),
            _ => false,
        };
        self.steps
            .iter()
            .filter(|step| step.action.kind() == StepKind::Start)
            .filter(|step| self.heights[step.id.0] > height && about_to(step))
            .count()
    }

    fn skip(&mut self, step: &Step, cause: StepId) {
        self.status[step.id.0] = Status::Skipped(cause);
        let failed = &self.steps[cause.0];
        let cause_name = failed
            .service
            .clone()
            .unwrap_or_else(|| title(&failed.action));
        self.sink(step).send(EventKind::StepSkipped {
            because: cause,
            cause: cause_name,
        });
    }
}
