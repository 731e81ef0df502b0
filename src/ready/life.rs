//! Whether the container lives.

use super::answer::Answers;
use super::pace::Pace;
use crate::engine::{ContainerDetail, ContainerState, EngineError, EngineHandle};

/// So many engine calls in a row may fail before the engine counts as lost.
const PATIENCE: u32 = 5;

/// After so many restarts a container is in a loop that only a person ends. The engine waits twice as long before each,
/// from 0.1 s on, so this is some 25 s: time enough for what it needs to appear meanwhile.
const CRASH_LOOP: i64 = 8;

/// How a container's life ended.
#[derive(Debug)]
pub(super) enum End {
    /// It does not run any more, and its restart policy does not start it again, or has done so in vain.
    Ended(Box<ContainerDetail>),
    /// It was removed.
    Gone,
    /// The engine does not tell any more.
    Lost(EngineError),
}

/// Waits for the container's end, which the engine tells at once. A restart by its restart policy is not the end, but
/// is reported.
pub(super) async fn end(engine: &EngineHandle, container: &str, answers: &Answers) -> End {
    let pace = Pace::new();
    let mut failures = 0;
    loop {
        let waited = engine.wait_container(container).await;
        match engine.container(container).await {
            Ok(None) => return End::Gone,
            Ok(Some(detail)) => match detail.state {
                state
                    if state.is_up()
                        && (detail.restarts < CRASH_LOOP
                            || detail.state != ContainerState::Restarting) =>
                {
                    if waited.is_ok() {
                        failures = 0;
                        let code = detail
                            .exit_code
                            .map_or_else(String::new, |code| format!(" after exit code {code}"));
                        answers.send(format!("restarted{code}, {} times so far", detail.restarts));
                    } else {
                        failures += 1;
                    }
                }
                _ => return End::Ended(Box::new(detail)),
            },
            Err(error) => {
                failures += 1;
                if failures > PATIENCE {
                    return End::Lost(error);
                }
            }
        }
        if failures > PATIENCE
            && let Err(error) = waited
        {
            return End::Lost(error);
        }
        pace.pause().await;
    }
}
