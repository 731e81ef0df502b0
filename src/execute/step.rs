//! Runs one step.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::engine::{ContainerState, EngineHandle};
use crate::event::{EventKind, EventSink};
use crate::layers::{self, LayerMaker};
use crate::plan::{Action, AwaitReady, Condition, Step};
use crate::ready::{self, Crowd, Reason};

use super::container::{create_container, run_hook, start};
use super::image::{Pull, build, pull};
use super::{Retries, StepError, network, seed};

/// What a step needs beside itself.
#[derive(Clone)]
pub(super) struct StepContext {
    pub(super) engine: EngineHandle,
    pub(super) retries: Retries,
    pub(super) cancel: CancellationToken,
    pub(super) layers: LayerMaker,
    pub(super) crowd: Crowd,
}

/// How a step ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// It did what it says.
    Changed,
    /// Its condition did not hold, so there was nothing to do.
    Unchanged,
}

impl Done {
    fn of(changed: bool) -> Self {
        if changed {
            Self::Changed
        } else {
            Self::Unchanged
        }
    }
}

/// Runs a step to its end. Cancelling ends long work at once; short calls to the engine are let finish, so that what
/// is in the engine stays consistent.
pub(super) async fn run_step(
    step: &Step,
    context: &StepContext,
    sink: &EventSink,
) -> Result<Done, StepError> {
    let engine = &context.engine;
    if let Some(Condition::Image(condition)) = &step.only_if {
        let now = engine.image(&condition.image).await?;
        if now.is_some_and(|image| image.id == condition.was) {
            return Ok(Done::Unchanged);
        }
    }
    match &step.action {
        Action::PullImage {
            image,
            mirror,
            platform,
        } => {
            let wanted = Pull {
                image,
                mirror: mirror.as_deref(),
                platform: platform.as_deref(),
            };
            cancellable(context, pull(engine, &wanted, context.retries, sink)).await?;
        }
        Action::BuildImage(request) => {
            cancellable(context, build(engine, (**request).clone(), sink)).await?;
        }
        Action::CreateNetwork(spec) => network::create(engine, spec).await?,
        Action::RemoveNetwork { name } => network::remove(engine, name).await?,
        Action::CreateVolume(spec) => {
            engine.create_volume(spec).await?;
        }
        Action::RemoveVolume { name } => engine.remove_volume(name).await?,
        Action::CreateContainer { spec, files } => {
            create_container(engine, spec, files).await?;
        }
        Action::StartContainer { container } => start(engine, container).await?,
        Action::RunHook { container, hook } => {
            cancellable(context, run_hook(engine, container, hook)).await?;
        }
        Action::AwaitReady(wanted) => await_ready(engine, wanted, step, context, sink).await?,
        Action::ApplySeeds(work) => {
            return seed::apply(engine, work, &context.layers, sink, &context.cancel).await;
        }
        Action::PrepareData(work) => {
            let prepared = layers::prepare(engine, &context.layers, work).await?;
            return Ok(Done::of(prepared));
        }
        Action::KeepData(work) => {
            // Once it is stopped this goes on to the end: it is short, and then the data is whole.
            return Ok(Done::of(layers::keep(engine, work).await?));
        }
        Action::TakeSnapshot(work) => layers::take_snapshot(engine, work).await?,
        Action::RemoveSnapshot(snapshot) => layers::remove_snapshot(engine, snapshot).await?,
        Action::CollectLayers { project } => {
            return Ok(Done::of(layers::collect(engine, project).await? > 0));
        }
        Action::BeginSeeds(record) => seed::begin(engine, record).await?,
        Action::StopContainer { container, grace } => {
            cancellable(context, async {
                match grace {
                    // Its state is thrown away.
                    Some(Duration::ZERO) => kill(engine, container).await?,
                    grace => engine.stop_container(container, *grace).await?,
                }
                Ok(())
            })
            .await?;
        }
        Action::RemoveContainer { container, volumes } => {
            engine.remove_container(container, *volumes).await?;
        }
    }
    Ok(Done::Changed)
}

/// Kills a container. One that has ended by itself in the meantime is as good as killed.
async fn kill(engine: &EngineHandle, container: &str) -> Result<(), StepError> {
    let Err(error) = engine.kill_container(container, "SIGKILL").await else {
        return Ok(());
    };
    let now = engine.container(container).await?;
    let runs = now.is_some_and(|now| {
        let state = now.state;
        state == ContainerState::Running || state == ContainerState::Paused
    });
    if runs { Err(error.into()) } else { Ok(()) }
}

async fn cancellable<T>(
    context: &StepContext,
    work: impl Future<Output = Result<T, StepError>>,
) -> Result<T, StepError> {
    tokio::select! {
        biased;
        () = context.cancel.cancelled() => Err(StepError::Cancelled),
        done = work => done,
    }
}

async fn await_ready(
    engine: &EngineHandle,
    wanted: &AwaitReady,
    step: &Step,
    context: &StepContext,
    sink: &EventSink,
) -> Result<(), StepError> {
    let target = |seen| ready::Target {
        container: &wanted.container,
        service: step.service.as_deref().unwrap_or_default(),
        span: step.origin.as_ref(),
        facts: wanted.facts(),
        checks: &wanted.checks,
        seen,
        crowd: &context.crowd,
        timeout: wanted.timeout,
    };
    let seen = wanted.seen.as_deref();
    let mut outcome = ready::wait(engine, &target(seen), sink, &context.cancel).await;
    if seen.is_some()
        && let Err(not_ready) = &outcome
        && matches!(not_ready.reason, Reason::Ended { .. })
    {
        // It ran when this run looked, and ended since: the engine may have been stopping it for a run that was killed.
        sink.send(EventKind::Output {
            line: "it ended meanwhile, and is started again".to_owned(),
        });
        engine.start_container(&wanted.container).await?;
        outcome = ready::wait(engine, &target(None), sink, &context.cancel).await;
    }
    outcome.map_err(|not_ready| StepError::NotReady(Box::new(not_ready)))
}
