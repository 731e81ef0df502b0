//! Seeds that are a command in the running service.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::time::{Instant, sleep};

use super::apply::Destination;
use super::failure::SeedProblem;
use super::script::last_lines;
use super::transcript::{Lines, Transcript};
use crate::engine::{EngineError, EngineHandle, ExecSpec, Output};
use crate::event::{EventKind, EventSink};

/// How long the engine may take to know how a command ended, once its output has.
const PATIENCE: Duration = Duration::from_secs(5);

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
    let attached = engine
        .exec(to.container, &spec)
        .await
        .map_err(SeedProblem::Engine)?;
    let transcript = show(attached.output, sink).await?;
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

/// Shows output line by line as it comes, and gives what there was at its end.
pub(super) async fn show(
    mut output: BoxStream<'static, Result<Output, EngineError>>,
    sink: &EventSink,
) -> Result<Transcript, SeedProblem> {
    let say = |line: &str| {
        sink.send(EventKind::Output {
            line: line.to_owned(),
        });
    };
    let mut transcript = Transcript::default();
    let mut lines = Lines::default();
    while let Some(piece) = output.next().await {
        let piece = piece.map_err(SeedProblem::Engine)?;
        transcript.push(&piece.bytes);
        lines.push(&piece.bytes, say);
    }
    lines.end(say);
    Ok(transcript)
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
