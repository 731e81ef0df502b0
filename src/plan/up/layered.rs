//! Layered data: where it comes from, and when what seeds brought is kept.

use crate::catalog;
use crate::diagnostic::Diagnostic;
use crate::engine::ContainerSummary;
use crate::event::StepId;
use crate::stack::{Service, Stack};

use super::{Planner, Replacement};
use crate::plan::Action;
use crate::plan::builder::NewStep;
use crate::plan::data::{
    DataSet, DataSource, DataState, DataVolume, DataWork, Fingerprint, FrozenSource, LayerMode,
    LiveData, NextData, Snapshot, SnapshotKind, SnapshotWork, implicit_mount,
};
use crate::plan::resources::uses;

/// What happens to the volumes of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// They stay as they are.
    Keep,
    /// They are made from the cache, or by first boot and seeds.
    Fresh {
        /// Why.
        reason: String,
        /// Whether what is there now is thrown away.
        discard: bool,
    },
    /// Some of them are missing beside others that hold data: those are made, empty.
    Complete,
    /// A snapshot has frozen what is written to: a fresh layer goes above it.
    Thaw,
    /// A run that put other data in place was interrupted in the middle: what it began is done.
    Resume,
    /// A run that was to put this snapshot's data in place was interrupted.
    Restore(String),
    /// More seeds go into data that is there.
    Further {
        /// Why.
        reason: String,
        /// Whether an interrupted run has frozen that data already.
        again: bool,
    },
    /// Other data takes their place.
    Replaced,
}

impl Fate {
    /// Whether layers may have no use any more when it has happened.
    pub(super) fn lets_go(&self) -> bool {
        match self {
            Self::Fresh { discard, .. } => *discard,
            Self::Further { .. } | Self::Replaced | Self::Restore(_) => true,
            Self::Keep | Self::Complete | Self::Thaw | Self::Resume => false,
        }
    }
}

impl<'a> Planner<'a> {
    /// Decides about every set that one of the services uses.
    pub(super) fn decide_data(&mut self, services: &[&'a Service], planned: &[&'a Service]) {
        let sets = std::mem::take(&mut self.sets);
        for mut set in sets {
            let replace = self.options.replace.as_ref();
            let replaced = replace.is_some_and(|replace| replace.covers(&set));
            if !replaced && !services.iter().any(|service| uses_set(service, &set)) {
                continue;
            }
            if self.options.no_seed
                && let Some(wanted) = &mut set.wanted
            {
                wanted.seeds.clear();
                wanted.sizes.clear();
            }
            if self.alone == Some(&set.service) {
                // What a container of `devstack run` writes is the user's, not a first boot.
                set.wanted = None;
            }
            let planned = planned.iter().any(|service| service.name == set.service)
                && self.alone != Some(&set.service);
            let (fate, warning) = if replaced {
                (Fate::Replaced, None)
            } else if planned {
                self.fate(&set)
            } else {
                // Whoever writes to it is not part of this plan, and is left alone.
                (self.presence(&set), None)
            };
            self.warnings.extend(warning);
            self.problems.extend(self.broken(&set, &fate));
            self.problems.extend(self.too_deep(&set, &fate));
            self.fates.push((set, fate));
        }
    }

    /// What happens to volumes whose service does not take part: they only have to be there, and to be writable.
    fn presence(&self, set: &DataSet) -> Fate {
        let lives = self.lives(set);
        let pending = |volume: &DataVolume| self.observed.data.pending(&volume.name);
        let mut pending = set.volumes.iter().filter_map(pending);
        if pending.any(|next| next.state == DataState::Live) {
            return Fate::Resume;
        }
        if lives.iter().any(|live| self.must_thaw(live)) {
            return Fate::Thaw;
        }
        match lives.len() {
            0 => Fate::Fresh {
                reason: "its data is new".to_owned(),
                discard: false,
            },
            some if some < set.volumes.len() => Fate::Complete,
            _ => Fate::Keep,
        }
    }

    fn lives(&self, set: &DataSet) -> Vec<LiveData> {
        set.volumes
            .iter()
            .filter_map(|volume| self.observed.volume(&volume.name))
            .filter_map(LiveData::from_volume)
            .collect()
    }

    /// Whether a snapshot has frozen the layer that is written to, or a copy was interrupted and has to be made again.
    fn must_thaw(&self, live: &LiveData) -> bool {
        let data = &self.observed.data;
        match (live.mode, live.top.as_deref()) {
            (LayerMode::Overlay, Some(top)) => data.is_frozen(top),
            (LayerMode::Copy, top) => !data.has_layers(top.into_iter()),
            (LayerMode::Overlay, None) => false,
        }
    }

