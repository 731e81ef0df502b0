//! What the end of a container means to the run.

use std::sync::Arc;

use crate::engine::ContainerSummary;
use crate::plan::{Action, Step};

use super::super::watch::confirm_death;
use super::{State, Status};

impl State {
    /// A container ended. It matters if it was ready already and should run.
    pub(super) async fn died(&mut self, container: &str, code: i64) {
        let Some(step) = self.ready_step(container) else {
            return;
        };
        let Some(error) = confirm_death(&self.run.engine, container, code).await else {
            return;
        };
        // One that ran before is looked at once more, which starts it if it has ended.
        let ran_before =
            matches!(&step.action, Action::AwaitReady(wanted) if wanted.seen.is_some());
        if ran_before && self.looked_again.insert(step.id) {
            self.spawn(step);
        } else {
            self.fail(&step, error).await;
        }
    }

    /// The step that found this container ready, unless it is a one-shot, or the plan itself stops it.
    fn ready_step(&self, container: &str) -> Option<Arc<Step>> {
        let ready = self.steps.iter().rfind(|step| match &step.action {
            Action::AwaitReady(wanted) => {
                wanted.container == container
                    && self.status[step.id.0] == Status::Done
                    && !self.unchanged.contains(&step.id)
                    && !wanted.checks.contains(&crate::stack::Check::Completed)
            }
            _ => false,
        })?;
        let stopped = self.steps.iter().any(|step| {
            let begun = matches!(self.status[step.id.0], Status::Running | Status::Done)
                && !self.unchanged.contains(&step.id);
            // What was stopped before it was ready has been started again since.
            let since = step.id > ready.id || self.status[step.id.0] == Status::Running;
            begun && since && step.action.ends(container)
        });
        (!stopped).then(|| Arc::clone(ready))
    }

    /// The last word: what was found ready must still run when the run ends.
    pub(super) async fn verify(&mut self, containers: &[ContainerSummary]) {
        if self.run.cancel.is_cancelled() {
            return;
        }
        for container in containers {
            if !container.state.is_up() {
                self.died(&container.name, 0).await;
            }
        }
    }
}
