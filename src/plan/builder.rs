//! Collects steps into a plan.

use crate::event::StepId;
use crate::source::Span;

use super::{Action, Condition, Step};

/// A plan under construction. Ids are given in the order of [`push`](Steps::push), so a need is always an earlier step.
#[derive(Debug, Default)]
pub(super) struct Steps {
    steps: Vec<Step>,
}

/// A step to be pushed: everything but its id.
#[derive(Debug)]
pub(super) struct NewStep {
    action: Action,
    service: Option<String>,
    needs: Vec<StepId>,
    after: Vec<StepId>,
    reason: String,
    origin: Option<Span>,
}

impl NewStep {
    pub(super) fn new(action: Action, reason: impl Into<String>) -> Self {
        Self {
            action,
            service: None,
            needs: Vec::new(),
            after: Vec::new(),
            reason: reason.into(),
            origin: None,
        }
    }

    pub(super) fn service(mut self, service: &str) -> Self {
        self.service = Some(service.to_owned());
        self
    }

    pub(super) fn needs(mut self, needs: impl IntoIterator<Item = StepId>) -> Self {
        self.needs.extend(needs);
        self
    }

    pub(super) fn after(mut self, after: impl IntoIterator<Item = StepId>) -> Self {
        self.after.extend(after);
        self
    }

    pub(super) fn origin(mut self, origin: Option<&Span>) -> Self {
        self.origin = origin.cloned();
        self
    }
}

impl Steps {
    pub(super) fn push(&mut self, new: NewStep) -> StepId {
        let id = StepId(self.steps.len());
        let NewStep {
            action,
            service,
            mut needs,
            mut after,
            reason,
            origin,
        } = new;
        needs.sort_unstable();
        needs.dedup();
        after.sort_unstable();
        after.dedup();
        after.retain(|step| !needs.contains(step));
        self.steps.push(Step {
            id,
            service,
            action,
            needs,
            after,
            only_if: None,
            reason,
            origin,
        });
        id
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The last step pushed.
    pub(super) fn last(&self) -> StepId {
        StepId(self.steps.len().saturating_sub(1))
    }

    /// Puts a condition on every step from index `first` on.
    pub(super) fn make_conditional(&mut self, first: usize, condition: &Condition) {
        for step in &mut self.steps[first..] {
            step.only_if = Some(condition.clone());
        }
    }

    /// Every step that makes or replaces data.
    pub(super) fn data_steps(&self) -> Vec<StepId> {
        let data = self.steps.iter().filter(|step| {
            matches!(
                step.action,
                Action::PrepareData(_) | Action::KeepData(_) | Action::TakeSnapshot(_)
            )
        });
        data.map(|step| step.id).collect()
    }

    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}
