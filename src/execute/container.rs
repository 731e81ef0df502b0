//! Creating containers with their files, and commands in them.

use futures_util::StreamExt as _;

use crate::engine::{ContainerSpec, EngineError, EngineHandle, ExecSpec, create_with_files};
use crate::plan::Labels;
use crate::stack::{ContentFile, Hook};

use super::StepError;

/// How many lines of a failed hook's output are shown with the error.
const HOOK_LINES: usize = 20;

/// Creates a container with its files, and notes which image its reference named. Gives the container's id.
pub async fn create_container(
    engine: &EngineHandle,
    spec: &ContainerSpec,
    files: &[ContentFile],
) -> Result<String, EngineError> {
    if spec.labels.contains_key(Labels::IMAGE) {
        return create_with_files(engine.as_ref(), spec, files).await;
    }
    // The image came during this run.
    let mut spec = spec.clone();
    if let Some(image) = engine.image(&spec.image).await? {
        spec.labels.insert(Labels::IMAGE.to_owned(), image.id);
    }
    create_with_files(engine.as_ref(), &spec, files).await
}

/// Starts a container. One that an engine was starting when it was killed can never be started again: its old process
/// stands in the way, of which the engine knows nothing. It is removed, so that the next run makes another.
pub(super) async fn start(engine: &EngineHandle, container: &str) -> Result<(), StepError> {
    match engine.start_container(container).await {
        Err(error) if is_lost(&error.to_string()) => {
            engine.remove_container(container, true).await?;
            Err(StepError::Lost(container.to_owned()))
        }
        other => Ok(other?),
    }
}

/// Whether an engine says that a process is there which it did not start.
fn is_lost(words: &str) -> bool {
    words.contains("task ") && words.ends_with("already exists")
}

/// Runs a hook and waits for it.
pub(super) async fn run_hook(
    engine: &EngineHandle,
    container: &str,
    hook: &Hook,
) -> Result<(), StepError> {
    let spec = ExecSpec {
        command: hook.command.clone(),
        environment: hook
            .environment
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect(),
        user: hook.user.clone(),
        working_dir: hook.working_dir.clone(),
        privileged: hook.privileged,
        ..ExecSpec::default()
    };
    let mut attached = engine.exec(container, &spec).await?;
    let mut output = Vec::new();
    while let Some(piece) = attached.output.next().await {
        output.extend_from_slice(&piece?.bytes);
        // Only the end is ever shown.
        let surplus = output.len().saturating_sub(64 * 1024);
        output.drain(..surplus);
    }
    match engine.exec_exit_code(&attached.id).await? {
        Some(0) | None => Ok(()),
        Some(code) => {
            let text = String::from_utf8_lossy(&output);
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let from = lines.len().saturating_sub(HOOK_LINES);
            Err(StepError::Hook {
                code,
                output: lines[from..].to_vec(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine as _;
    use crate::engine::fake::{CallKind, FakeEngine, FakeImage};

    #[tokio::test(start_paused = true)]
    async fn a_container_whose_start_the_engine_has_lost_is_removed() {
        let engine = FakeEngine::new().with_image(FakeImage::new("db:1"));
        let spec = ContainerSpec::new("shop-db-1", "db:1");
        engine.create_container(&spec).await.expect("made");
        let message = "task 8d3e0cb1d0b2: already exists".to_owned();
        let error = EngineError::Api {
            status: 500,
            message,
        };
        engine.fail_next(CallKind::StartContainer, error);
        let started = start(&engine.handle(), "shop-db-1").await;
        assert!(matches!(started, Err(StepError::Lost(_))), "{started:?}");
        assert!(engine.containers(&[]).await.expect("listed").is_empty());
    }
}
