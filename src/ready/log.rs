//! A line of the container's output matches.

use futures_util::StreamExt as _;
use regex::Regex;

use super::answer::{Answers, plain};
use super::pace::Pace;
use super::wait::Hopeless;
use crate::engine::{EngineHandle, LogOptions};

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
        let started = match engine.container(container).await {
            Ok(detail) => detail.and_then(|detail| detail.started),
            Err(error) => {
                answers.send(error.to_string());
                None
            }
        };
        let mut lines = engine.logs(
            container,
            LogOptions {
                follow: true,
                since: started,
                ..LogOptions::default()
            },
        );
        while let Some(line) = lines.next().await {
            match line {
                // Engines take whole seconds, so lines of an earlier start may come along.
                Ok(line) if line.at.is_some() && line.at < started => {}
                Ok(line) if pattern.is_match(&line.text) => return Ok(()),
                Ok(line) => answers.send(plain(&line.text)),
                Err(error) => answers.send(error.to_string()),
            }
        }
        // The container ended; if it is started again, its new output counts.
        pace.pause().await;
    }
}
