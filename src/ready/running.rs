//! The container has been running for a while without a restart.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use super::answer::Answers;
use super::pace::Pace;
use crate::engine::{ContainerDetail, ContainerState, EngineError, EngineHandle};

/// Waits for the end of the stability window; a restart begins it anew.
pub(super) async fn hold(
    engine: &EngineHandle,
    container: &str,
    during: Duration,
    answers: &Answers,
) -> Result<(), EngineError> {
    let pace = Pace::new();
    // A remote engine's clock is not ours: what ran before we looked does not count there.
    let local = engine.info().await?.local;
    let mut begun: Option<(ContainerDetail, Duration)> = None;
    loop {
        let running = engine
            .container(container)
            .await?
            .filter(|detail| detail.state == ContainerState::Running);
        match (running, begun.take()) {
            (Some(now), Some((then, _)))
                if now.started == then.started && now.restarts == then.restarts =>
            {
                return Ok(());
            }
            (Some(now), _) => {
                let left = during.saturating_sub(ran_for(&now, local));
                answers.send(format!("running for {:.1} s", during.as_secs_f64()));
                sleep(left).await;
                begun = Some((now, left));
            }
            (None, _) => {
                answers.send("not running");
                pace.pause().await;
            }
        }
    }
}

/// How long it has been running, by the engine's clock if that is ours.
pub(super) fn ran_for(detail: &ContainerDetail, local: bool) -> Duration {
    detail
        .started
        .filter(|_| local)
        .and_then(|started| Duration::try_from(Timestamp::now().duration_since(started)).ok())
        .unwrap_or_default()
}
