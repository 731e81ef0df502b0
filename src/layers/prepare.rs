//! Live volumes on the layers that they start from.

use super::DataError;
use super::place::place;
use crate::engine::EngineHandle;
use crate::plan::{DataWork, Inventory, decide};

/// Puts the volumes of a set in place. Gives whether there was anything to do.
pub async fn prepare(engine: &EngineHandle, work: &DataWork) -> Result<bool, DataError> {
    let (volumes, image) = futures_util::try_join!(engine.volumes(&[]), engine.image(&work.image))?;
    let image = image.ok_or_else(|| DataError::NoImage(work.image.clone()))?;
    let inventory = Inventory::of(&volumes);
    let decided = decide(&work.set, &work.source, &image.id, &inventory)?;
    if decided.is_empty() {
        return Ok(false);
    }
    place(engine, &work.project, &work.image, decided, &volumes).await?;
    Ok(true)
}
