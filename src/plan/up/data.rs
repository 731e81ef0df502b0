//! A service's data: half-seeded data thrown away, notes about seeds, readiness, seeding.

use std::collections::HashMap;

use crate::engine::{ContainerSpec, ContainerState, ContainerSummary};
use crate::event::StepId;
use crate::stack::{Mount, MountKind, Service};

use super::{Planned, Planner};
use crate::plan::builder::NewStep;
use crate::plan::resources::{uses, volume_keys};
use crate::plan::seeds::{self, SeedDecision};
use crate::plan::{Action, AwaitReady, SeedRecord, SeedState, SeedWork};

impl<'a> Planner<'a> {
    /// Removes half-seeded data, and every container that mounts it.
    pub(super) fn discard(&mut self, services: &[&'a Service]) -> HashMap<String, StepId> {
        let mut discarded = HashMap::new();
        for service in services {
            let Some(SeedDecision::StartOver { reason }) = self.seeds.get(&service.name).cloned()
            else {
                continue;
            };
            let data = seeds::data_mount(service);
            let key =
                data.and_then(|mount| volume_keys(service).find(|key| mount_shows(mount, key)));
            let users = self.stack.services.values();
            let users = users
                .filter(|user| user.name == service.name || key.is_some_and(|key| uses(user, key)));
            let mut gone = Vec::new();
            for user in users {
                for number in 1..=user.replicas.max(1) {
                    let Some(found) = self
                        .observed
                        .container(&self.stack.name, &user.name, number)
                    else {
                        continue;
                    };
                    gone.push(self.remove(user, found, &reason, &[], true));
                }
            }
            if let Some(volume) = key.and_then(|key| self.stack.volumes.get(key)) {
                let action = Action::RemoveVolume {
                    name: volume.name.clone(),
                };
                let step = NewStep::new(action, reason)
                    .service(&service.name)
                    .needs(gone);
                discarded.insert(volume.key.clone(), self.steps.push(step));
            }
        }
        discarded
    }

    /// Notes that seeding begins, for every service whose data this plan makes.
    pub(super) fn begin_seeds(&mut self, services: &[&'a Service]) {
        for service in services {
            let fresh = match self.seeds.get(&service.name) {
                Some(SeedDecision::Apply { fresh, .. }) => *fresh,
                Some(SeedDecision::StartOver { .. }) => true,
                _ => false,
            };
            let note = |state| self.observed.note(&service.name, state).is_some();
            // A note about earlier data of the same name has to go with it.
            if !fresh || (note(SeedState::Begun) && !note(SeedState::Applied)) {
                continue;
            }
            let record = SeedRecord {
                state: SeedState::Begun,
                ..self.record(service)
            };
            let step = NewStep::new(Action::BeginSeeds(record), "its data is about to be made")
                .service(&service.name);
            self.begun
                .insert(service.name.clone(), self.steps.push(step));
        }
    }

    pub(super) fn record(&self, service: &Service) -> SeedRecord {
        SeedRecord {
            project: self.stack.name.clone(),
            service: service.name.clone(),
            state: SeedState::Applied,
            digests: self
                .observed
                .fingerprints
                .get(&service.name)
                .map(|fingerprint| fingerprint.seeds.clone())
                .unwrap_or_default(),
            data: String::new(),
        }
    }

    pub(super) fn seed(
        &mut self,
        service: &Service,
        container: &str,
        ready: StepId,
        in_container: bool,
    ) -> Option<StepId> {
        let (from, reason) = match self.seeds.get(&service.name)?.clone() {
            // Data that lives in the container itself goes with it.
            SeedDecision::Nothing if in_container && !service.seeds.is_empty() => {
                (0, "its container is new".to_owned())
            }
            SeedDecision::Nothing => return None,
            SeedDecision::Apply { from, reason, .. } => (from, reason),
            SeedDecision::StartOver { reason } => (0, reason),
        };
        let mut work = self.seed_work(service, container, from);
        let origin = work.seeds.first().map(|seed| seed.span.clone());
        let needs = self.seed_runs(service, &mut work);
        let step = NewStep::new(Action::ApplySeeds(Box::new(work)), reason)
            .service(&service.name)
            .needs([ready])
            .needs(needs)
            .origin(origin.as_ref());
        Some(self.steps.push(step))
    }

    /// What applying a service's seeds needs, from index `from` on.
    pub(super) fn seed_work(&self, service: &Service, container: &str, from: usize) -> SeedWork {
        SeedWork {
            container: container.to_owned(),
            family: service.family,
            image: service.image.clone(),
            seeds: service.seeds[from..].to_vec(),
            environment: service.container.environment.clone(),
            command: service.container.command.clone().unwrap_or_default(),
            record: self.record(service),
            data_dir: seeds::data_dir(service),
            live: None,
            layered: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// Ready, then seeded: the end of a container's chain.
    pub(super) fn data(
        &mut self,
        service: &Service,
        spec: &ContainerSpec,
        number: u32,
        start: Option<StepId>,
        found: Option<&ContainerSummary>,
        planned: &mut Planned,
    ) {
        let done_before = start.is_none()
            && service.is_one_shot()
            && found.is_some_and(|found| found.state == ContainerState::Exited);
        if done_before {
            return;
        }
        let name = spec.name.as_str();
        let mut ready = self.await_ready(service, name, start, found);
        if self.is_layered(service) {
            if number == 1 {
                ready = self.grow(service, spec, ready, planned);
            }
            planned.ready.push(ready);
            return;
        }
        let in_container = found.is_some_and(|found| seeds::lives_in_container(service, found));
        let seeded = (number == 1)
            .then(|| self.seed(service, name, ready, planned.is_new && in_container))
            .flatten();
        planned.ready.push(seeded.unwrap_or(ready));
    }

    /// Waits until a container is ready. `seen` is the one that was there before.
    pub(super) fn await_ready(
        &mut self,
        service: &Service,
        container: &str,
        start: Option<StepId>,
        seen: Option<&ContainerSummary>,
    ) -> StepId {
        let timeout = self
            .options
            .timeout
            .map_or(service.readiness.timeout, |most| {
                most.min(service.readiness.timeout)
            });
        let ready = Action::AwaitReady(AwaitReady {
            container: container.to_owned(),
            image: service.image.clone(),
            checks: service.readiness.checks.clone(),
            timeout,
            environment: service.container.environment.clone(),
            command: service.container.command.clone().unwrap_or_default(),
            seen: seen.filter(|_| start.is_none()).cloned().map(Box::new),
        });
        let reason = if start.is_some() {
            "it starts"
        } else {
            "it should still be"
        };
        let step = NewStep::new(ready, reason)
            .service(&service.name)
            .needs(start)
            .origin(service.readiness.span.as_ref().or(Some(&service.span)));
        self.steps.push(step)
    }
}

fn mount_shows(mount: &Mount, key: &str) -> bool {
    matches!(&mount.kind, MountKind::Volume { key: shown, .. } if shown == key)
}
