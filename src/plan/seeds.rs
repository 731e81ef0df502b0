//! Which seeds are to be applied, and to what.
//!
//! What was applied is noted in the engine: an empty volume whose labels say which seeds went into which data. The
//! note `begun` is there before the data is, so whatever interrupts a run, the next one knows that the data may be
//! half seeded, and starts again on empty data. Only data that such a note claims is ever thrown away.

use std::collections::BTreeMap;

use crate::catalog;
use crate::diagnostic::Diagnostic;
use crate::engine::{ContainerSummary, MountPoint, VolumeDetail, VolumeSpec};
use crate::stack::{Mount, MountKind, Service, Stack};

use super::{Labels, Observed};

/// What is noted of a service's seeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedRecord {
    /// The project.
    pub project: String,
    /// The service.
    pub service: String,
    /// How far seeding came.
    pub state: SeedState,
    /// The digest of each seed, in order.
    pub digests: Vec<String>,
    /// Which data they went into; see [`data_identity`]. Empty while seeding has only begun.
    pub data: String,
}

/// How far seeding came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedState {
    /// It began; the data is not to be trusted.
    Begun,
    /// Every seed is applied.
    Applied,
}

impl SeedRecord {
    /// The name of the volume that holds the note. The two kinds have different names, so that `applied` can be there
    /// before `begun` goes: at no moment is there no note.
    pub fn volume_name(&self) -> String {
        let kind = match self.state {
            SeedState::Begun => "seeding",
            SeedState::Applied => "seeds",
        };
        format!("{}_{}.{kind}", self.project, self.service)
    }

    /// The note as a volume to be made.
    pub fn to_volume(&self) -> VolumeSpec {
        let state = match self.state {
            SeedState::Begun => "begun",
            SeedState::Applied => "applied",
        };
        let labels = [
            (Labels::RECORD_PROJECT, self.project.clone()),
            (Labels::RECORD_SERVICE, self.service.clone()),
            (Labels::SEED_STATE, state.to_owned()),
            (Labels::SEED_DIGESTS, self.digests.join(",")),
            (Labels::SEED_DATA, self.data.clone()),
        ];
        VolumeSpec {
            name: self.volume_name(),
            labels: labels
                .map(|(key, value)| (key.to_owned(), value))
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
            ..VolumeSpec::default()
        }
    }

    /// The note that a volume holds, if it holds one.
    pub fn from_volume(volume: &VolumeDetail) -> Option<Self> {
        let label = |key: &str| volume.labels.get(key).cloned();
        let digests = label(Labels::SEED_DIGESTS)?;
        Some(Self {
            project: label(Labels::RECORD_PROJECT)?,
            service: label(Labels::RECORD_SERVICE)?,
            state: match label(Labels::SEED_STATE)?.as_str() {
                "applied" => SeedState::Applied,
                _ => SeedState::Begun,
            },
            digests: digests
                .split(',')
                .filter(|digest| !digest.is_empty())
                .map(str::to_owned)
                .collect(),
            data: label(Labels::SEED_DATA).unwrap_or_default(),
        })
    }
}

/// What to do about a service's seeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SeedDecision {
    /// Nothing.
    Nothing,
    /// Apply those from this index on, on the data that is there or that this plan makes. On fresh data the note
    /// `begun` comes first.
    Apply {
        /// The first one to apply.
        from: usize,
        /// Whether the data is made by this plan.
        fresh: bool,
        /// Why.
        reason: String,
    },
    /// The data may be half seeded: throw it away, then apply all.
    StartOver {
        /// Why.
        reason: String,
    },
}

