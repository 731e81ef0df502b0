//! Which volumes of a stack are layered, and which of them belong together.

use std::collections::BTreeMap;

use crate::engine::{MountSource, MountSpec};
use crate::plan::Observed;
use crate::plan::labels::project_labels;
use crate::plan::seeds::{covers, data_dir, data_mount};
use crate::plan::{Fingerprint, Labels, LiveData};
use crate::stack::{Mount, MountKind, Service, Stack, Volume};

/// Volumes that are put in place, seeded and reset together.
#[derive(Debug, Clone)]
pub struct DataSet {
    /// The service that writes to them.
    pub service: String,
    /// The volumes.
    pub volumes: Vec<DataVolume>,
    /// What they are to be made from, if their first boot or seeds are worth keeping; else they start empty.
    pub wanted: Option<Fingerprint>,
}

/// One layered volume.
#[derive(Debug, Clone)]
pub struct DataVolume {
    /// The manifest's key, or `<service>.data` for the data of a database that the manifest gives no volume.
    pub key: String,
    /// The engine's name.
    pub name: String,
    /// The path in the container of the service.
    pub target: String,
    /// The labels of the live volume, but for the one that tells what is in it.
    pub labels: BTreeMap<String, String>,
}

/// Whose volume it is, the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// The service's data lives there, as the catalogue knows.
    Data,
    /// The service has seeds, which may go there.
    Seeds,
    /// The service mounts it.
    Mount,
}

/// The layered volumes of a stack, grouped. A volume is not layered if it is external, has a driver or options of its
/// own, is there already as a plain volume, or is mounted by a privileged container (which may mount filesystems of
/// its own there, as engines in containers do).
pub fn data_sets(stack: &Stack, observed: &Observed) -> Vec<DataSet> {
    let mut sets: Vec<DataSet> = Vec::new();
    for volume in stack.volumes.values() {
        let users: Vec<(&Service, &Mount)> = users(stack, &volume.key).collect();
        if !may_be_layered(volume, &users, observed) {
            continue;
        }
        let Some((claim, service, mount)) = users
            .iter()
            .map(|&(service, mount)| (claim(service, mount), service, mount))
            .min_by_key(|&(claim, ..)| claim)
        else {
            continue;
        };
        let mut labels: BTreeMap<String, String> = volume.labels.clone().into_iter().collect();
        labels.extend(project_labels(stack));
        labels.insert(Labels::VOLUME.to_owned(), volume.key.clone());
        let volume = DataVolume {
            key: volume.key.clone(),
            name: volume.name.clone(),
            target: mount.target.clone(),
            labels,
        };
        add(&mut sets, service, claim, volume, observed);
    }
    for service in stack.services.values() {
        if let Some(volume) = implicit_volume(stack, service, observed) {
            add(&mut sets, service, Claim::Data, volume, observed);
        }
    }
    sets
}

fn add(
    sets: &mut Vec<DataSet>,
    service: &Service,
    claim: Claim,
    volume: DataVolume,
    observed: &Observed,
) {
    let keeps = !service.seeds.is_empty()
        || service
            .server()
            .is_some_and(|family| family.first_boot(service.facts()) && claim == Claim::Data);
    let wanted = observed
        .fingerprints
        .get(&service.name)
        .filter(|_| keeps && service.replicas == 1 && !service.is_one_shot());
    let same = sets
        .iter_mut()
        .find(|set| set.service == service.name && set.wanted.is_some() && wanted.is_some());
    match same {
        Some(set) => set.volumes.push(volume),
        None => sets.push(DataSet {
            service: service.name.clone(),
            volumes: vec![volume],
            wanted: wanted.cloned(),
        }),
    }
}

fn claim(service: &Service, mount: &Mount) -> Claim {
    let is_data = data_mount(service).is_some_and(|data| data.target == mount.target);
    if is_data && !mount.read_only {
        Claim::Data
    } else if !service.seeds.is_empty() && !mount.read_only {
        Claim::Seeds
    } else {
        Claim::Mount
    }
}

fn users<'a>(stack: &'a Stack, key: &str) -> impl Iterator<Item = (&'a Service, &'a Mount)> {
    stack.services.values().flat_map(move |service| {
        let mounts = service.mounts.iter().filter(
            move |mount| matches!(&mount.kind, MountKind::Volume { key: k, .. } if k == key),
        );
        mounts.map(move |mount| (service, mount))
    })
}

fn may_be_layered(volume: &Volume, users: &[(&Service, &Mount)], observed: &Observed) -> bool {
    let plain = observed
        .volume(&volume.name)
        .is_some_and(|found| LiveData::from_volume(found).is_none());
    let own_driver = volume
        .driver
        .as_deref()
        .is_some_and(|driver| driver != "local");
    let privileged = users
        .iter()
        .any(|(service, _)| service.container.privileged);
    // Seeds go into one container, and while they do no other may have the data.
    let several = users
        .iter()
        .any(|(service, _)| service.replicas > 1 && !service.seeds.is_empty());
    !(volume.external
        || own_driver
        || !volume.driver_opts.is_empty()
        || plain
        || privileged
        || several)
}

