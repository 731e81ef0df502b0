//! Commands in containers, and containers' own input and output.
//!
//! bollard's reader takes what a terminal prints for frames if it happens to begin with a control character; the
//! connection is read here instead.

use std::collections::VecDeque;
use std::io;

use bollard::models::ExecConfig;
use bollard::query_parameters::ResizeExecOptions;
use bytes::Bytes;
use futures_util::stream::{BoxStream, try_unfold};
use futures_util::{Stream, StreamExt, TryStreamExt};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, UPGRADE};
use hyper::http::request::Builder;
use hyper::{Method, Response, upgrade};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::AsyncWrite;
use tokio_util::io::ReaderStream;

use super::client::DockerEngine;
use super::errors::{from_hyper, optional};
use super::frames::{Frames, Piece};
use super::request::{Query, path_part};
use super::values::list;
use crate::engine::{Attached, EngineError, ExecSpec, Output, OutputStream, Result};

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

impl DockerEngine {
    pub(super) async fn run_in(&self, container: &str, spec: &ExecSpec) -> Result<Attached> {
        let container = self.container_id(container).await?;
        let config = ExecConfig {
            attach_stdin: spec.stdin.then_some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: spec.tty.then_some(true),
            env: list(&spec.environment),
            cmd: Some(spec.command.clone()),
            privileged: spec.privileged.then_some(true),
            user: spec.user.clone(),
            working_dir: spec.working_dir.clone(),
            ..Default::default()
        };
        let created = self
            .ask(self.inner.docker.create_exec(&container, config))
            .await?;
        let path = format!("/exec/{}/start", created.id);
        let response = self
            .begin(self.inner.transport.post(
                upgrading(),
                &path,
                &Query::new(),
                &json!({ "Detach": false, "Tty": spec.tty }),
            ))
            .await?;
        attached(created.id, response, spec.tty, spec.stdin).await
    }

    pub(super) async fn attach_to(&self, container: &str) -> Result<Attached> {
        let found = self.look_at(container).await?;
        let config = found.config.unwrap_or_default();
        let id = found.id.unwrap_or_default();
        let (tty, stdin) = (
            config.tty.unwrap_or_default(),
            config.open_stdin.unwrap_or_default(),
        );
        let query = Query::new()
            .with("stream", "1")
            .with("stdout", "1")
            .with("stderr", "1")
            .with("stdin", if stdin { "1" } else { "0" });
        let path = format!("/containers/{id}/attach");
        let response = self
            .begin(self.inner.transport.call(
                upgrading().method(Method::POST),
                &path,
                &query,
                bollard::body_full(Bytes::new()),
            ))
            .await?;
        attached(id, response, tty, stdin).await
    }

    pub(super) async fn exit_code_of(&self, exec: &str) -> Result<Option<i64>> {
        let exec = path_part("command", exec)?;
        let found = self.ask(self.inner.docker.inspect_exec(exec)).await?;
        let running = found.running.unwrap_or_default();
        Ok(found.exit_code.filter(|_| !running))
    }

    pub(super) async fn resize_command(&self, exec: &str, columns: u16, rows: u16) -> Result<()> {
        let exec = path_part("command", exec)?;
        let options = ResizeExecOptions {
            h: rows.into(),
            w: columns.into(),
        };
        self.ask(self.inner.docker.resize_exec(exec, options)).await
    }

    /// Whether a container has a terminal; `None` if there is no such container.
    pub(super) async fn has_terminal(&self, container: &str) -> Result<Option<(String, bool)>> {
        let found = optional(self.look_at(container).await)?;
        Ok(found.map(|found| {
            let tty = found.config.and_then(|config| config.tty);
            (found.id.unwrap_or_default(), tty.unwrap_or_default())
        }))
    }
}

fn upgrading() -> Builder {
    Builder::new()
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "tcp")
}

async fn attached(
    id: String,
    response: Response<Incoming>,
    tty: bool,
    stdin: bool,
) -> Result<Attached> {
    let upgraded = upgrade::on(response)
        .await
        .map_err(|error| from_hyper(&error))?;
    let (reader, writer) = tokio::io::split(TokioIo::new(upgraded));
    let bytes = ReaderStream::with_capacity(reader, CHUNK).map_err(|error| broken(&error));
    let input: Box<dyn AsyncWrite + Send + Unpin> = if stdin {
        Box::new(writer)
    } else {
        Box::new(tokio::io::sink())
    };
    Ok(Attached {
        id,
        input,
        output: output(bytes, tty),
    })
}

fn broken(error: &io::Error) -> EngineError {
    EngineError::Connection(format!(
        "the connection to the container engine broke: {error}"
    ))
}

fn output(
    bytes: impl Stream<Item = Result<Bytes>> + Send + Unpin + 'static,
    tty: bool,
) -> BoxStream<'static, Result<Output>> {
    if tty {
        return bytes
            .map_ok(|bytes| Output {
                stream: OutputStream::Stdout,
                bytes,
            })
            .boxed();
    }
    pieces(bytes)
        .map_ok(|piece| Output {
            stream: piece.stream,
            bytes: piece.bytes,
        })
        .boxed()
}

/// The pieces of the frames in a stream of bytes.
pub(super) fn pieces(
    bytes: impl Stream<Item = Result<Bytes>> + Send + Unpin,
) -> impl Stream<Item = Result<Piece>> + Send {
    let start = (bytes, Frames::default(), VecDeque::new());
    try_unfold(start, |(mut bytes, mut frames, mut waiting)| async move {
        loop {
            if let Some(piece) = waiting.pop_front() {
                return Ok(Some((piece, (bytes, frames, waiting))));
            }
            match bytes.next().await {
                None => return Ok(None),
                Some(part) => frames.take(part?, &mut waiting)?,
            }
        }
    })
}
