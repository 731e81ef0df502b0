//! A TCP connection is answered by the container.

use super::answer::Answers;
use super::pace::Pace;
use super::reach::Reach;
use crate::engine::{EngineError, EngineHandle};

/// Connects until the container itself answers.
pub(super) async fn hold(
    engine: &EngineHandle,
    container: &str,
    port: u16,
    answers: &Answers,
) -> Result<(), EngineError> {
    let pace = Pace::new();
    let mut reach = Reach::new(engine, container, port);
    loop {
        match reach.answers().await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(why)) => answers.send(why),
            Err(error @ EngineError::Unreachable { .. }) => return Err(error),
            Err(error) => answers.send(error.to_string()),
        }
        pace.pause().await;
    }
}