    fn fate(&self, set: &DataSet) -> (Fate, Option<Diagnostic>) {
        let mut lives = self.lives(set);
        let pending = |volume: &DataVolume| self.observed.data.pending(&volume.name);
        let pending: Vec<LiveData> = set.volumes.iter().filter_map(pending).cloned().collect();
        let resume = !pending.is_empty();
        lives.extend(pending);
        let Some(live) = lives.first() else {
            let reason = "its data is new".to_owned();
            let discard = false;
            return (Fate::Fresh { reason, discard }, None);
        };
        if lives.iter().any(|live| live.state == DataState::Seeding) {
            let reason = "seeding was interrupted, and starts again".to_owned();
            let fate = if lives.iter().all(|live| live.kept) {
                let again = true;
                Fate::Further { reason, again }
            } else {
                let discard = true;
                Fate::Fresh { reason, discard }
            };
            return (fate, None);
        }
        if resume {
            return (Fate::Resume, None);
        }
        if lives.len() < set.volumes.len() {
            return (Fate::Complete, None);
        }
        let copied = |live: &&LiveData| live.mode == LayerMode::Copy;
        if lives.iter().filter(copied).any(|live| self.must_thaw(live)) {
            return (Fate::Thaw, None);
        }
        let (fate, warning) = match &set.wanted {
            Some(wanted) => self.compare(set, live, wanted),
            None => (Fate::Keep, None),
        };
        match lives.iter().find(|live| self.must_thaw(live)) {
            Some(live) => (self.go_on(live, fate), warning),
            None => (fate, warning),
        }
    }

    /// What becomes of data that a snapshot has frozen, and that the interrupted run has not put in place again: what
    /// that run was about to do, for other data of the stack may have got it already.
    fn go_on(&self, live: &LiveData, otherwise: Fate) -> Fate {
        let inventory = &self.observed.data;
        let next = live.top.as_deref().and_then(|top| inventory.frozen_by(top));
        match (next.and_then(|snapshot| snapshot.next.as_ref()), otherwise) {
            (Some(NextData::Seeds), _) => Fate::Fresh {
                reason: "an interrupted run was about to make it anew".to_owned(),
                discard: true,
            },
            (Some(NextData::Snapshot(id)), _) if inventory.snapshot(id).is_some() => {
                Fate::Restore(id.clone())
            }
            (_, Fate::Further { reason, .. }) => {
                let again = true;
                Fate::Further { reason, again }
            }
            _ => Fate::Thaw,
        }
    }

    /// That data would get more layers than can be mounted. It is known before anything is done; one more than is needed
    /// now has to fit, so that what is there can be put aside by whatever leads out of it.
    fn too_deep(&self, set: &DataSet, fate: &Fate) -> Option<Diagnostic> {
        let replace = self.options.replace.as_ref();
        let by = replace.filter(|_| *fate == Fate::Replaced).map(|r| &r.by);
        let inventory = &self.observed.data;
        let below = |volume: &DataVolume| {
            let found = self.observed.volume(&volume.name);
            let live = found.and_then(LiveData::from_volume);
            let live = live.filter(|live| live.mode == LayerMode::Overlay);
            let now = live.map_or(0, |live| live.layers().count());
            match (by, fate) {
                (Some(Replacement::Same), _) => now + 1,
                (Some(Replacement::Snapshot(id)), _) => {
                    let frozen = inventory.snapshot(id)?.volumes.get(&volume.key)?;
                    (frozen.mode == LayerMode::Overlay).then_some(frozen.layers.len())?
                }
                (_, Fate::Further { .. }) => now + 2,
                _ => return None,
            }
            .into()
        };
        let volume = set.volumes.iter().find(|volume| {
            let below: Option<usize> = below(volume);
            below.is_some_and(|below| !inventory.has_room(below))
        })?;
        let diagnostic = Diagnostic::error(format!(
            "volume `{}` would have more layers than can be mounted",
            volume.name
        ));
        Some(
            diagnostic
                .note("each snapshot that is taken adds a layer; nothing was changed")
                .fix("go back to the seeded state (`devstack reset`) or to an older snapshot"),
        )
    }

