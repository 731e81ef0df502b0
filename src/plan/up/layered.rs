//! Layered data: what happens to it, from what is there and what is wanted.

use crate::diagnostic::Diagnostic;
use crate::stack::{Service, Stack};

use super::Planner;
use super::place::uses_set;
use crate::plan::data::{
    DataSet, DataState, DataVolume, Fingerprint, LayerMode, LiveData, NextData, implicit_mount,
};

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
            .filter(|volume| self.observed.data.has_live(&volume.name))
            .filter_map(|volume| self.observed.volume(&volume.name))
            .filter_map(LiveData::from_volume)
            .collect()
    }

    /// Whether a snapshot has frozen the layer that is written to, or copied data was put aside for other data.
    fn must_thaw(&self, live: &LiveData) -> bool {
        let data = &self.observed.data;
        match (live.mode, live.top.as_deref()) {
            (LayerMode::Overlay, Some(top)) => data.is_frozen(top),
            (LayerMode::Copy, Some(_)) => data.is_being_replaced(live),
            (_, None) => false,
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

    /// Whether a live volume has so many layers that one more could not be mounted.
    pub(super) fn is_full(&self, volume: &DataVolume) -> bool {
        let found = self.observed.volume(&volume.name);
        let live = found.and_then(LiveData::from_volume);
        live.is_some_and(|live| {
            let below = live.layers().count() + 1;
            live.mode == LayerMode::Overlay && !self.observed.data.has_room(below)
        })
    }

    /// That further seeds would give data more layers than can be mounted. It is known before anything is done.
    fn too_deep(&self, set: &DataSet, fate: &Fate) -> Option<Diagnostic> {
        let inventory = &self.observed.data;
        let further = matches!(fate, Fate::Further { .. });
        let volume = set.volumes.iter().find(|volume| {
            let found = self.observed.volume(&volume.name);
            let live = found.and_then(LiveData::from_volume);
            let live = live.filter(|live| further && live.mode == LayerMode::Overlay);
            live.is_some_and(|live| !inventory.has_room(live.layers().count() + 2))
        })?;
        let diagnostic = Diagnostic::error(format!(
            "volume `{}` would have more layers than can be mounted",
            volume.name
        ));
        Some(
            diagnostic
                .note("each snapshot that is taken adds a layer; nothing was changed")
                .note("a snapshot that is taken now copies the data into a layer of its own, and the seeds go above that")
                .fix("devstack snapshot save NAME, and then this again"),
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
