//! Containers that die after they were ready.
//!
//! While a container is being waited for, the wait itself notices its end. This listens for the rest of the run: a
//! database that crashes while the services above it are still starting fails the run at once, not at the end.

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use crate::engine::{self, ContainerState, EngineEvent, EngineEventKind, EngineHandle, LogOptions};
use crate::ready::Crowd;

use super::StepError;

/// How many lines of its log are shown.
const LOG_LINES: u64 = 20;

/// The name and exit code of the next container that ends; `None` when the stream is over. What the engine's own health
/// checks find until then is told to those who wait.
pub(super) async fn next_death(
    events: &mut BoxStream<'static, engine::Result<EngineEvent>>,
    crowd: &Crowd,
) -> Option<(String, i64)> {
    while let Some(event) = events.next().await {
        // A broken stream is no reason to fail: what it would have told is checked at the end of the run.
        let Ok(event) = event else { return None };
        match event.kind {
            EngineEventKind::Health(status) => crowd.hear(&event.container, status == "healthy"),
            EngineEventKind::Die(code) => {
                crowd.hear(&event.container, false);
                return Some((event.name, code));
            }
            _ => {}
        }
    }
    None
}

/// Why a container that should run does not; `None` if it does, or if its restart policy takes care of it.
pub(super) async fn confirm_death(
    engine: &EngineHandle,
    container: &str,
    code: i64,
) -> Option<StepError> {
    let detail = engine.container(container).await.ok()??;
    if matches!(
        detail.state,
        ContainerState::Running | ContainerState::Restarting | ContainerState::Paused
    ) {
        return None;
    }
    let options = LogOptions {
        tail: Some(LOG_LINES),
        ..LogOptions::default()
    };
    let lines: Vec<_> = engine.logs(&detail.id, options).collect().await;
    let log = lines
        .into_iter()
        .filter_map(|line| Some(line.ok()?.text))
        .collect();
    Some(StepError::Died {
        code: detail.exit_code.unwrap_or(code),
        log,
    })
}
