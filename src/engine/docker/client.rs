//! The connection to an engine: who answers, which API version is spoken, how long a call may take.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bollard::{ClientVersion, Docker};
use hyper::header::DATE;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::OnceCell;

use super::errors::from_bollard;
use super::info::lead;
use super::limits::{Limits, limited};
use super::request::{ApiVersion, Query};
use super::transport::Transport;
use crate::engine::{Credentials, Endpoint, EngineError, EngineInfo, Result, Unreachable};

/// The newest API version that we know.
const OURS: ApiVersion = (1, 53);

/// The oldest API version that we can work with: Docker Engine 20.10.
const OLDEST: ApiVersion = (1, 41);

/// bollard's own limit, which would end every call alike, is put out of the way.
const NEVER_SECONDS: u64 = 10 * 365 * 24 * 3600;

/// Clocks that differ by less are taken for one: the engine's date header counts whole seconds.
const SAME_CLOCK: SignedDuration = SignedDuration::from_millis(2500);

/// Docker Engine, or anything that speaks its API.
#[derive(Clone)]
pub struct DockerEngine {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) docker: Docker,
    pub(super) transport: Transport,
    pub(super) credentials: Arc<dyn Credentials>,
    pub(super) api: ApiVersion,
    pub(super) address: String,
    pub(super) local: bool,
    /// What the engine's clock shows more than ours.
    pub(super) clock_lead: SignedDuration,
    pub(super) limits: Limits,
    /// What it says of itself, once it was asked.
    pub(super) info: OnceCell<EngineInfo>,
}

impl DockerEngine {
    /// Connects, agrees on an API version, and makes sure that a container engine answers.
    ///
    /// Every failure to come that far is [`EngineError::Unreachable`].
    pub async fn connect(endpoint: &Endpoint, credentials: Arc<dyn Credentials>) -> Result<Self> {
        Self::connect_within(endpoint, credentials, Limits::default()).await
    }

    /// Connects through a tunnel: `address` is what the reader knows the engine by, and its machine is not this one.
    pub async fn connect_tunnel(
        endpoint: &Endpoint,
        address: String,
        credentials: Arc<dyn Credentials>,
    ) -> Result<Self> {
        let mut engine =
            Self::connect(endpoint, credentials)
                .await
                .map_err(|error| match error {
                    EngineError::Unreachable { reason, .. } => EngineError::Unreachable {
                        address: address.clone(),
                        reason,
                    },
                    other => other,
                })?;
        if let Some(inner) = Arc::get_mut(&mut engine.inner) {
            inner.address = address;
            inner.local = false;
        }
        Ok(engine)
    }

