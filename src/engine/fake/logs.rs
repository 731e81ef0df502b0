//! What containers print, as it is read back.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::world::Shared;
use crate::engine::{EngineError, LogLine, LogOptions, Output, Result};
use bytes::Bytes;

/// Sends the lines that are wanted; goes on until the container ends if they are to be followed.
pub(super) async fn read(
    shared: Arc<Shared>,
    container: String,
    options: LogOptions,
    sender: UnboundedSender<Result<LogLine>>,
) -> Result<()> {
    let mut changed = shared.changed.subscribe();
    let (id, run, mut next) = {
        let mut world = shared.world();
        let container = world.container(&container)?;
        let mut wanted: Vec<&LogLine> = container
            .logs
            .iter()
            .filter(|line| is_wanted(line, &options))
            .collect();
        if let Some(tail) = options.tail {
            let tail = usize::try_from(tail).unwrap_or(usize::MAX);
            wanted.drain(..wanted.len().saturating_sub(tail));
        }
        for line in wanted {
            let _ = sender.send(Ok(line.clone()));
        }
        // Docker does not follow a container that does not run.
        if !options.follow || !container.runs() {
            return Ok(());
        }
        (
            container.id.clone(),
            container.run.clone(),
            container.logs.len(),
        )
    };
    loop {
        // Asked before reading, so that the last lines of a run are not missed.
        let over = run.is_cancelled();
        let lines: Vec<LogLine> = shared
            .world()
            .containers
            .get(&id)
            .map(|container| container.logs[next..].to_vec())
            .unwrap_or_default();
        next += lines.len();
        for line in lines.into_iter().filter(|line| is_wanted(line, &options)) {
            let _ = sender.send(Ok(line));
        }
        if over {
            return Ok(());
        }
        if changed.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Sends what a container prints from the call on until its next, or its present, run is over.
pub(super) async fn attached(
    shared: Arc<Shared>,
    container: String,
    mut next: usize,
    sender: UnboundedSender<Result<Output>>,
) -> Result<()> {
    let mut changed = shared.changed.subscribe();
    let before = match shared.world().container(&container) {
        Ok(found) if !found.runs() => found.started,
        Ok(_) => None,
        Err(EngineError::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    loop {
        let (lines, over) = match shared.world().container(&container) {
            Ok(found) => (
                found.logs[next..].to_vec(),
                !found.runs() && found.started != before,
            ),
            Err(_) => (Vec::new(), true),
        };
        next += lines.len();
        for line in lines {
            let _ = sender.send(Ok(Output {
                stream: line.stream,
                bytes: Bytes::from(format!("{}\n", line.text)),
            }));
        }
        if over {
            return Ok(());
        }
        if changed.changed().await.is_err() {
            return Ok(());
        }
    }
}

fn is_wanted(line: &LogLine, options: &LogOptions) -> bool {
    let Some(at) = line.at else { return true };
    options.since.is_none_or(|since| at >= since) && options.until.is_none_or(|until| at <= until)
}
