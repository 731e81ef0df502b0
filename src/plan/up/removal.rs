//! What has to go: replaced containers, surplus replicas, orphans.

use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::engine::ContainerSummary;
use crate::event::StepId;
use crate::stack::{MountKind, Service};

use super::Planner;
use crate::plan::Action;
use crate::plan::builder::NewStep;

impl Planner<'_> {
    /// Stops (if it runs) and removes a container; returns the step after which it is gone.
    pub(super) fn remove(
        &mut self,
        service: &Service,
        found: &ContainerSummary,
        reason: &str,
        needs: &[StepId],
        with_data: bool,
    ) -> StepId {
        if let Some(&step) = self.removed.get(&found.name) {
            return step;
        }
        let mut needs = needs.to_vec();
        // Data that is thrown away need not be stopped with care.
        if found.state.is_up() && !with_data {
            let grace = if self.leaves_nothing(service) {
                Some(Duration::ZERO)
            } else {
                service.stop_grace_period
            };
            let action = Action::StopContainer {
                container: found.name.clone(),
                grace,
            };
            let step = NewStep::new(action, reason)
                .service(&service.name)
                .needs(needs);
            needs = vec![self.steps.push(step)];
        }
        let action = Action::RemoveContainer {
            container: found.name.clone(),
            volumes: with_data,
        };
        let step = NewStep::new(action, reason)
            .service(&service.name)
            .needs(needs);
        let step = self.steps.push(step);
        if with_data {
            self.removed.insert(found.name.clone(), step);
        }
        step
    }

    /// Whether nothing of what a service did is to stay: the whole stack goes back to an earlier state, and it writes to
    /// nothing but itself. Then it need not be asked to stop, which may take as long as it likes.
    fn leaves_nothing(&self, service: &Service) -> bool {
        let replace = self.options.replace.as_ref();
        let everything = self.options.force_recreate
            && replace.is_some_and(|replace| replace.kill && replace.other_data());
        everything
            && service.pre_stop.is_empty()
            && service
                .mounts
                .iter()
                .all(|mount| mount.read_only || matches!(mount.kind, MountKind::Tmpfs { .. }))
    }

    /// Removes replicas beyond the number that is wanted.
    pub(super) fn scale_down(&mut self, service: &Service) {
        let observed = self.observed;
        let extra: Vec<&ContainerSummary> = observed
            .of_project(&self.stack.name)
            .filter(|&(name, number, _)| name == service.name && number > service.replicas)
            .map(|(_, _, container)| container)
            .collect();
        for found in extra {
            self.remove(
                service,
                found,
                &format!("{} are wanted", service.replicas),
                &[],
                false,
            );
        }
    }

    /// Containers of services that the manifest does not have: named, and removed when asked for.
    pub(super) fn orphans(&mut self) {
        let known = |name: &str| {
            self.stack.services.contains_key(name) || self.stack.disabled.iter().any(|d| d == name)
        };
        let orphans: Vec<&ContainerSummary> = self
            .observed
            .of_project(&self.stack.name)
            .filter(|&(name, _, _)| !known(name))
            .map(|(_, _, container)| container)
            .collect();
        if orphans.is_empty() {
            return;
        }
        if self.options.remove_orphans {
            for orphan in orphans {
                let reason = "the manifest has no such service";
                let mut needs = Vec::new();
                if orphan.state.is_up() {
                    let action = Action::StopContainer {
                        container: orphan.name.clone(),
                        grace: None,
                    };
                    needs.push(self.steps.push(NewStep::new(action, reason)));
                }
                let action = Action::RemoveContainer {
                    container: orphan.name.clone(),
                    volumes: false,
                };
                self.steps.push(NewStep::new(action, reason).needs(needs));
            }
            return;
        }
        let names: Vec<String> = orphans
            .iter()
            .map(|orphan| format!("`{}`", orphan.name))
            .collect();
        self.warnings.push(
            Diagnostic::warning(format!(
                "the manifest has no service for {}",
                names.join(", ")
            ))
            .fix("devstack up --remove-orphans"),
        );
    }
}
