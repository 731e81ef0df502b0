//! Removes what nothing names any more.

use futures_util::future::try_join_all;

use super::DataError;
use super::door::doors;
use crate::engine::EngineHandle;
use crate::plan::Inventory;

/// Removes the layers of a project that no snapshot and no live volume names, and the doors that an interrupted run
/// left open. Whoever calls this holds the project's lock: a layer that is being made has no name either. Gives how
/// many layers went.
pub async fn collect(engine: &EngineHandle, project: &str) -> Result<usize, DataError> {
    let doors = doors(engine, project).await?;
    try_join_all(
        doors
            .iter()
            .map(|door| engine.remove_container(&door.id, true)),
    )
    .await?;
    let inventory = Inventory::of(&engine.volumes(&[]).await?);
    for note in inventory.done_notes(project) {
        engine.remove_volume(&note).await?;
    }
    let garbage = inventory.garbage(project);
    for layer in &garbage {
        engine.remove_volume(layer).await?;
    }
    Ok(garbage.len())
}