    pub(super) async fn connect_within(
        endpoint: &Endpoint,
        credentials: Arc<dyn Credentials>,
        limits: Limits,
    ) -> Result<Self> {
        let address = endpoint.to_string();
        let unreachable = |reason| EngineError::Unreachable {
            address: address.clone(),
            reason,
        };
        let transport = Transport::new(endpoint).map_err(unreachable)?;
        let ping = tokio::time::timeout(limits.answer, ping(&transport))
            .await
            .map_err(|_| {
                unreachable(Unreachable::Other(format!(
                    "it accepts connections but does not answer within {} s",
                    limits.answer.as_secs()
                )))
            })?
            .map_err(|error| match error {
                EngineError::Unreachable { .. } => error,
                other => unreachable(Unreachable::Other(other.to_string())),
            })?;
        let api = agree(ping.api).map_err(unreachable)?;
        transport.speak(api);
        let docker = bollard(&transport, api)
            .map_err(|error| unreachable(Unreachable::Other(error.to_string())))?;
        let mut inner = Inner {
            docker,
            transport,
            credentials,
            api,
            address: address.clone(),
            local: endpoint.is_local(),
            clock_lead: SignedDuration::ZERO,
            limits,
            info: OnceCell::new(),
        };
        if ping.clock_differs {
            inner.clock_lead = clock_lead(&inner).await?;
        }
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Whether the engine speaks this version or a later one.
    pub(super) fn speaks(&self, version: ApiVersion) -> bool {
        self.inner.api >= version
    }

    /// A call that is answered at once.
    pub(super) async fn ask<T>(
        &self,
        call: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T> {
        self.inner.within(self.inner.limits.answer, call).await
    }

    /// A call that changes something and may take a while.
    pub(super) async fn work<T>(
        &self,
        call: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T> {
        self.inner.within(self.inner.limits.work, call).await
    }

    /// The first answer of a stream, or of a request of our own.
    pub(super) async fn begin<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        limited(self.inner.limits.answer, call).await
    }

    /// An error of bollard's as ours.
    pub(super) fn error(&self, error: bollard::errors::Error) -> EngineError {
        from_bollard(error, &self.inner.address)
    }
}

impl Inner {
    async fn within<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T> {
        limited(limit, async {
            call.await
                .map_err(|error| from_bollard(error, &self.address))
        })
        .await
    }
}

struct Ping {
    api: Option<ApiVersion>,
    clock_differs: bool,
}

/// Asks who is there, in no version at all.
async fn ping(transport: &Transport) -> Result<Ping> {
    let response = transport.get("/_ping", &Query::new()).await?;
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    let api = header("api-version").and_then(parse_version);
    let clock_differs = header(DATE.as_str())
        .and_then(|date| rfc2822::parse(date).ok())
        .is_some_and(|date| date.timestamp().duration_since(Timestamp::now()).abs() > SAME_CLOCK);
    Ok(Ping { api, clock_differs })
}

fn parse_version(text: &str) -> Option<ApiVersion> {
    let (major, minor) = text.trim().split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The newest version that both sides speak.
fn agree(theirs: Option<ApiVersion>) -> Result<ApiVersion, Unreachable> {
    let stranger = "what answers there is not a container engine";
    let theirs = theirs.ok_or_else(|| Unreachable::Other(stranger.to_owned()))?;
    if theirs < OLDEST {
        return Err(Unreachable::TooOld {
            theirs,
            needed: OLDEST,
        });
    }
    Ok(theirs.min(OURS))
}

fn bollard(transport: &Transport, api: ApiVersion) -> Result<Docker, bollard::errors::Error> {
    let transport = transport.clone();
    let version = ClientVersion {
        major_version: api.0.into(),
        minor_version: api.1.into(),
    };
    Docker::connect_with_custom_transport(
        move |request| {
            let transport = transport.clone();
            async move { transport.send(request).await }
        },
        Some("http://localhost"),
        NEVER_SECONDS,
        &version,
    )
}

/// What the engine's clock shows more than ours, to the precision of half the way there and back.
async fn clock_lead(inner: &Inner) -> Result<SignedDuration> {
    let before = Timestamp::now();
    let info = inner
        .within(inner.limits.answer, inner.docker.info())
        .await?;
    let after = Timestamp::now();
    Ok(lead(info.system_time.as_deref(), before, after))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use futures_util::StreamExt;
    use tokio::net::{TcpListener, UnixListener};

    use super::super::testing::{pong, server};
    use super::*;
    use crate::engine::{Anonymous, Engine, ExecSpec};

    async fn reason(endpoint: &Endpoint) -> Unreachable {
        match DockerEngine::connect(endpoint, Arc::new(Anonymous)).await {
            Err(EngineError::Unreachable { address, reason }) => {
                assert_eq!(address, endpoint.to_string());
                reason
            }
            Err(other) => panic!("expected an unreachable engine, got {other:?}"),
            Ok(_) => panic!("expected an unreachable engine, got one"),
        }
    }

    #[tokio::test]
    async fn tells_a_missing_socket() {
        let endpoint = Endpoint::Unix(PathBuf::from("/nonexistent/engine.sock"));
        assert_eq!(reason(&endpoint).await, Unreachable::NoSocket);
    }

    #[tokio::test]
    async fn tells_a_socket_that_nobody_listens_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("engine.sock");
        drop(UnixListener::bind(&path).expect("a socket"));
        assert_eq!(reason(&Endpoint::Unix(path)).await, Unreachable::Refused);

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        drop(listener);
        assert_eq!(reason(&Endpoint::Tcp(address)).await, Unreachable::Refused);
    }

    #[tokio::test]
    async fn tells_what_is_no_engine() {
        let (endpoint, _requests) = server(vec![pong("")]).await;
        let Unreachable::Other(reason) = reason(&endpoint).await else {
            panic!("expected a reason in words");
        };
        assert!(reason.contains("not a container engine"), "{reason}");
    }

    #[tokio::test]
    async fn refuses_an_engine_that_is_too_old() {
        let (endpoint, _requests) = server(vec![pong("1.40")]).await;
        let reason = reason(&endpoint).await.to_string();
        assert!(
            reason.contains("1.40") && reason.contains("needs 1.41"),
            "{reason}"
        );
    }

    #[tokio::test]
    async fn speaks_the_older_of_both_versions() {
        for (theirs, path) in [
            ("1.41", "/v1.41/"),
            ("1.44", "/v1.44/"),
            ("1.99", "/v1.53/"),
        ] {
            let empty = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]".to_owned();
            let (endpoint, mut requests) = server(vec![pong(theirs), empty]).await;
            let engine = DockerEngine::connect(&endpoint, Arc::new(Anonymous))
                .await
                .expect("an engine");
            assert!(engine.containers(&[]).await.expect("a list").is_empty());
            let ping = requests.recv().await.expect("a ping");
            assert!(ping.starts_with("GET /_ping HTTP/1.1"), "{ping}");
            let listing = requests.recv().await.expect("a listing");
            assert!(
                listing.starts_with(&format!("GET {path}containers/json?")),
                "{listing}"
            );
        }
    }

    #[tokio::test]
    async fn a_hung_engine_is_an_error() {
        let (endpoint, _requests) = server(vec![pong("1.41")]).await;
        let limits = Limits {
            answer: Duration::from_millis(200),
            work: Duration::from_millis(200),
        };
        let engine = DockerEngine::connect_within(&endpoint, Arc::new(Anonymous), limits)
            .await
            .expect("an engine");
        let words = "did not answer within 0.2 s";
        let errors = [
            engine.containers(&[]).await.expect_err("no answer"),
            engine.start_container("web").await.expect_err("no answer"),
            engine.remove_volume("data").await.expect_err("no answer"),
            engine
                .exec("web", &ExecSpec::default())
                .await
                .err()
                .expect("no answer"),
            engine
                .events(&[])
                .next()
                .await
                .expect("an item")
                .expect_err("no answer"),
        ];
        for error in errors {
            assert!(
                matches!(&error, EngineError::Connection(said) if said.contains(words)),
                "{error:?}"
            );
            assert!(error.is_transient());
        }
    }

    #[tokio::test]
    async fn an_engine_that_hangs_from_the_start_is_unreachable() {
        let (endpoint, _requests) = server(Vec::new()).await;
        let limits = Limits {
            answer: Duration::from_millis(200),
            work: Duration::from_millis(200),
        };
        let connected = DockerEngine::connect_within(&endpoint, Arc::new(Anonymous), limits).await;
        let error = connected.err().expect("no answer");
        assert!(
            matches!(&error, EngineError::Unreachable { reason: Unreachable::Other(words), .. }
                if words.contains("does not answer")),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_a_broken_connection() {
        let half = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n[{".to_owned();
        let (endpoint, _requests) = server(vec![pong("1.41"), half]).await;
        let engine = DockerEngine::connect(&endpoint, Arc::new(Anonymous))
            .await
            .expect("an engine");
        let error = engine.networks(&[]).await.expect_err("half an answer");
        assert!(matches!(error, EngineError::Connection(_)), "{error:?}");
    }
}
