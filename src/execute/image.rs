//! Pulls, with another try where that may help, and builds.

use std::collections::VecDeque;

use futures_util::StreamExt as _;

use crate::engine::{
    BuildProgress, BuildRequest, EngineError, EngineHandle, PullProgress, PullRequest,
};
use crate::event::{EventKind, EventSink, Progress};

use super::progress::ProgressSink;
use super::{Retries, StepError};

/// How many lines of a failed build's output are shown with the error.
const BUILD_LINES: usize = 20;

/// An image to be pulled.
#[derive(Debug)]
pub(super) struct Pull<'a> {
    pub(super) image: &'a str,
    pub(super) mirror: Option<&'a str>,
    pub(super) platform: Option<&'a str>,
}

/// Pulls from the mirror first, if there is one, then from the registry that the name says.
pub(super) async fn pull(
    engine: &EngineHandle,
    pull: &Pull<'_>,
    retries: Retries,
    sink: &EventSink,
) -> Result<(), StepError> {
    let mut from_mirror = None;
    if let Some(mirror) = pull.mirror {
        match pull_retrying(engine, mirror, pull.platform, retries, sink).await {
            Ok(()) => {
                engine.tag_image(mirror, pull.image).await?;
                // Only the usual name is to remain; that the other one stays is no reason to fail.
                let _ = engine.remove_image(mirror).await;
                return Ok(());
            }
            Err((error, _)) => from_mirror = Some(error),
        }
    }
    // After the mirror failed, the registry is a second chance, which is not worth waiting for again and again.
    let retries = if from_mirror.is_some() {
        Retries {
            attempts: 1,
            ..retries
        }
    } else {
        retries
    };
    pull_retrying(engine, pull.image, pull.platform, retries, sink)
        .await
        .map_err(|(from_registry, attempts)| StepError::Pull {
            from_mirror,
            from_registry,
            attempts,
        })
}

async fn pull_retrying(
    engine: &EngineHandle,
    reference: &str,
    platform: Option<&str>,
    retries: Retries,
    sink: &EventSink,
) -> Result<(), (EngineError, u32)> {
    let mut attempt = 1;
    loop {
        let Err(error) = pull_once(engine, reference, platform, sink).await else {
            return Ok(());
        };
        let wait = retries.wait_after(attempt).filter(|_| error.is_transient());
        let Some(wait) = wait else {
            return Err((error, attempt));
        };
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        sink.send(EventKind::StepRetrying {
            attempt,
            error: error.to_string(),
            wait_ms,
        });
        tokio::time::sleep(wait).await;
        attempt += 1;
    }
}

async fn pull_once(
    engine: &EngineHandle,
    reference: &str,
    platform: Option<&str>,
    sink: &EventSink,
) -> Result<(), EngineError> {
    let request = PullRequest {
        reference: reference.to_owned(),
        platform: platform.map(str::to_owned),
    };
    let mut stream = engine.pull(request);
    let mut progress = ProgressSink::new(sink);
    while let Some(item) = stream.next().await {
        progress.send(pulled(item?));
    }
    Ok(())
}

fn pulled(progress: PullProgress) -> Progress {
    let what = if progress.extracting {
        "unpacking".to_owned()
    } else {
        format!("{}/{} layers", progress.layers_done, progress.layers)
    };
    Progress::Bytes {
        done: progress.downloaded,
        total: progress.total,
        what,
    }
}

/// Builds, telling the steps of the Dockerfile as progress and its output as events; gives the image's id.
pub(super) async fn build(
    engine: &EngineHandle,
    request: BuildRequest,
    sink: &EventSink,
) -> Result<(), StepError> {
    let tags = request.build.tags.clone();
    let tag = request.tag.clone();
    let mut stream = engine.build(request);
    let mut progress = ProgressSink::new(sink);
    let mut output: VecDeque<String> = VecDeque::new();
    while let Some(item) = stream.next().await {
        let item = item.map_err(|source| StepError::Build {
            source,
            output: output.drain(..).collect(),
        })?;
        match item {
            BuildProgress::Context { sent, total } => {
                progress.send(Progress::Bytes {
                    done: sent,
                    total,
                    what: "context".to_owned(),
                });
            }
            BuildProgress::Step { number, of, text } => {
                output.clear();
                output.push_back(text.clone());
                sink.send(EventKind::StepProgress {
                    progress: Progress::Part {
                        number,
                        of,
                        what: text,
                    },
                });
            }
            BuildProgress::Line(line) => {
                if output.len() == BUILD_LINES {
                    output.pop_front();
                }
                output.push_back(line.clone());
                sink.send(EventKind::Output { line });
            }
            BuildProgress::Pull(pull) => progress.send(pulled(pull)),
            BuildProgress::Done(_) => {}
        }
    }
    for further in tags {
        engine.tag_image(&tag, &further).await?;
    }
    Ok(())
}
