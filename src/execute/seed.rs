//! Seeds, and the notes about them in the engine.

use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::catalog;
use crate::engine::EngineHandle;
use crate::event::EventSink;
use crate::layers::{LayerMaker, make_ahead};
use crate::plan::{DataState, LayerMode, LiveData, SeedRecord, SeedState, SeedWork, data_identity};
use crate::seed::{self, SeedProblem};

use super::StepError;
use super::step::Done;

/// When the next layers are made ahead: the engine does one thing at a time with a container, and starting the seed's
/// client comes first.
const SEED_FIRST: Duration = Duration::from_millis(150);

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

/// Applies the seeds that are not in yet, and notes that they are. Cancelling ends the seeds, never the notes. Where
/// data is layered its volume tells which seeds are in; what this adds counts when the layer is kept.
pub(super) async fn apply(
    engine: &EngineHandle,
    work: &SeedWork,
    layers: &LayerMaker,
    sink: &EventSink,
    cancel: &CancellationToken,
) -> Result<Done, StepError> {
    let live = match &work.live {
        Some(volume) => engine.volume(volume).await?,
        None => None,
    };
    let live = live.as_ref().and_then(LiveData::from_volume);
    let from = match (&work.live, &live) {
        (Some(_), live) => applied(live.as_ref(), work.seeds.len()),
        (None, _) => 0,
    };
    if from == work.seeds.len() {
        return Ok(Done::Unchanged);
    }
    let overlaid = live.is_some_and(|live| live.mode == LayerMode::Overlay);
    let ahead = async {
        if overlaid {
            sleep(SEED_FIRST).await;
            let project = &work.record.project;
            let (image, container) = (&work.image, &work.container);
            let made = make_ahead(engine, layers, project, image, container, &work.layered).await;
            if let Err(error) = made {
                tracing::debug!(%error, "no layer was made ahead");
            }
        }
    };
    let to = seed::Destination {
        container: &work.container,
        service: &work.record.service,
        family: work.family.and_then(catalog::family),
        facts: work.facts(),
        runs: &work.runs,
    };
    let seeds = seed::apply(engine, &to, &work.seeds[from..], sink, cancel);
    let mut seeds = pin!(seeds);
    let applied = tokio::select! {
        biased;
        applied = &mut seeds => applied,
        () = ahead => seeds.await,
    };
    applied.map_err(|failure| match failure.problem {
        SeedProblem::Cancelled => StepError::Cancelled,
        _ => StepError::Seed(Box::new(failure)),
    })?;
    if work.live.is_some() {
        return Ok(Done::Changed);
    }
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
    Ok(Done::Changed)
}

/// How many of the first `count` seeds a live volume has already.
fn applied(live: Option<&LiveData>, count: usize) -> usize {
    match live {
        Some(live) if live.state == DataState::Seeding => {
            let seeds = live.seeds.as_ref();
            seeds.map_or(0, |seeds| seeds.len().min(count))
        }
        _ => count,
    }
}

async fn identity(engine: &EngineHandle, work: &SeedWork) -> Result<String, StepError> {
    let container = engine.container(&work.container).await?;
    Ok(container.map_or_else(String::new, |container| {
        data_identity(&container.id, &container.mounts, work.data_dir.as_deref())
    }))
}
