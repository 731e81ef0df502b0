//! Seeds that are a command in the running service.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep};

use super::apply::Destination;
use super::failure::SeedProblem;
use super::script::last_lines;
use super::transcript::Transcript;
use crate::engine::{EngineError, EngineHandle, ExecSpec};
use crate::event::{EventKind, EventSink};

/// How long the engine may take to know how a command ended, once its output has.
const PATIENCE: Duration = Duration::from_secs(5);
/// A line of output is shown up to so many bytes.
const WIDTH: usize = 4096;

/// Runs the command and shows its output.
pub(super) async fn run(
    engine: &EngineHandle,
    to: &Destination<'_>,
    command: &[String],
    sink: &EventSink,
) -> Result<(), SeedProblem> {
    let spec = ExecSpec {
        command: command.to_vec(),
        ..ExecSpec::default()
    };
    let mut attached = engine
        .exec(to.container, &spec)
        .await
        .map_err(SeedProblem::Engine)?;
    let mut transcript = Transcript::default();
    let mut line = Vec::new();
    while let Some(piece) = attached.output.next().await {
        let piece = piece.map_err(SeedProblem::Engine)?;
        transcript.push(&piece.bytes);
        for &byte in &piece.bytes {
            if byte == b'\n' || line.len() >= WIDTH {
                show(&mut line, sink);
            }
            if byte != b'\n' {
                line.push(byte);
            }
        }
    }
    show(&mut line, sink);
    match exit_code(engine, &attached.id)
        .await
        .map_err(SeedProblem::Engine)?
    {
        Some(0) => Ok(()),
        code => Err(SeedProblem::Ended {
            code,
            output: last_lines(&transcript.text()),
        }),
    }
}

fn show(line: &mut Vec<u8>, sink: &EventSink) {
    let text: String = String::from_utf8_lossy(line)
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    line.clear();
    if !text.is_empty() {
        sink.send(EventKind::Output { line: text });
    }
}

/// The exit code of a command whose output is over: the engine may need a moment to know it.
pub(super) async fn exit_code(
    engine: &EngineHandle,
    exec: &str,
) -> Result<Option<i64>, EngineError> {
    let began = Instant::now();
    loop {
        match engine.exec_exit_code(exec).await {
            Ok(None) if began.elapsed() < PATIENCE => sleep(Duration::from_millis(5)).await,
            // The command is forgotten together with a container that died.
            Err(EngineError::NotFound(_)) => return Ok(None),
            other => return other,
        }
    }
}