/// What a service's seeds need, and what is to be said of it.
pub(super) fn decide(
    stack: &Stack,
    service: &Service,
    observed: &Observed,
) -> (SeedDecision, Option<Diagnostic>) {
    let Some(first) = service.seeds.first() else {
        return (SeedDecision::Nothing, None);
    };
    let wanted = observed
        .fingerprints
        .get(&service.name)
        .map(|fingerprint| fingerprint.seeds.as_slice())
        .unwrap_or_default();
    let container = observed.container(&stack.name, &service.name, 1);
    let data = present_data(stack, service, observed, container);
    let begun = observed.note(&service.name, SeedState::Begun);
    let applied = observed.note(&service.name, SeedState::Applied);

    let Some(data) = data else {
        let reason = "its data is new".to_owned();
        return (
            SeedDecision::Apply {
                from: 0,
                fresh: true,
                reason,
            },
            None,
        );
    };
    // A run that ended right after everything was applied may have left both notes.
    match applied.filter(|record| record.data == data.identity()) {
        None if begun.is_some() => {
            if let Data::Folder(folder) = &data {
                let warning = Diagnostic::warning(format!(
                    "seeding of `{}` was interrupted, and its data lies in a folder of yours, which is left as it is",
                    service.name
                ))
                .at(&first.span, "not applied again")
                .fix(format!("empty {folder}, then run `devstack up`"));
                return (SeedDecision::Nothing, Some(warning));
            }
            let reason = "seeding was interrupted; it starts again on empty data".to_owned();
            (SeedDecision::StartOver { reason }, None)
        }
        Some(record) => {
            if record.digests == wanted {
                (SeedDecision::Nothing, None)
            } else if wanted.starts_with(&record.digests) {
                let from = record.digests.len();
                let reason = match &service.seeds[from..] {
                    [one] => format!("{} is new", one.label),
                    several => format!("{} seeds are new", several.len()),
                };
                (
                    SeedDecision::Apply {
                        from,
                        fresh: false,
                        reason,
                    },
                    None,
                )
            } else {
                (
                    SeedDecision::Nothing,
                    Some(changed(service, record, wanted)),
                )
            }
        }
        None => {
            let warning = Diagnostic::warning(format!(
                "the data of `{}` was there before its seeds; they are not applied to it",
                service.name
            ))
            .at(&first.span, "not applied")
            .fix(
                "to throw the data away and seed anew: `devstack down --data`, then `devstack up`",
            );
            (SeedDecision::Nothing, Some(warning))
        }
    }
}

/// The warning that seeds are not what the data was made from.
fn changed(service: &Service, record: &SeedRecord, wanted: &[String]) -> Diagnostic {
    let at = record
        .digests
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
    Diagnostic::warning(message)
        .maybe_at(span, "the data is still the old one")
        .fix("to seed anew, losing what was written since: `devstack down --data`, then `devstack up`")
}

/// Where a service's data is.
#[derive(Debug)]
enum Data {
    Volume(String),
    Folder(String),
    Container(String),
}

impl Data {
    fn identity(&self) -> String {
        match self {
            Self::Volume(identity) => identity.clone(),
            Self::Folder(folder) => format!("bind:{folder}"),
            Self::Container(id) => format!("container:{id}"),
        }
    }
}

/// The data that is there already, if any is.
fn present_data(
    stack: &Stack,
    service: &Service,
    observed: &Observed,
    container: Option<&ContainerSummary>,
) -> Option<Data> {
    match data_mount(service).map(|mount| &mount.kind) {
        Some(MountKind::Volume { key, .. }) => {
            let name = &stack.volumes.get(key)?.name;
            observed.volume(name)?;
            Some(Data::Volume(name.clone()))
        }
        Some(MountKind::Bind { source, .. }) => {
            let folder = source.display().to_string();
            (!observed.empty_folders.contains(&folder)).then_some(Data::Folder(folder))
        }
        _ => {
            let container = container?;
            let anonymous =
                data_dir(service).and_then(|folder| covering(&container.mounts, &folder));
            Some(match anonymous.and_then(|point| point.name.clone()) {
                Some(name) => Data::Volume(name),
                None => Data::Container(container.id.clone()),
            })
        }
    }
}

/// Whether a service's data is in no volume at all, so that it goes with its container.
pub(super) fn lives_in_container(service: &Service, container: &ContainerSummary) -> bool {
    data_mount(service).is_none()
        && data_dir(service).is_none_or(|folder| covering(&container.mounts, &folder).is_none())
}

/// Which data a running container has. A volume counts by its name: the date that an engine gives for it moves with
/// its content.
pub fn data_identity(container_id: &str, mounts: &[MountPoint], data_dir: Option<&str>) -> String {
    match data_dir.and_then(|folder| covering(mounts, folder)) {
        Some(MountPoint {
            kind,
            name: Some(name),
            ..
        }) if kind == "volume" => name.clone(),
        Some(point) => format!("bind:{}", point.source),
        None => format!("container:{container_id}"),
    }
}

/// The mount that shows a folder: the one at it or nearest above it.
fn covering<'a>(mounts: &'a [MountPoint], folder: &str) -> Option<&'a MountPoint> {
    mounts
        .iter()
        .filter(|point| covers(&point.target, folder))
        .max_by_key(|point| point.target.len())
}

pub(super) fn covers(target: &str, folder: &str) -> bool {
    let target = target.trim_end_matches('/');
    folder == target
        || folder
            .strip_prefix(target)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// Where the catalogue says that a service's data lives.
pub(super) fn data_dir(service: &Service) -> Option<String> {
    catalog::family(service.family?)?.data_dir(service.facts())
}

/// The mount of the manifest that holds a service's data.
pub(super) fn data_mount(service: &Service) -> Option<&Mount> {
    let folder = data_dir(service)?;
    service
        .mounts
        .iter()
        .filter(|mount| covers(&mount.target, &folder))
        .max_by_key(|mount| mount.target.len())
}
