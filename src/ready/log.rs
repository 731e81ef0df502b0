//! A line of the container's output matches.

use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use regex::Regex;

use super::answer::{Answers, plain};
use super::pace::Pace;
use super::wait::Hopeless;
use crate::engine::{ContainerDetail, EngineHandle, LogOptions};

/// An engine notes a container's start only once the program runs, which may have printed something by then.
const EARLY: SignedDuration = SignedDuration::from_secs(1);

/// Reads along until a line since the container's start matches.
pub(super) async fn hold(
    engine: &EngineHandle,
    container: &str,
    pattern: &str,
    answers: &Answers,
) -> Result<(), Hopeless> {
    let pattern = Regex::new(pattern).map_err(|_| {
        Hopeless::Impossible(format!("`{}` is not a regular expression", plain(pattern)))
    })?;
    let pace = Pace::new();
    loop {
        let since = match engine.container(container).await {
            Ok(detail) => detail.and_then(|detail| beginning(&detail)),
            Err(error) => {
                answers.send(error.to_string());
                None
            }
        };
        let mut lines = engine.logs(
            container,
            LogOptions {
                follow: true,
                since,
                ..LogOptions::default()
            },
        );
        while let Some(line) = lines.next().await {
            match line {
                // Engines take whole seconds, so lines of an earlier start may come along.
                Ok(line) if line.at.is_some() && line.at < since => {}
                Ok(line) if pattern.is_match(&line.text) => return Ok(()),
                Ok(line) => answers.send(plain(&line.text)),
                Err(error) => answers.send(error.to_string()),
            }
        }
        // The container ended; if it is started again, its new output counts.
        pace.pause().await;
    }
}

/// A time after the last line of the container's life before, and before the first line of this one; `None` for its
/// first life.
fn beginning(detail: &ContainerDetail) -> Option<Timestamp> {
    let (started, finished) = (detail.started?, detail.finished?);
    if finished <= started {
        Some(finished)
    } else {
        // It has ended, and when the life before did is not known any more.
        started.checked_sub(EARLY).ok()
    }
}
