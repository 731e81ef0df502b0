//! Seeds, and the notes about them in the engine.

use tokio_util::sync::CancellationToken;

use crate::catalog;
use crate::engine::{EngineHandle, VolumeDetail};
use crate::event::EventSink;
use crate::plan::{SeedRecord, SeedState, SeedWork, data_identity};
use crate::seed::{self, SeedProblem};

use super::StepError;

/// Leaves a note. A volume's labels cannot be changed, so an older note of the same kind goes first.
pub(super) async fn note(engine: &EngineHandle, record: &SeedRecord) -> Result<(), StepError> {
    engine.remove_volume(&record.volume_name()).await?;
    engine.create_volume(&record.to_volume()).await?;
    Ok(())
}

/// Applies seeds and notes that they are applied. Cancelling ends the seeds, never the notes.
pub(super) async fn apply(
    engine: &EngineHandle,
    work: &SeedWork,
    sink: &EventSink,
    cancel: &CancellationToken,
) -> Result<(), StepError> {
    let to = seed::Destination {
        container: &work.container,
        service: &work.record.service,
        family: work.family.and_then(catalog::family),
        facts: work.facts(),
    };
    seed::apply(engine, &to, &work.seeds, sink, cancel)
        .await
        .map_err(|failure| match failure.problem {
            SeedProblem::Cancelled => StepError::Cancelled,
            _ => StepError::Seed(Box::new(failure)),
        })?;
    let data = identity(engine, work).await?;
    let applied = SeedRecord {
        data,
        ..work.record.clone()
    };
    note(engine, &applied).await?;
    let begun = SeedRecord {
        state: SeedState::Begun,
        ..applied
    };
    engine.remove_volume(&begun.volume_name()).await?;
    Ok(())
}

async fn identity(engine: &EngineHandle, work: &SeedWork) -> Result<String, StepError> {
    let Some(container) = engine.container(&work.container).await? else {
        return Ok(String::new());
    };
    let mut volumes: Vec<VolumeDetail> = Vec::new();
    for mount in &container.mounts {
        if let Some(name) = &mount.name {
            volumes.extend(engine.volume(name).await?);
        }
    }
    let find = |name: &str| volumes.iter().find(|volume| volume.name == name).cloned();
    Ok(data_identity(
        &container.id,
        &container.mounts,
        work.data_dir.as_deref(),
        find,
    ))
}
