//! What first boot and seeds bring: applied in stages, and kept for the next time.

use crate::engine::ContainerSpec;
use crate::event::StepId;
use crate::stack::Service;

use super::layered::Fate;
use super::{Planned, Planner, Replacement};
use crate::plan::builder::NewStep;
use crate::plan::data::{DataSet, DataSource, DataState, Fingerprint, KeepWork, LiveData};
use crate::plan::{Action, Condition, SeedWork};

/// So many bytes of seeds are worth a state of their own, to which a later change of a seed goes back.
const STAGE_BYTES: u64 = 16 << 20;

impl Planner<'_> {
    /// The set whose first boot and seeds a service's container brings, if this plan makes it.
    fn growing(&self, service: &Service) -> Option<(DataSet, Fate)> {
        let found = self.fates.iter().find(|(set, fate)| {
            let grows = match fate {
                Fate::Fresh { .. } | Fate::Further { .. } => true,
                Fate::Replaced => self
                    .options
                    .replace
                    .as_ref()
                    .is_some_and(|replace| matches!(replace.by, Replacement::Seeds)),
                Fate::Keep | Fate::Complete | Fate::Thaw | Fate::Resume | Fate::Restore(_) => false,
            };
            grows && set.wanted.is_some() && set.service == service.name
        });
        found.cloned()
    }

    /// Whether the data of a service is layered and its label tells which seeds are in it.
    pub(super) fn is_layered(&self, service: &Service) -> bool {
        self.fates
            .iter()
            .any(|(set, _)| set.wanted.is_some() && set.service == service.name)
    }

    /// Applies seeds in stages and keeps what they bring; gives the last step.
    pub(super) fn grow(
        &mut self,
        service: &Service,
        spec: &ContainerSpec,
        mut ready: StepId,
        planned: &mut Planned,
    ) -> StepId {
        let Some((set, fate)) = self.growing(service) else {
            return ready;
        };
        let wanted = set.wanted.clone().unwrap_or_default();
        let further = matches!(fate, Fate::Further { .. });
        let stages = if further {
            vec![wanted.seeds.len()]
        } else {
            self.stages(&set, &wanted)
        };
        for seeds in stages {
            let mut grown = ready;
            if seeds > 0 {
                let mut work = self.layered_seeds(service, &set, seeds, &spec.name);
                let needs = self.seed_runs(service, &mut work);
                let action = Action::ApplySeeds(Box::new(work));
                let origin = service.seeds.first().map(|seed| &seed.span);
                let step = NewStep::new(action, "unless the cache has it")
                    .service(&service.name)
                    .needs([ready])
                    .needs(needs)
                    .origin(origin);
                grown = self.steps.push(step);
            }
            let snapshot = further.then(|| self.own_snapshot("after-seed", &set));
            let source = match &snapshot {
                Some(snapshot) => DataSource::Snapshot(snapshot.id.clone()),
                None => DataSource::Kept(seeds),
            };
            let keep = Action::KeepData(Box::new(KeepWork {
                data: self.work(&set, service, DataSource::Seeded),
                container: spec.name.clone(),
                grace: service.stop_grace_period,
                seeds,
                further: snapshot,
            }));
            let reason = "so that it comes from the cache from now on";
            let keep = NewStep::new(keep, reason)
                .service(&service.name)
                .needs([grown]);
            let keep = self.steps.push(keep.origin(Some(&service.span)));
            let first = self.steps.len();
            let reason = "its first data was kept";
            let place = Action::PrepareData(Box::new(self.work(&set, service, source)));
            let place = NewStep::new(place, reason)
                .service(&service.name)
                .needs([keep]);
            let place = self.steps.push(place);
            planned.created.clear();
            planned.started.clear();
            let started =
                self.create_and_start(service, spec.clone(), reason.to_owned(), &[place], planned);
            ready = self.await_ready(service, &spec.name, Some(started), None);
            self.steps
                .make_conditional(first, &Condition::Changed(keep));
        }
        ready
    }

    fn layered_seeds(
        &self,
        service: &Service,
        set: &DataSet,
        seeds: usize,
        container: &str,
    ) -> SeedWork {
        SeedWork {
            seeds: service.seeds[..seeds].to_vec(),
            live: set.volumes.first().map(|volume| volume.name.clone()),
            layered: set
                .volumes
                .iter()
                .map(|volume| volume.target.clone())
                .collect(),
            ..self.seed_work(service, container, 0)
        }
    }

    /// After how many seeds the state is kept: at the end, after much work, and before a seed that was edited (it may
    /// well be edited again).
    fn stages(&self, set: &DataSet, wanted: &Fingerprint) -> Vec<usize> {
        let count = wanted.seeds.len();
        let mut stages = Vec::new();
        let mut bytes = 0;
        for (index, size) in wanted.sizes.iter().enumerate() {
            bytes += size;
            if bytes >= STAGE_BYTES && index + 1 < count {
                stages.push(index + 1);
                bytes = 0;
            }
        }
        let live = set
            .volumes
            .iter()
            .find_map(|volume| LiveData::from_volume(self.observed.volume(&volume.name)?))
            .filter(|live| live.state == DataState::Live);
        if let Some(applied) = live.and_then(|live| live.seeds) {
            let same = applied
                .iter()
                .zip(&wanted.seeds)
                .take_while(|(a, b)| a == b);
            let same = same.count();
            if same < count {
                stages.push(same);
            }
        }
        stages.push(count);
        stages.sort_unstable();
        stages.dedup();
        stages
    }
}
