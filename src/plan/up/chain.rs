//! The chain of one container: image, create, start, hooks.

use crate::engine::{ContainerSpec, ContainerSummary};
use crate::event::StepId;
use crate::stack::{Condition as Dependency, Service};

use super::layered::implicit_key;
use super::order::joined_services;
use super::{Planned, Planner, Replace};
use crate::plan::builder::NewStep;
use crate::plan::company::container_files;
use crate::plan::containers::{Circumstances, Decision, by_state, decide};
use crate::plan::resources::volume_keys;
use crate::plan::spec::container_spec;
use crate::plan::{Action, Condition, Labels};

impl<'a> Planner<'a> {
    pub(super) fn container(
        &mut self,
        service: &'a Service,
        number: u32,
        image_step: Option<StepId>,
        planned: &mut Planned,
    ) {
        let found = self
            .observed
            .container(&self.stack.name, &service.name, number);
        // Removed with its data by an earlier step: for everything that follows it is not there.
        let removed = found
            .and_then(|found| self.removed.get(&found.name))
            .copied();
        let found = found.filter(|_| removed.is_none());
        let ports = self.ports.assign(service, number);
        let mut spec = container_spec(self.stack, service, number, ports, found);
        let image = self.observed.images.get(&service.image);
        if let Some(image) = image.filter(|_| image_step.is_none()) {
            spec.labels
                .insert(Labels::IMAGE.to_owned(), image.id.clone());
        }
        let about = Circumstances {
            service,
            wanted: &spec,
            found,
            image,
            image_step,
            force: self.must_recreate(service),
            dependency_created: service.depends_on.iter().any(|d| self.is_new(&d.service)),
        };
        let decision = decide(&about);
        let name = spec.name.clone();
        let made = spec.clone();
        let start = match (decision, found) {
            (Decision::Keep, _) => self.restart_with_dependencies(service, found, planned),
            (Decision::Start(reason), _) => Some(self.start(service, &name, reason, &[], planned)),
            (Decision::Create(reason), _) => {
                let needs: Vec<StepId> = image_step.into_iter().chain(removed).collect();
                Some(self.create_and_start(service, spec, reason, &needs, planned))
            }
            (Decision::Recreate(reason), Some(found)) => {
                let image: Vec<StepId> = image_step.into_iter().collect();
                let gone = self.remove(service, found, &reason, &image, false);
                planned.stopped.push(gone);
                Some(self.create_and_start(service, spec, reason, &[gone], planned))
            }
            (Decision::RecreateIf(condition), Some(found)) => {
                let unchanged = by_state(&about, found);
                let image: Vec<StepId> = image_step.into_iter().collect();
                let first = self.steps.len();
                let gone = self.remove(service, found, "its image changed", &image, false);
                self.create_and_start(
                    service,
                    spec,
                    "its image changed".to_owned(),
                    &[gone],
                    planned,
                );
                self.steps
                    .make_conditional(first, &Condition::Image(condition));
                let last = self.steps.last();
                match unchanged {
                    // Starting what the conditional steps started already is no work for the engine.
                    Decision::Start(reason) | Decision::Recreate(reason) => {
                        Some(self.start(service, &name, reason, &[last], planned))
                    }
                    _ => Some(last),
                }
            }
            (Decision::Recreate(_) | Decision::RecreateIf(_), None) => {
                unreachable!("only a container that is there is recreated")
            }
        };
        self.data(service, &made, number, start, found, planned);
    }

