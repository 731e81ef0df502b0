//! Seeds that are a command in a container of their own.

use tokio_util::sync::CancellationToken;

use super::apply::Destination;
use super::command::show;
use super::failure::SeedProblem;
use super::script::last_lines;
use crate::engine::{EngineError, EngineHandle, create_with_files};
use crate::event::EventSink;
use crate::plan::SeedContainer;
use crate::stack::SeedRun;

/// Runs the command, shows its output, and removes the container however that ends.
pub(super) async fn run(
    engine: &EngineHandle,
    to: &Destination<'_>,
    run: &SeedRun,
    sink: &EventSink,
    cancel: &CancellationToken,
) -> Result<(), SeedProblem> {
    let Some(container) = to.runs.iter().find(|one| one.service == run.service) else {
        return Err(SeedProblem::Engine(EngineError::NotFound(format!(
            "service {}",
            run.service
        ))));
    };
    let name = &container.spec.name;
    // One that a killed run left behind.
    engine
        .remove_container(name, true)
        .await
        .map_err(SeedProblem::Engine)?;
    let ran = tokio::select! {
        ran = attend(engine, container, &run.command, sink) => ran,
        () = cancel.cancelled() => Err(SeedProblem::Cancelled),
    };
    let removed = engine.remove_container(name, true).await;
    ran?;
    removed.map_err(SeedProblem::Engine)
}

async fn attend(
    engine: &EngineHandle,
    container: &SeedContainer,
    command: &[String],
    sink: &EventSink,
) -> Result<(), SeedProblem> {
    let mut spec = container.spec.clone();
    spec.options.command = Some(command.to_vec());
    spec.options.tty = false;
    spec.options.stdin_open = false;
    let started = async {
        let id = create_with_files(engine.as_ref(), &spec, &container.files).await?;
        // What it prints first must not be missed, so the connection is made before it starts.
        let attached = engine.attach(&id).await?;
        engine.start_container(&id).await?;
        Ok((id, attached.output))
    };
    let (id, output) = started.await.map_err(SeedProblem::Engine)?;
    let transcript = show(output, sink).await?;
    match engine
        .wait_container(&id)
        .await
        .map_err(SeedProblem::Engine)?
    {
        0 => Ok(()),
        code => Err(SeedProblem::Ended {
            code: Some(code),
            output: last_lines(&transcript.text()),
        }),
    }
}
