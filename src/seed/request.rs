//! Seeds that are HTTP requests to the service.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Empty, Full, Limited, StreamBody};
use hyper::body::Frame;
use hyper::header::{
    CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::apply::Destination;
use super::failure::SeedProblem;
use super::progress::FileProgress;
use super::reader::SeedReader;
use super::script::last_lines;
use crate::engine::EngineHandle;
use crate::event::EventSink;
use crate::ready::{Connection, Reach};
use crate::stack::{Compression, RequestBody, SeedRequest};

/// So much of an answer is shown.
const ANSWER: usize = 1 << 16;

/// Sends the request and judges the answer.
pub(super) async fn send(
    engine: &EngineHandle,
    to: &Destination<'_>,
    request: &SeedRequest,
    label: &str,
    sink: &EventSink,
) -> Result<(), SeedProblem> {
    let stream = connect(engine, to, request).await?;
    let mut progress = FileProgress::new(sink, label);
    let mut headers = headers(to, request)?;
    let body = match &request.body {
        RequestBody::None => Empty::new().map_err(never).boxed(),
        RequestBody::Text(text) => Full::from(text.clone()).map_err(never).boxed(),
        RequestBody::File { path, compression } => {
            let reader = SeedReader::open(path, *compression)
                .await
                .map_err(|error| SeedProblem::File(error.to_string()))?;
            progress.now(reader.position());
            let (_, size) = reader.position();
            // Some servers take only bodies whose length they know.
            if *compression == Compression::None && path.is_file() {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
            }
            pieces(reader)
        }
    };
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| wrong("an HTTP method", &request.method))?;
    let mut message = Request::builder()
        .method(method)
        .uri(&request.path)
        .body(body)
        .map_err(|_| wrong("a path", &request.path))?;
    *message.headers_mut() = headers;
    let (status, answer) = exchange(stream, message).await?;
    if request
        .expect
        .iter()
        .any(|&(first, last)| (first..=last).contains(&status))
    {
        return Ok(());
    }
    Err(SeedProblem::Answer {
        status,
        body: last_lines(&answer),
    })
}

async fn connect(
    engine: &EngineHandle,
    to: &Destination<'_>,
    request: &SeedRequest,
) -> Result<TcpStream, SeedProblem> {
    let mut reach = Reach::new(engine, to.container, request.port);
    let no_way = |why: String| SeedProblem::Connection(why);
    match reach.connect().await.map_err(SeedProblem::Engine)? {
        Connection::Direct(stream) | Connection::Published(stream) => Ok(stream),
        Connection::Refused(why) => Err(no_way(why)),
        Connection::NoWay => Err(no_way(format!(
            "port {} cannot be reached from here: it is not published, and the container's address leads nowhere",
            request.port
        ))),
    }
}

fn headers(to: &Destination<'_>, request: &SeedRequest) -> Result<HeaderMap, SeedProblem> {
    let mut headers = HeaderMap::new();
    let host = format!("{}:{}", to.service, request.port);
    headers.insert(
        HOST,
        HeaderValue::from_str(&host).map_err(|_| wrong("a host", &host))?,
    );
    headers.insert(USER_AGENT, HeaderValue::from_static("devstack"));
    if let Some(kind) = content_type(&request.body) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in &request.headers {
        headers.insert(
            HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| wrong("the name of a header", name))?,
            // A value may be a secret, and is not repeated.
            HeaderValue::from_str(value).map_err(|_| wrong("the value of a header", name))?,
        );
    }
    Ok(headers)
}

fn wrong(what: &str, text: &str) -> SeedProblem {
    SeedProblem::Connection(format!("`{}` is not {what}", text.escape_debug()))
}

/// What a body is, where nothing else is said.
fn content_type(body: &RequestBody) -> Option<&'static str> {
    match body {
        RequestBody::None => None,
        RequestBody::Text(text) if text.trim_start().starts_with(['{', '[']) => {
            Some("application/json")
        }
        RequestBody::Text(_) => Some("text/plain; charset=utf-8"),
        RequestBody::File { path, .. } => Some(match Compression::of_name(path).1.as_str() {
            "json" => "application/json",
            "ndjson" | "jsonl" => "application/x-ndjson",
            "csv" => "text/csv; charset=utf-8",
            "xml" => "application/xml",
            "txt" | "sql" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }),
    }
}

type Body = BoxBody<Bytes, io::Error>;

fn never(never: Infallible) -> io::Error {
    match never {}
}

/// A file's bytes as they are read.
fn pieces(reader: SeedReader) -> Body {
    let pieces = stream::try_unfold(reader, |mut reader| async move {
        let piece = Bytes::copy_from_slice(reader.piece().await?);
        reader.used(piece.len());
        Ok((!piece.is_empty()).then_some((piece, reader)))
    });
    http_body_util::BodyExt::boxed(StreamBody::new(pieces.map_ok(Frame::data)))
}

/// The status of the answer, and how it begins.
async fn exchange(stream: TcpStream, request: Request<Body>) -> Result<(u16, String), SeedProblem> {
    let broken = |error: hyper::Error| {
        // What went wrong with the file is inside of what went wrong with the request.
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        SeedProblem::Connection(match cause {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        })
    };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let request = async {
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status().as_u16();
        let body = match Limited::new(response.into_body(), ANSWER).collect().await {
            Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
            Err(_) => String::new(),
        };
        Ok((status, body))
    };
    tokio::pin!(request);
    tokio::select! {
        answer = &mut request => answer,
        // The connection may end with the answer already read.
        _ = connection => request.await,
    }
}