    /// That a layer of data that stays is not there any more.
    fn broken(&self, set: &DataSet, fate: &Fate) -> Option<Diagnostic> {
        if !matches!(
            fate,
            Fate::Keep | Fate::Complete | Fate::Thaw | Fate::Further { .. }
        ) {
            return None;
        }
        let volume = set.volumes.iter().find(|volume| {
            let found = self.observed.volume(&volume.name);
            let live = found.and_then(LiveData::from_volume);
            live.is_some_and(|live| !self.observed.data.is_whole(&live))
        })?;
        let service = &self.stack.services[&set.service];
        let diagnostic = Diagnostic::error(format!(
            "the data of `{}` is broken: a layer of volume `{}` was removed",
            set.service, volume.name
        ));
        let fix = format!(
            "to make it anew from its seeds: `devstack reset {}`; or `devstack snapshot restore NAME`",
            set.service
        );
        Some(
            diagnostic
                .at(&service.span, "")
                .note("layers are volumes that no container mounts by itself: `docker volume prune` removes them")
                .fix(fix),
        )
    }

    /// Data that is there, and what it should be made from.
    fn compare(
        &self,
        set: &DataSet,
        live: &LiveData,
        wanted: &Fingerprint,
    ) -> (Fate, Option<Diagnostic>) {
        let service = &self.stack.services[&set.service];
        let applied = live.seeds.as_deref().unwrap_or_default();
        if applied.is_empty() && !wanted.seeds.is_empty() {
            return (Fate::Keep, Some(older(service)));
        }
        if applied != wanted.seeds {
            if !wanted.seeds.starts_with(applied) {
                let warning =
                    (!self.options.no_seed).then(|| changed(service, applied, &wanted.seeds));
                return (Fate::Keep, warning);
            }
            let reason = match &service.seeds[applied.len()..] {
                [one] => format!("{} is new", one.label),
                several => format!("{} seeds are new", several.len()),
            };
            let again = false;
            return (Fate::Further { reason, again }, None);
        }
        let other = !live.setup.is_empty() && live.setup != wanted.setup;
        let warning = other.then(|| {
            Diagnostic::warning(format!(
                "the data of `{}` was first made with other settings (environment, command or first-boot files)",
                set.service
            ))
            .at(&service.span, "what only a first boot reads has no effect on data that is there")
            .fix(format!("to make the data anew, losing what was written since: `devstack reset {}`", set.service))
        });
        (Fate::Keep, warning)
    }

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
        let volumes = sets.iter().flat_map(|set| &set.volumes);
        let volumes = volumes
            .filter(|volume| {
                let found = self.observed.volume(&volume.name);
                let live = found.and_then(LiveData::from_volume);
                live.is_some_and(|live| {
                    live.state == DataState::Live && self.observed.data.is_whole(&live)
                })
            })
            .map(|volume| FrozenSource {
                key: volume.key.clone(),
                name: volume.name.clone(),
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
        if !super::removal::is_up(found) {
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
fn uses_set(service: &Service, set: &DataSet) -> bool {
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

/// The warning that data is older than its seeds.
fn older(service: &Service) -> Diagnostic {
    let span = service.seeds.first().map(|seed| &seed.span);
    Diagnostic::warning(format!(
        "the data of `{}` was there before its seeds; they are not applied to it",
        service.name
    ))
    .maybe_at(span, "not applied")
    .fix(format!(
        "to make the data anew from them (with a way back): `devstack seed {}`",
        service.name
    ))
}

/// The warning that seeds are not what the data was made from.
fn changed(service: &Service, applied: &[String], wanted: &[String]) -> Diagnostic {
    let at = applied
        .iter()
        .zip(wanted)
        .take_while(|(old, new)| old == new)
        .count();
    let message = match service.seeds.get(at) {
        Some(seed) => format!(
            "seed {} of `{}` changed since it was applied",
            seed.label, service.name
        ),
        None => format!(
            "a seed that the data of `{}` was made from is not in the manifest any more",
            service.name
        ),
    };
    let span = service
        .seeds
        .get(at)
        .or(service.seeds.last())
        .map(|seed| &seed.span);
    let again = wanted.len() - at.min(wanted.len());
    Diagnostic::warning(message)
        .maybe_at(span, "the data is still the old one")
        .note(match (at, again) {
            (_, 0) => "the data is made anew without it".to_owned(),
            (0, again) => format!("all {again} seeds would be applied again"),
            (at, again) => format!(
                "{again} of {} seeds would be applied again, from the state after the first {at}",
                wanted.len()
            ),
        })
        .fix(format!(
            "to have it, losing what was written since (with a way back): `devstack seed {}`",
            service.name
        ))
}

/// Whether a service's own data is mounted where the manifest says nothing.
pub(super) fn implicit_key(stack: &Stack, service: &Service) -> Option<String> {
    implicit_mount(stack, service).map(|_| format!("{}.data", service.name))
}
