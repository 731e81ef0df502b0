//! Keeps what first boot and seeds brought.

use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::snapshot::freeze;
use super::{DataError, door};
use crate::engine::EngineHandle;
use crate::plan::{
    DataState, FrozenVolume, Inventory, KeepWork, LiveData, Snapshot, SnapshotKind, cache_key,
};

/// How processes end that were asked to: by themselves, or by the signal that asked them.
const CLEAN: [i64; 4] = [0, 143, 130, 129];

/// Stops the container, removes it, and makes the snapshot. Gives whether there was anything to keep.
pub async fn keep(engine: &EngineHandle, work: &KeepWork) -> Result<bool, DataError> {
    let set = &work.data.set;
    let mut lives = Vec::new();
    for volume in &set.volumes {
        let found = engine.volume(&volume.name).await?;
        let live = found.as_ref().and_then(LiveData::from_volume);
        let Some(live) = live.filter(|live| live.state == DataState::Seeding) else {
            return Ok(false);
        };
        lives.push((volume, live));
    }
    let enough = lives.iter().all(|(_, live)| {
        let kept = live.seeds.as_ref().map(Vec::len);
        kept.is_some_and(|kept| kept >= work.seeds) && work.further.is_none()
    });
    if enough {
        return Ok(false);
    }
    // What does not change any more is read while the server stops.
    let roots = set.volumes.iter().map(|volume| &volume.target);
    let roots = try_join_all(roots.map(|target| door::root(engine, &work.container, target)));
    let ((), roots, listed) = futures_util::try_join!(
        engine.stop_container(&work.container, work.grace),
        roots,
        engine.volumes(&[])
    )?;
    let Some(container) = engine.container(&work.container).await? else {
        return Ok(false);
    };
    let code = container.exit_code.unwrap_or(0);
    if !CLEAN.contains(&code) {
        return Err(DataError::NotStopped {
            container: work.container.clone(),
            code,
        });
    }
    let wanted = set.wanted.clone().unwrap_or_default();
    let seeds = wanted.seeds[..work.seeds].to_vec();
    let mut snapshot = match &work.further {
        Some(snapshot) => snapshot.clone(),
        None => cached(work, &lives[0].1, &seeds),
    };
    for ((volume, live), root) in lives.iter().zip(roots) {
        let layers = freeze(
            engine,
            &work.data.project,
            &work.data.image,
            &volume.name,
            live,
            root,
        )
        .await?;
        let by = if work.further.is_some() {
            &volume.key
        } else {
            &volume.target
        };
        let kept = FrozenVolume {
            setup: wanted.setup.clone(),
            seeds: Some(seeds.clone()),
            seeded: if work.further.is_some() {
                live.seeded
            } else {
                layers.layers.len()
            },
            ..layers
        };
        snapshot.volumes.insert(by.clone(), kept);
    }
    engine.remove_container(&work.container, false).await?;
    let inventory = Inventory::of(&listed);
    let older = inventory.snapshot(&snapshot.id);
    // One whose layers were removed is of no use, and the engine would keep it where one of its name is made.
    if older.is_some_and(|older| !inventory.has_layers(older.layers())) {
        engine.remove_volume(&snapshot.id).await?;
    }
    engine.create_volume(&snapshot.to_volume()).await?;
    Ok(true)
}

/// The snapshot of a seeded state, which every project finds by what it was made from.
fn cached(work: &KeepWork, live: &LiveData, seeds: &[String]) -> Snapshot {
    let set = &work.data.set;
    let setup = set.wanted.as_ref().map_or("", |wanted| &wanted.setup);
    Snapshot {
        id: cache_key(live.mode, &live.image, setup, seeds),
        kind: SnapshotKind::Seeds,
        name: format!("{} with {} seeds", set.service, seeds.len()),
        project: work.data.project.clone(),
        at: Timestamp::now(),
        parent: None,
        next: None,
        volumes: std::collections::BTreeMap::new(),
    }
}