/// The volume of a recognised database whose data the manifest gives no place: it would get one without a name.
fn implicit_volume(stack: &Stack, service: &Service, observed: &Observed) -> Option<DataVolume> {
    let mount = implicit_mount(stack, service)?;
    let MountSource::Volume { name, .. } = mount.source else {
        return None;
    };
    // One that has its data elsewhere keeps it there.
    let container = observed.container(&stack.name, &service.name, 1);
    if container.is_some_and(|container| {
        !container
            .mounts
            .iter()
            .any(|m| m.name.as_ref() == Some(&name))
    }) {
        return None;
    }
    let key = format!("{}.data", service.name);
    let mut labels = project_labels(stack);
    labels.insert(Labels::VOLUME.to_owned(), key.clone());
    Some(DataVolume {
        key,
        name,
        target: mount.target,
        labels,
    })
}

/// The mount of that volume.
pub(in crate::plan) fn implicit_mount(stack: &Stack, service: &Service) -> Option<MountSpec> {
    service.server()?;
    let target = data_dir(service)?;
    let covered = service
        .mounts
        .iter()
        .any(|mount| covers(&mount.target, &target) || covers(&target, &mount.target));
    let shares = !service.container.volumes_from.is_empty();
    if covered || shares || service.replicas != 1 || service.container.privileged {
        return None;
    }
    Some(MountSpec {
        target,
        source: MountSource::Volume {
            name: format!("{}_{}.data", stack.name, service.name),
            no_copy: false,
            subpath: None,
        },
        read_only: false,
        consistency: None,
    })
}

/// Whether a volume is there and is a layered one.
pub fn is_layered_volume(observed: &Observed, name: &str) -> bool {
    let found = observed.volume(name);
    found.is_some_and(|volume| LiveData::from_volume(volume).is_some())
}

/// The services that have layered data.
pub fn stateful_services(stack: &Stack, observed: &Observed) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for set in data_sets(stack, observed) {
        if !names.contains(&set.service) {
            names.push(set.service);
        }
    }
    names
}

/// The plain volumes from before devstack that hold what these services (all if none is named) have as data: `reset`
/// would remove them. Volumes that are external or have a driver of their own are never among them.
pub fn adopted_volumes(stack: &Stack, observed: &Observed, services: &[String]) -> Vec<String> {
    let plain = |volume: &&Volume| {
        let found = observed.volume(&volume.name);
        found.is_some_and(|found| LiveData::from_volume(found).is_none())
    };
    stack
        .volumes
        .values()
        .filter(plain)
        .filter(|volume| {
            let users: Vec<(&Service, &Mount)> = users(stack, &volume.key).collect();
            let without = Observed::nothing(observed.now);
            let named = |service: &Service| services.is_empty() || services.contains(&service.name);
            may_be_layered(volume, &users, &without)
                && users.iter().any(|(service, mount)| {
                    named(service) && (services.is_empty() || claim(service, mount) != Claim::Mount)
                })
        })
        .map(|volume| volume.name.clone())
        .collect()
}

/// The plain volumes from before devstack that a service mounts.
pub fn adopted_by(stack: &Stack, observed: &Observed, service: &Service) -> Vec<String> {
    let mut names = adopted_volumes(stack, observed, &[]);
    names.retain(|name| {
        let own = stack.volumes.values().find(|volume| volume.name == *name);
        own.is_some_and(|own| users(stack, &own.key).any(|(user, _)| user.name == service.name))
    });
    names
}

/// How many seeds of a set the cache has, or the data itself stands on; `None` if not even a first boot.
pub fn seeded_state(stack: &Stack, observed: &Observed, set: &DataSet) -> Option<usize> {
    let wanted = set.wanted.as_ref()?;
    let service = stack.services.get(&set.service)?;
    let own = set.volumes.iter().find_map(|volume| {
        let live = LiveData::from_volume(observed.volume(&volume.name)?)?;
        (live.seeded > 0 && live.is_made_from(&wanted.setup, &wanted.seeds))
            .then_some(wanted.seeds.len())
    });
    let image = observed.images.get(&service.image);
    let likely = || observed.data.likely_mode();
    let mode = observed.layer_mode.unwrap_or_else(likely);
    let cached = image.and_then(|image| {
        let found = observed.data.seeded(set, wanted, &image.id, mode)?;
        Some(found.1)
    });
    own.max(cached)
}

/// The sets whose data was made from seeds that have been edited or removed since.
pub fn edited_seeds(stack: &Stack, observed: &Observed) -> Vec<DataSet> {
    let mut sets = data_sets(stack, observed);
    sets.retain(|set| {
        let Some(wanted) = &set.wanted else {
            return false;
        };
        set.volumes.iter().any(|volume| {
            let live = observed
                .volume(&volume.name)
                .and_then(LiveData::from_volume);
            live.and_then(|live| live.seeds).is_some_and(|applied| {
                let older = applied.is_empty() && !wanted.seeds.is_empty();
                older || !wanted.seeds.starts_with(&applied)
            })
        })
    });
    sets
}
