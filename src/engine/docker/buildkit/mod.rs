//! Builds that need BuildKit, handed to the docker command line's builder.
//!
//! BuildKit asks its client for files, secrets and keys over a session of its own, which the command line has and the
//! plain API has not. Only builds that need it come here; it is started on the engine that we are connected to, and
//! what it prints becomes progress. Contents of secrets and values of arguments never stand in its arguments.

mod client;
mod command;
mod progress;

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc::Sender;

use self::client::find_client;
use self::progress::Plain;
use super::client::DockerEngine;
use crate::engine::{BuildProgress, BuildRequest, EngineError, Result};

/// A line of the builder's output is cut to this many bytes.
const LONGEST_LINE: u64 = 1 << 20;

impl DockerEngine {
    /// Builds with BuildKit. `feature` says what needs it.
    pub(super) async fn build_with_buildkit(
        &self,
        request: &BuildRequest,
        feature: &str,
        progress: &Sender<Result<BuildProgress>>,
    ) -> Result<()> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let client = find_client(&path).await.ok_or_else(|| {
            EngineError::Stream(format!(
                "{feature} needs BuildKit, and no docker command with it was found in PATH: install Docker's buildx \
                 plugin (the package `docker-buildx-plugin` or `docker-buildx`)"
            ))
        })?;
        let planned = command::plan(request, &client)?;
        let mut command = Command::new(client.program());
        command
            .args(&planned.arguments)
            .envs(&planned.environment)
            .env("DOCKER_HOST", &self.inner.address)
            .env_remove("DOCKER_CONTEXT")
            .env("DOCKER_BUILDKIT", "1")
            .env("BUILDKIT_PROGRESS", "plain")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let failed = |error: std::io::Error| {
            EngineError::Stream(format!(
                "`{}` cannot be run: {error}",
                client.program().display()
            ))
        };
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut input) = child.stdin.take() {
            // A builder that does not read it ends with words of its own.
            let _ = input.write_all(planned.input.as_bytes()).await;
        }
        let mut plain = Plain::default();
        if let Some(output) = child.stderr.take() {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            loop {
                line.clear();
                let read = (&mut output)
                    .take(LONGEST_LINE)
                    .read_until(b'\n', &mut line)
                    .await;
                if read.map_err(failed)? == 0 {
                    break;
                }
                if let Some(said) = plain.line(&String::from_utf8_lossy(&line)) {
                    // Nobody listens any more if this fails; the child is about to be killed then.
                    let _ = progress.send(Ok(said)).await;
                }
            }
        }
        let status = child.wait().await.map_err(failed)?;
        if !status.success() {
            return Err(EngineError::Stream(plain.cause()));
        }
        let image = self.inspect_image(&request.tag).await?.ok_or_else(|| {
            EngineError::Stream(format!(
                "the builder ended well, but the engine has no image `{}`",
                request.tag
            ))
        })?;
        let _ = progress.send(Ok(BuildProgress::Done(image.id))).await;
        Ok(())
    }
}
