//! Seeds, and the notes about them in the engine.

use tokio_util::sync::CancellationToken;

use crate::catalog;
use crate::engine::EngineHandle;
use crate::event::EventSink;
use crate::plan::{SeedRecord, SeedState, SeedWork, data_identity};
use crate::seed::{self, SeedProblem};

use super::StepError;

/// Leaves a note. A volume's labels cannot be changed, so an older note of the same kind goes first.
async fn note(engine: &EngineHandle, record: &SeedRecord) -> Result<(), StepError> {
    engine.remove_volume(&record.volume_name()).await?;
    engine.create_volume(&record.to_volume()).await?;
    Ok(())
}

/// Notes that seeding begins; then a note about earlier data of that name goes.
pub(super) async fn begin(engine: &EngineHandle, record: &SeedRecord) -> Result<(), StepError> {
    note(engine, record).await?;
    let earlier = SeedRecord {
        state: SeedState::Applied,
        ..record.clone()
    };
    engine.remove_volume(&earlier.volume_name()).await?;
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
    let container = engine.container(&work.container).await?;
    Ok(container.map_or_else(String::new, |container| {
        data_identity(&container.id, &container.mounts, work.data_dir.as_deref())
    }))
}
