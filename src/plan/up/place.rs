//! The steps that put data in place, and the snapshots that are taken of what was there.

use crate::catalog;
use crate::engine::ContainerSummary;
use crate::event::StepId;
use crate::stack::{Service, Stack};

use super::layered::Fate;
use super::{Planner, Replacement};
use crate::plan::Action;
use crate::plan::builder::NewStep;
use crate::plan::data::{
    DataSet, DataSource, DataState, DataWork, FrozenSource, LiveData, NextData, Snapshot,
    SnapshotKind, SnapshotWork,
};
use crate::plan::resources::uses;

impl<'a> Planner<'a> {
    /// The steps that put the data of every set in place, before any container that uses it is made.
    pub(super) fn place_data(&mut self, services: &[&'a Service]) {
        let fates = std::mem::take(&mut self.fates);
        let replaced = self.freeze_replaced(&fates, services);
        for (set, fate) in &fates {
            let (source, reason, needs) = match fate {
                Fate::Keep => continue,
                Fate::Complete => (DataSource::Missing, "missing".to_owned(), Vec::new()),
                Fate::Resume => {
                    let reason = "an interrupted run was about to";
                    let gone = self.clear(set, reason);
                    (DataSource::Pending, reason.to_owned(), gone)
                }
                Fate::Restore(id) => {
                    let reason = "an interrupted run was about to restore it";
                    let gone = self.clear(set, reason);
                    (DataSource::Snapshot(id.clone()), reason.to_owned(), gone)
                }
                Fate::Fresh { reason, discard } => {
                    let gone = if *discard {
                        self.clear(set, reason)
                    } else {
                        Vec::new()
                    };
                    (DataSource::Seeded, reason.clone(), gone)
                }
                Fate::Thaw => {
                    let reason = "a snapshot holds what it was";
                    (
                        DataSource::Above,
                        reason.to_owned(),
                        self.clear(set, reason),
                    )
                }
                Fate::Further {
                    reason,
                    again: true,
                } => (DataSource::Further, reason.clone(), self.clear(set, reason)),
                Fate::Further { reason, .. } => {
                    let snapshot = Snapshot {
                        next: Some(NextData::Further),
                        ..self.own_snapshot("before-seed", set)
                    };
                    let frozen = self.freeze(&[set], services, snapshot, reason, false);
                    (
                        DataSource::Further,
                        reason.clone(),
                        frozen.into_iter().collect(),
                    )
                }
                Fate::Replaced => {
                    let replace = self
                        .options
                        .replace
                        .as_ref()
                        .expect("something replaces it");
                    let source = match &replace.by {
                        Replacement::Seeds => DataSource::Seeded,
                        // A flattened snapshot is no layer below what is there, but a copy of it.
                        Replacement::Same if set.volumes.iter().any(|own| self.is_full(own)) => {
                            DataSource::Snapshot(replace.snapshot.id.clone())
                        }
                        Replacement::Same => DataSource::Above,
                        Replacement::Snapshot(id) => DataSource::Snapshot(id.clone()),
                    };
                    let reason = replace.reason.clone();
                    (source, reason, replaced.into_iter().collect())
                }
            };
            let user = set_user(self.stack, set, services);
            let image = self
                .images
                .ensure(user, &mut self.steps, &mut self.problems);
            let action = Action::PrepareData(Box::new(self.work(set, user, source)));
            let step = NewStep::new(action, reason)
                .service(&user.name)
                .needs(needs)
                .needs(image);
            let step = self.steps.push(step);
            for volume in &set.volumes {
                self.volumes.insert(volume.key.clone(), step);
            }
        }
        self.fates = fates;
    }

    pub(super) fn work(&self, set: &DataSet, user: &Service, source: DataSource) -> DataWork {
        DataWork {
            project: self.stack.name.clone(),
            image: user.image.clone(),
            set: set.clone(),
            source,
            mode: self.observed.layer_mode,
        }
    }

    /// One snapshot of everything that is replaced: all of it at one point.
    fn freeze_replaced(
        &mut self,
        fates: &[(DataSet, Fate)],
        services: &[&'a Service],
    ) -> Option<StepId> {
        let replace = self.options.replace.clone()?;
        let sets: Vec<&DataSet> = fates
            .iter()
            .filter(|(_, fate)| *fate == Fate::Replaced)
            .map(|(set, _)| set)
            .collect();
        let snapshot = Snapshot {
            next: match replace.by {
                Replacement::Seeds => Some(NextData::Seeds),
                Replacement::Same => None,
                Replacement::Snapshot(id) => Some(NextData::Snapshot(id)),
            },
            ..replace.snapshot
        };
        self.freeze(&sets, services, snapshot, &replace.reason, replace.kill)
    }

    /// Stops whatever uses these sets, takes the snapshot, and removes the containers.
    fn freeze(
        &mut self,
        sets: &[&DataSet],
        services: &[&'a Service],
        snapshot: Snapshot,
        reason: &str,
        kill: bool,
    ) -> Option<StepId> {
        let set = sets.first()?;
        let user = set_user(self.stack, set, services);
        let image = user.image.clone();
        let image_there = self
            .images
            .ensure(user, &mut self.steps, &mut self.problems);
        let mut stopped = Vec::new();
        let mut containers = Vec::new();
        for (service, found) in self.users(sets) {
            stopped.extend(self.halt(service, found, reason, kill));
            containers.push(found.name.clone());
        }
        let replace = self.options.replace.as_ref();
        let grows = replace.is_some_and(|replace| replace.by == Replacement::Same);
        let volumes = sets.iter().flat_map(|set| &set.volumes);
        let volumes = volumes
            .filter(|volume| {
                let found = self.observed.volume(&volume.name);
                let live = found.and_then(LiveData::from_volume);
                let data = &self.observed.data;
                let whole = |live: &LiveData| data.has_live(&volume.name) && data.is_whole(live);
                live.is_some_and(|live| live.state == DataState::Live && whole(&live))
            })
            .map(|volume| FrozenSource {
                key: volume.key.clone(),
                name: volume.name.clone(),
                flatten: grows && self.is_full(volume),
            })
            .collect();
        let kept: usize = if snapshot.kind == SnapshotKind::Automatic {
            2
        } else {
            usize::MAX
        };
        let mut older: Vec<&Snapshot> = self.observed.data.of_project(&self.stack.name);
        let needed = self.options.replace.as_ref().map(|replace| &replace.by);
        older.retain(|other| {
            other.kind == SnapshotKind::Automatic
                && needed != Some(&Replacement::Snapshot(other.id.clone()))
        });
        let surplus = older.len().saturating_sub(kept);
        let replaces = older[..surplus]
            .iter()
            .map(|other| other.id.clone())
            .collect();
        let action = Action::TakeSnapshot(Box::new(SnapshotWork {
            snapshot,
            volumes,
            containers: containers.clone(),
            image,
            replaces,
        }));
        let step = NewStep::new(action, reason).needs(stopped);
        let step = self.steps.push(step.needs(image_there));
        for container in containers {
            self.removed.insert(container, step);
        }
        Some(step)
    }

    /// The containers that mount a volume of these sets.
    fn users(&self, sets: &[&DataSet]) -> Vec<(Option<&'a Service>, &'a ContainerSummary)> {
        let observed = self.observed;
        let mounts = |container: &ContainerSummary| {
            container.mounts.iter().any(|point| {
                let volumes = sets.iter().flat_map(|set| &set.volumes);
                volumes
                    .into_iter()
                    .any(|volume| point.name.as_ref() == Some(&volume.name))
            })
        };
        observed
            .containers
            .iter()
            .filter(|container| mounts(container) && !self.removed.contains_key(&container.name))
            .map(|container| {
                let name = crate::plan::service_of(&container.labels).map(|(name, _)| name);
                (
                    name.and_then(|name| self.stack.services.get(name)),
                    container,
                )
            })
            .collect()
    }

    /// Removes every container that uses a set, whose data is not to be trusted or has been frozen.
    fn clear(&mut self, set: &DataSet, reason: &str) -> Vec<StepId> {
        let mut gone = Vec::new();
        for (service, found) in self.users(&[set]) {
            let stopped = self.halt(service, found, reason, true);
            let action = Action::RemoveContainer {
                container: found.name.clone(),
                volumes: false,
            };
            let step = NewStep::new(action, reason).needs(stopped);
            let step = self.steps.push(match service {
                Some(service) => step.service(&service.name),
                None => step,
            });
            self.removed.insert(found.name.clone(), step);
            gone.push(step);
        }
        gone
    }

    fn halt(
        &mut self,
        service: Option<&Service>,
        found: &ContainerSummary,
        reason: &str,
        kill: bool,
    ) -> Option<StepId> {
        if !found.state.is_up() {
            return None;
        }
        let grace = service.and_then(|service| service.stop_grace_period);
        let family = service.and_then(|service| catalog::family(service.family?));
        let kill = kill && family.is_none_or(catalog::Family::survives_kill);
        let action = Action::StopContainer {
            container: found.name.clone(),
            grace: if kill {
                Some(std::time::Duration::ZERO)
            } else {
                grace
            },
        };
        let step = NewStep::new(action, reason);
        Some(self.steps.push(match service {
            Some(service) => step.service(&service.name),
            None => step,
        }))
    }

    /// A snapshot of one set, to be made; others of the same run have other volumes.
    pub(super) fn own_snapshot(&self, name: &str, set: &DataSet) -> Snapshot {
        let kind = SnapshotKind::Automatic;
        let snapshot = Snapshot::new(&self.stack.name, name, kind, self.observed.now);
        Snapshot {
            id: format!("{}.{}", snapshot.id, set.service),
            ..snapshot
        }
    }
}

/// Whether a service mounts a volume of a set.
pub(super) fn uses_set(service: &Service, set: &DataSet) -> bool {
    set.service == service.name || set.volumes.iter().any(|volume| uses(service, &volume.key))
}

/// The service whose image gives a way into a set's volumes. One that takes no part in the plan will do: data is put
/// in place for a stack that is stopped, too.
fn set_user<'a>(stack: &'a Stack, set: &DataSet, services: &[&'a Service]) -> &'a Service {
    let mut planned = services.iter().copied();
    planned
        .find(|service| service.name == set.service)
        .or_else(|| {
            services
                .iter()
                .copied()
                .find(|service| uses_set(service, set))
        })
        .unwrap_or_else(|| &stack.services[&set.service])
}
