//! Live volumes on the layers that they start from.

use futures_util::future::try_join_all;

use super::door::Door;
use super::place::place;
use super::{DataError, LayerMaker, copy};
use crate::engine::EngineHandle;
use crate::plan::{DataWork, Inventory, LayerMode, decide};

/// Puts the volumes of a set in place. Gives whether there was anything to do.
pub async fn prepare(
    engine: &EngineHandle,
    maker: &LayerMaker,
    work: &DataWork,
) -> Result<bool, DataError> {
    let (volumes, image) = futures_util::try_join!(maker.volumes(), engine.image(&work.image))?;
    let image = image.ok_or_else(|| DataError::NoImage(work.image.clone()))?;
    let inventory = Inventory::of(&volumes);
    let known = inventory.mode();
    let mode = work.mode.or(known).unwrap_or(LayerMode::Overlay);
    let decided = decide(&work.set, &work.source, &image.id, mode, &inventory)?;
    if decided.is_empty() {
        return Ok(false);
    }
    let (overlays, mut copies): (Vec<_>, Vec<_>) = decided
        .into_iter()
        .partition(|(_, live)| live.mode == LayerMode::Overlay);
    if let Some((first, _)) = overlays.first().cloned() {
        place(
            engine,
            maker,
            &work.project,
            &work.image,
            overlays.clone(),
            &volumes,
        )
        .await?;
        let unproved = known.is_none() && work.mode.is_none();
        if unproved && !maker.mounts(mounts(engine, work, &first.name)).await? {
            // What starts from nothing can as well be copied; nothing else can be there yet.
            copies.extend(overlays.into_iter().map(|(volume, mut live)| {
                live.mode = LayerMode::Copy;
                (volume, live)
            }));
        }
    }
    try_join_all(copies.into_iter().map(|(volume, live)| async move {
        copy::place(engine, &work.project, &work.image, &volume, live).await
    }))
    .await?;
    Ok(true)
}

/// Whether the engine can mount an overlay, seen by one that there is.
async fn mounts(engine: &EngineHandle, work: &DataWork, volume: &str) -> Result<bool, DataError> {
    let door = Door::open(engine, &work.project, &work.image, &[volume]).await?;
    let root = door.root(0).await;
    door.close().await?;
    Ok(root.is_ok())
}