    pub(super) fn create_and_start(
        &mut self,
        service: &Service,
        spec: ContainerSpec,
        reason: String,
        needs: &[StepId],
        planned: &mut Planned,
    ) -> StepId {
        let name = spec.name.clone();
        let networks = service
            .networks
            .keys()
            .filter_map(|key| self.networks.get(key))
            .copied();
        let own = implicit_key(self.stack, service);
        let volumes = volume_keys(service)
            .chain(own.as_deref())
            .filter_map(|key| self.volumes.get(key))
            .copied();
        let joined = joined_services(service).filter_map(|other| self.planned.get(other));
        let joined = joined.flat_map(|other| other.created.iter().copied());
        let shared: Vec<StepId> = networks
            .chain(volumes)
            .chain(joined)
            .chain(self.begun.get(&service.name).copied())
            .collect();
        let action = Action::CreateContainer {
            spec: Box::new(spec),
            files: container_files(self.stack, service),
        };
        let step = NewStep::new(action, reason.clone())
            .service(&service.name)
            .needs(needs.iter().copied())
            .needs(shared)
            .origin(Some(&service.span));
        let created = self.steps.push(step);
        planned.created.push(created);
        planned.is_new = true;
        self.start(service, &name, reason, &[created], planned)
    }

    /// Starts a container when what it depends on is there, and runs its hooks.
    pub(super) fn start(
        &mut self,
        service: &Service,
        name: &str,
        reason: String,
        needs: &[StepId],
        planned: &mut Planned,
    ) -> StepId {
        let mut hard: Vec<StepId> = needs.to_vec();
        let mut soft: Vec<StepId> = Vec::new();
        for dependency in &service.depends_on {
            let Some(other) = self.planned.get(&dependency.service) else {
                continue;
            };
            let steps = match dependency.condition {
                Dependency::Started => &other.started,
                Dependency::Ready | Dependency::Completed => &other.ready,
            };
            if dependency.required {
                hard.extend(steps);
            } else {
                soft.extend(steps);
            }
        }
        for other in joined_services(service).filter_map(|other| self.planned.get(other)) {
            hard.extend(&other.started);
        }
        let step = NewStep::new(
            Action::StartContainer {
                container: name.to_owned(),
            },
            reason,
        )
        .service(&service.name)
        .needs(hard)
        .after(soft)
        .origin(Some(&service.span));
        let mut last = self.steps.push(step);
        for hook in &service.post_start {
            let action = Action::RunHook {
                container: name.to_owned(),
                hook: hook.clone(),
            };
            let step = NewStep::new(action, "after the start")
                .service(&service.name)
                .needs([last]);
            last = self.steps.push(step.origin(Some(&hook.span)));
        }
        planned.started.push(last);
        last
    }

    /// A dependent with `restart: true` is started anew when what it depends on is recreated.
    pub(super) fn restart_with_dependencies(
        &mut self,
        service: &Service,
        found: Option<&ContainerSummary>,
        planned: &mut Planned,
    ) -> Option<StepId> {
        let found = found?;
        let other_data = |name: &str| {
            let replace = self.options.replace.as_ref();
            replace.is_some_and(Replace::other_data)
                && self.planned.contains_key(name)
                && (self.is_new(name) || self.restarted.contains(name))
        };
        let cause = service
            .depends_on
            .iter()
            .find(|d| (d.restart && self.is_new(&d.service)) || other_data(&d.service))?;
        let reason = if other_data(&cause.service) {
            format!("`{}` has other data now", cause.service)
        } else {
            format!(
                "`{}` is new, and it asks to be restarted then",
                cause.service
            )
        };
        self.restarted.insert(service.name.clone());
        let action = Action::StopContainer {
            container: found.name.clone(),
            grace: service.stop_grace_period,
        };
        let step = NewStep::new(action, reason.clone())
            .service(&service.name)
            .origin(Some(&cause.span));
        let stopped = self.steps.push(step);
        Some(self.start(service, &found.name, reason, &[stopped], planned))
    }

    /// Why a service's containers have to be made anew whatever they look like.
    pub(super) fn must_recreate(&self, service: &Service) -> Option<String> {
        if self.options.force_recreate {
            return Some("asked for".to_owned());
        }
        joined_services(service)
            .find(|other| self.is_new(other))
            .map(|other| format!("it shares a namespace or volumes with `{other}`, which is new"))
    }
}
