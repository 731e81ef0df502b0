//! Bytes to and from the engine: one connection a request, as an HTTP client.
//!
//! bollard sends its requests through [`Transport`]; streams that bollard would buffer without bound (logs, builds,
//! terminals) are asked for here directly. No limit of time applies here, but to reaching the engine.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bollard::BollardRequest;
use bollard::errors::Error;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::http::request::Builder;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::errors::{from_bollard, from_status};
use super::request::{ApiVersion, Query, prepare};
use super::tls::Tls;
use crate::engine::{Endpoint, EngineError, Result, Unreachable};

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The pause before another try when the engine's queue of connections is full.
const QUEUE_PAUSE: Duration = Duration::from_millis(10);

/// The longest message of an error that is read.
const LONGEST_MESSAGE: usize = 64 * 1024;

/// The engine could not even be reached. Travels inside an [`io::Error`] through bollard.
#[derive(Debug, Clone)]
pub(super) struct ConnectFailure(pub(super) Unreachable);

impl fmt::Display for ConnectFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ConnectFailure {}

trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Sends requests to one engine.
#[derive(Clone)]
pub(super) struct Transport(Arc<Inner>);

struct Inner {
    endpoint: Endpoint,
    tls: Option<Tls>,
    version: OnceLock<ApiVersion>,
}

impl Transport {
    pub(super) fn new(endpoint: &Endpoint) -> Result<Self, Unreachable> {
        let tls = match endpoint {
            Endpoint::Unix(_) | Endpoint::Tcp(_) => None,
            Endpoint::Tls {
                host,
                ca,
                cert,
                key,
                verify,
            } => Some(Tls::new(
                host,
                ca.as_deref(),
                cert.as_deref(),
                key.as_deref(),
                *verify,
            )?),
        };
        Ok(Self(Arc::new(Inner {
            endpoint: endpoint.clone(),
            tls,
            version: OnceLock::new(),
        })))
    }

    /// The address, for messages.
    pub(super) fn address(&self) -> String {
        self.0.endpoint.to_string()
    }

    /// Speaks this version from now on.
    pub(super) fn speak(&self, version: ApiVersion) {
        // Agreed upon once, when the engine is connected.
        let _ = self.0.version.set(version);
    }

    /// Sends a request and gives the answer, whatever its status.
    pub(super) async fn send(&self, request: BollardRequest) -> Result<Response<Incoming>, Error> {
        let host = match &self.0.endpoint {
            Endpoint::Unix(_) => "localhost",
            Endpoint::Tcp(host) | Endpoint::Tls { host, .. } => host,
        };
        let request = prepare(request, self.0.version.get().copied(), host);
        let connection = self.open().await.map_err(|error| Error::IOError {
            err: io::Error::other(ConnectFailure(unreachable(&error))),
        })?;
        let (mut sender, driver) = http1::handshake(TokioIo::new(connection)).await?;
        tokio::spawn(async move {
            if let Err(error) = driver.with_upgrades().await {
                // Whoever waits for the answer is told by its body; nobody may be waiting any more.
                tracing::debug!(%error, "a connection to the engine broke");
            }
        });
        Ok(sender.send_request(request).await?)
    }

    /// Sends a request of our own and gives the answer if it is a success, or a change of protocols.
    pub(super) async fn call(
        &self,
        builder: Builder,
        path: &str,
        query: &Query,
        body: BodyOf<BollardRequest>,
    ) -> Result<Response<Incoming>> {
        let request = builder
            .uri(format!("http://localhost{path}{}", query.as_str()))
            .body(body)
            .map_err(|error| EngineError::Connection(error.to_string()))?;
        let response = self
            .send(request)
            .await
            .map_err(|error| from_bollard(error, &self.address()))?;
        let status = response.status();
        if status.is_success()
            || status == StatusCode::SWITCHING_PROTOCOLS
            || status == StatusCode::NOT_MODIFIED
        {
            return Ok(response);
        }
        let message = message(response.into_body()).await;
        Err(from_status(status.as_u16(), message))
    }

    /// A `GET` of our own.
    pub(super) async fn get(&self, path: &str, query: &Query) -> Result<Response<Incoming>> {
        let builder = Builder::new().method(Method::GET);
        self.call(builder, path, query, bollard::body_full(Bytes::new()))
            .await
    }

    /// A `POST` of our own with a JSON body.
    pub(super) async fn post(
        &self,
        builder: Builder,
        path: &str,
        query: &Query,
        body: &serde_json::Value,
    ) -> Result<Response<Incoming>> {
        let builder = builder
            .method(Method::POST)
            .header("content-type", "application/json");
        let body = bollard::body_full(Bytes::from(body.to_string()));
        self.call(builder, path, query, body).await
    }

    async fn open(&self) -> io::Result<Box<dyn Connection>> {
        let connect = async {
            match &self.0.endpoint {
                Endpoint::Unix(path) => loop {
                    match UnixStream::connect(path).await {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                            tokio::time::sleep(QUEUE_PAUSE).await;
                        }
                        other => break Ok(Box::new(other?) as Box<dyn Connection>),
                    }
                },
                Endpoint::Tcp(host) | Endpoint::Tls { host, .. } => {
                    let stream = TcpStream::connect(host).await?;
                    stream.set_nodelay(true)?;
                    Ok(match &self.0.tls {
                        None => Box::new(stream) as Box<dyn Connection>,
                        Some(tls) => Box::new(tls.connect(stream).await?),
                    })
                }
            }
        };
        match tokio::time::timeout(CONNECT_LIMIT, connect).await {
            Ok(result) => result,
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no connection within {} s", CONNECT_LIMIT.as_secs()),
            )),
        }
    }
}

/// The body type of a request, which bollard does not name in public.
pub(super) type BodyOf<R> = <R as HasBody>::Body;

/// Gives a request's body type a name.
pub(super) trait HasBody {
    /// The body.
    type Body;
}

impl<B> HasBody for hyper::Request<B> {
    type Body = B;
}

fn unreachable(error: &io::Error) -> Unreachable {
    match error.kind() {
        io::ErrorKind::NotFound => Unreachable::NoSocket,
        io::ErrorKind::PermissionDenied => Unreachable::Permission,
        io::ErrorKind::ConnectionRefused => Unreachable::Refused,
        _ => Unreachable::Other(error.to_string()),
    }
}

/// The engine's words in the body of an error: JSON with a `message`, or plain text.
async fn message(mut body: Incoming) -> String {
    let mut text = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        if let Some(data) = frame.data_ref() {
            let room = LONGEST_MESSAGE.saturating_sub(text.len());
            text.extend_from_slice(&data[..data.len().min(room)]);
        }
        if text.len() >= LONGEST_MESSAGE {
            break;
        }
    }
    let text = String::from_utf8_lossy(&text);
    serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|value| Some(value.get("message")?.as_str()?.to_owned()))
        .unwrap_or_else(|| text.trim().to_owned())
}
