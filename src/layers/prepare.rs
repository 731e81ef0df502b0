//! Live volumes on the layers that they start from.

use futures_util::future::try_join_all;

use super::place::place;
use super::trial::try_overlay;
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
    let mode = match work.mode {
        Some(mode) => mode,
        None if inventory.mounts_overlays() => LayerMode::Overlay,
        None if maker.mounts(mounts(engine, work)).await? => LayerMode::Overlay,
        None => LayerMode::Copy,
    };
    let decided = decide(&work.set, &work.source, &image.id, mode, &inventory)?;
    if decided.is_empty() {
        return Ok(false);
    }
    let (overlays, copies): (Vec<_>, Vec<_>) = decided
        .into_iter()
        .partition(|(_, live)| live.mode == LayerMode::Overlay);
    if !overlays.is_empty() {
        let (project, image) = (&work.project, &work.image);
        place(engine, maker, project, image, overlays, &volumes).await?;
    }
    try_join_all(copies.into_iter().map(|(volume, live)| async move {
        copy::place(engine, &work.project, &work.image, &volume, live).await
    }))
    .await?;
    Ok(true)
}

async fn mounts(engine: &EngineHandle, work: &DataWork) -> Result<bool, DataError> {
    let refused = try_overlay(engine, &work.project, &work.image).await?;
    if let Some(words) = &refused {
        tracing::info!(%words, "the engine mounts no overlays, so data is copied");
    }
    Ok(refused.is_none())
}
