//! Creating containers with their files, and commands in them.

use bytes::Bytes;
use futures_util::StreamExt as _;

use crate::engine::{ContainerSpec, EngineError, EngineHandle, ExecSpec};
use crate::plan::Labels;
use crate::stack::{ContentFile, FileContent, Hook};

use super::StepError;

/// How many lines of a failed hook's output are shown with the error.
const HOOK_LINES: usize = 20;

/// Creates a container and puts its files into it. A container that could not be given its files is removed again:
/// it must not be started without them. Gives the container's id.
pub async fn create_container(
    engine: &EngineHandle,
    spec: &ContainerSpec,
    files: &[ContentFile],
) -> Result<String, EngineError> {
    let id = if spec.labels.contains_key(Labels::IMAGE) {
        engine.create_container(spec).await?
    } else {
        // The image came during this run.
        let mut spec = spec.clone();
        if let Some(image) = engine.image(&spec.image).await? {
            spec.labels.insert(Labels::IMAGE.to_owned(), image.id);
        }
        engine.create_container(&spec).await?
    };
    let archive = archive(files).map_err(|error| EngineError::File(error.to_string()))?;
    if let Some(archive) = archive
        && let Err(error) = engine.upload(&id, "/", archive).await
    {
        engine.remove_container(&id, true).await?;
        return Err(error);
    }
    Ok(id)
}

/// The files whose content the manifest gives, as an archive to be unpacked at the root.
fn archive(files: &[ContentFile]) -> std::io::Result<Option<Bytes>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut any = false;
    for file in files {
        let FileContent::Bytes(content) = &file.content else {
            continue;
        };
        any = true;
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(file.mode.unwrap_or(0o444));
        header.set_uid(number(file.uid.as_deref()));
        header.set_gid(number(file.gid.as_deref()));
        archive.append_data(
            &mut header,
            file.target.trim_start_matches('/'),
            content.as_slice(),
        )?;
    }
    Ok(if any {
        Some(archive.into_inner()?.into())
    } else {
        None
    })
}

fn number(id: Option<&str>) -> u64 {
    id.and_then(|id| id.parse().ok()).unwrap_or(0)
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
