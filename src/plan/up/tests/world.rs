//! What an engine has when a plan has been run on it.

use super::{image_of, now};
use crate::engine::{
    ContainerState, ContainerSummary, MountPoint, MountSource, NetworkDetail, VolumeDetail,
};
use crate::plan::{
    Action, Condition, DataState, DataWork, FrozenVolume, KeepWork, LayerMode, LiveData, Observed,
    Plan, SeedRecord, Snapshot, SnapshotKind, SnapshotWork, cache_key, data_identity, decide,
};

/// What an engine has when a plan has been run on it.
pub(super) fn after(mut observed: Observed, plan: &Plan) -> Observed {
    let mut changed = std::collections::HashSet::new();
    for step in &plan.steps {
        if matches!(step.only_if, Some(Condition::Changed(other)) if !changed.contains(&other)) {
            continue;
        }
        changed.insert(step.id);
        match &step.action {
            Action::PullImage { image, .. } => {
                observed.images.insert(image.clone(), image_of(image));
            }
            Action::BuildImage(request) => {
                observed
                    .images
                    .insert(request.tag.clone(), image_of(&request.tag));
            }
            Action::CreateNetwork(spec) => observed.networks.push(NetworkDetail {
                id: spec.name.clone(),
                name: spec.name.clone(),
                driver: "bridge".to_owned(),
                labels: spec.labels.clone(),
            }),
            Action::CreateVolume(spec) => observed.volumes.push(VolumeDetail {
                name: spec.name.clone(),
                driver: "local".to_owned(),
                labels: spec.labels.clone(),
                mountpoint: String::new(),
                created: "then".to_owned(),
            }),
            Action::CreateContainer { spec, .. } => {
                let mounts = spec.mounts.iter().filter_map(|mount| match &mount.source {
                    MountSource::Volume { name, .. } => Some(MountPoint {
                        kind: "volume".to_owned(),
                        name: Some(name.clone()),
                        source: String::new(),
                        target: mount.target.clone(),
                    }),
                    _ => None,
                });
                observed.containers.push(ContainerSummary {
                    id: format!("id of {}", spec.name),
                    name: spec.name.clone(),
                    image: spec.image.clone(),
                    image_id: format!("sha256:{}", spec.image),
                    labels: spec.labels.clone(),
                    state: ContainerState::Running,
                    status: "Up 3 seconds".to_owned(),
                    created: now(),
                    ports: Vec::new(),
                    mounts: mounts.collect(),
                    networks: std::collections::BTreeMap::new(),
                });
            }
            Action::ApplySeeds(work) if work.live.is_none() => {
                let container = observed
                    .containers
                    .iter()
                    .find(|c| c.name == work.container);
                let container = container.expect("seeds go into a container that is there");
                let data =
                    data_identity(&container.id, &container.mounts, work.data_dir.as_deref());
                let record = SeedRecord {
                    data,
                    ..work.record.clone()
                };
                observed.seeds.retain(|old| old.service != record.service);
                observed.seeds.push(record);
            }
            Action::BeginSeeds(record) => {
                observed.seeds.push(record.clone());
            }
            Action::RemoveContainer { container, .. } => {
                observed.containers.retain(|c| c.name != *container);
            }
            Action::RemoveVolume { name } => observed.volumes.retain(|v| v.name != *name),
            Action::PrepareData(work) => prepare(&mut observed, work, step.id.0),
            Action::KeepData(work) if keep(&mut observed, work) => {}
            Action::KeepData(_) => {
                changed.remove(&step.id);
            }
            Action::TakeSnapshot(work) => take(&mut observed, work),
            Action::RemoveSnapshot(snapshot) => {
                observed.data.snapshots.retain(|s| s.id != snapshot.id);
            }
            _ => {}
        }
    }
    observed
}

fn prepare(observed: &mut Observed, work: &DataWork, step: usize) {
    let image = format!("sha256:{}", work.image);
    let decided = decide(
        &work.set,
        &work.source,
        &image,
        LayerMode::Overlay,
        &observed.data,
    )
    .expect("it is decided");
    for (index, (volume, live)) in decided.into_iter().enumerate() {
        let layers = observed.data.layers.len();
        let top = format!("layer {layers} of step {step} {index}");
        observed.data.layers.push((top.clone(), "shop".to_owned()));
        let live = LiveData {
            top: Some(top),
            ..live
        };
        observed.volumes.retain(|v| v.name != volume.name);
        observed.data.live.retain(|(name, _)| *name != volume.name);
        let mut labels = volume.labels.clone();
        labels.extend([live.label()]);
        observed.volumes.push(VolumeDetail {
            name: volume.name.clone(),
            driver: "local".to_owned(),
            labels,
            mountpoint: String::new(),
            created: "then".to_owned(),
        });
        observed.data.live.push((volume.name, live));
    }
}

fn live_of(observed: &Observed, name: &str) -> LiveData {
    let found = observed.data.live.iter().find(|(own, _)| own == name);
    found.expect("it is live").1.clone()
}

fn frozen(live: &LiveData) -> FrozenVolume {
    FrozenVolume {
        mode: live.mode,
        layers: live.layers().map(str::to_owned).collect(),
        copy_of: None,
        root: live.root,
        setup: live.setup.clone(),
        seeds: live.seeds.clone(),
        image: live.image.clone(),
        seeded: live.seeded,
        kept: live.kept,
    }
}

fn keep(observed: &mut Observed, work: &KeepWork) -> bool {
    let set = &work.data.set;
    let wanted = set.wanted.clone().expect("something is wanted");
    let live = live_of(observed, &set.volumes[0].name);
    let kept = live.seeds.as_ref().map(Vec::len);
    if live.state == DataState::Live || kept.is_some_and(|kept| kept >= work.seeds) {
        return false;
    }
    let seeds = wanted.seeds[..work.seeds].to_vec();
    let mut snapshot = work.further.clone().unwrap_or_else(|| {
        let mut made = Snapshot::new("shop", "seeds", SnapshotKind::Seeds, now());
        made.id = cache_key(live.mode, &live.image, &wanted.setup, &seeds);
        made
    });
    for volume in &set.volumes {
        let live = live_of(observed, &volume.name);
        let layers = frozen(&live);
        let seeded = layers.layers.len();
        let entry = FrozenVolume {
            setup: wanted.setup.clone(),
            seeds: Some(seeds.clone()),
            seeded,
            ..layers
        };
        let by = if work.further.is_some() {
            &volume.key
        } else {
            &volume.target
        };
        snapshot.volumes.insert(by.clone(), entry);
    }
    observed.containers.retain(|c| c.name != work.container);
    observed.data.snapshots.push(snapshot);
    true
}

fn take(observed: &mut Observed, work: &SnapshotWork) {
    let mut snapshot = work.snapshot.clone();
    for volume in &work.volumes {
        let live = live_of(observed, &volume.name);
        snapshot.volumes.insert(volume.key.clone(), frozen(&live));
    }
    observed
        .containers
        .retain(|c| !work.containers.contains(&c.name));
    if !snapshot.volumes.is_empty() {
        observed.data.snapshots.push(snapshot);
    }
    observed
        .data
        .snapshots
        .retain(|s| !work.replaces.contains(&s.id));
}
