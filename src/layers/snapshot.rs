//! Taking and removing snapshots.

use futures_util::future::try_join_all;

use super::door::{self, Door};
use super::{DataError, copy};
use crate::engine::{ContainerDetail, EngineHandle};
use crate::plan::{FrozenVolume, Inventory, LayerMode, LiveData, Root, Snapshot, SnapshotWork};

/// Takes a snapshot. The containers are stopped; they are removed before the snapshot is there, since nothing may
/// write to a layer that it has frozen.
pub async fn take_snapshot(engine: &EngineHandle, work: &SnapshotWork) -> Result<(), DataError> {
    let containers = containers(engine, &work.containers).await?;
    let mut snapshot = work.snapshot.clone();
    for volume in &work.volumes {
        let Some(found) = engine.volume(&volume.name).await? else {
            continue;
        };
        let Some(live) = LiveData::from_volume(&found) else {
            continue;
        };
        let root = root_of(engine, work, &containers, &volume.name).await?;
        let project = &work.snapshot.project;
        let frozen = if volume.flatten {
            flatten(engine, project, &work.image, &volume.name, &live, root).await?
        } else {
            freeze(engine, project, &work.image, &volume.name, &live, root).await?
        };
        snapshot.parent = snapshot.parent.or_else(|| live.from.clone());
        snapshot.volumes.insert(volume.key.clone(), frozen);
    }
    let names = work.containers.iter();
    try_join_all(names.map(|name| engine.remove_container(name, false))).await?;
    if !snapshot.volumes.is_empty() {
        engine.create_volume(&snapshot.to_volume()).await?;
    }
    for older in &work.replaces {
        engine.remove_volume(older).await?;
    }
    Ok(())
}

/// Removes a snapshot, and those of its layers that nothing else has. No other layer is touched: a seeded state may be
/// another project's, which may be making layers at this moment.
pub async fn remove_snapshot(engine: &EngineHandle, snapshot: &Snapshot) -> Result<(), DataError> {
    engine.remove_volume(&snapshot.id).await?;
    let inventory = Inventory::of(&engine.volumes(&[]).await?);
    let garbage = inventory.garbage(&snapshot.project);
    for layer in snapshot.layers().filter(|layer| garbage.contains(*layer)) {
        engine.remove_volume(layer).await?;
    }
    Ok(())
}

/// A live volume as a snapshot has it. Nothing writes to it any more.
pub(super) async fn freeze(
    engine: &EngineHandle,
    project: &str,
    image: &str,
    volume: &str,
    live: &LiveData,
    root: Option<Root>,
) -> Result<FrozenVolume, DataError> {
    let layers = match live.mode {
        LayerMode::Overlay => live.layers().map(str::to_owned).collect(),
        LayerMode::Copy => vec![copy::freeze(engine, project, image, volume).await?],
    };
    let copied = live.mode == LayerMode::Copy;
    Ok(FrozenVolume {
        mode: live.mode,
        layers,
        copy_of: live.top.clone().filter(|_| copied),
        root: root.or(live.root),
        setup: live.setup.clone(),
        seeds: live.seeds.clone(),
        image: live.image.clone(),
        seeded: live.seeded,
        kept: live.kept,
    })
}

/// As [`freeze`], with everything that it shows copied into one layer. The seeded layers are not among it any more.
async fn flatten(
    engine: &EngineHandle,
    project: &str,
    image: &str,
    volume: &str,
    live: &LiveData,
    root: Option<Root>,
) -> Result<FrozenVolume, DataError> {
    let frozen = freeze(engine, project, image, volume, live, root).await?;
    Ok(FrozenVolume {
        layers: vec![copy::freeze(engine, project, image, volume).await?],
        seeded: 0,
        ..frozen
    })
}

async fn containers(
    engine: &EngineHandle,
    names: &[String],
) -> Result<Vec<ContainerDetail>, DataError> {
    let found = try_join_all(names.iter().map(|name| engine.container(name))).await?;
    Ok(found.into_iter().flatten().collect())
}

/// Owner and mode of the top folder of a live volume: through a container that mounts it, or through a door.
async fn root_of(
    engine: &EngineHandle,
    work: &SnapshotWork,
    containers: &[ContainerDetail],
    volume: &str,
) -> Result<Option<Root>, DataError> {
    for container in containers {
        let mut mounts = container.mounts.iter();
        if let Some(mount) = mounts.find(|mount| mount.name.as_deref() == Some(volume)) {
            return Ok(door::root(engine, &container.id, &mount.target).await?);
        }
    }
    let door = Door::open(engine, &work.snapshot.project, &work.image, &[volume]).await?;
    let root = door.root(0).await;
    door.close().await?;
    Ok(root?)
}
