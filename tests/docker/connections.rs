//! Engines that are reached over TLS, and engines that go away.

use std::sync::Arc;

use devstack::engine::{
    Anonymous, DockerEngine, Endpoint, Engine, EngineError, LogOptions, Unreachable,
};
use futures_util::StreamExt;

use crate::proxy::{Proxy, certificate, tls};
use crate::sandbox::{Sandbox, endpoint};

async fn connect(endpoint: &Endpoint) -> Result<DockerEngine, EngineError> {
    DockerEngine::connect(endpoint, Arc::new(Anonymous)).await
}

#[tokio::test]
async fn knows_whom_it_talks_to() {
    let sandbox = Sandbox::new().await;
    let info = sandbox.engine.info().await.expect("an answer");
    assert_eq!(sandbox.engine.address(), endpoint().to_string());
    assert!(info.api >= (1, 41), "{info:?}");
    assert!(info.cpus > 0 && info.memory > 0, "{info:?}");
    assert!(info.local, "the tests' engine runs here: {info:?}");
    assert!(
        !info.version.is_empty() && !info.storage_driver.is_empty(),
        "{info:?}"
    );
}

#[tokio::test]
async fn an_engine_at_the_end_of_a_tunnel_is_not_local() {
    let engine = DockerEngine::connect_tunnel(
        &endpoint(),
        "ssh://far.example.com".to_owned(),
        Arc::new(Anonymous),
    )
    .await
    .expect("an engine");
    let info = engine.info().await.expect("an answer");
    assert_eq!(engine.address(), "ssh://far.example.com");
    assert!(!info.local);
}

#[tokio::test]
async fn calls_that_wait_end_when_the_engine_goes() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let mut proxy = Proxy::start();
    let engine = connect(&proxy.endpoint()).await.expect("an engine");
    let mut events = engine.events(&[sandbox.filter()]);
    let mut logs = engine.logs(
        &id,
        LogOptions {
            follow: true,
            ..LogOptions::default()
        },
    );
    // The event shows that its connection stands; the others are begun by then.
    let (first, ()) = tokio::join!(events.next(), async {
        sandbox
            .engine
            .rename_container(&id, &sandbox.name("c"))
            .await
            .expect("renamed");
    });
    first.expect("an event").expect("events");
    let waited = tokio::join!(
        engine.wait_container(&id),
        events.next(),
        logs.next(),
        async {
            // Three requests are under way when the container has been looked at through the same way.
            engine.container(&id).await.expect("an answer");
            proxy.cut().await;
        }
    );
    let errors = [
        waited.0.expect_err("no exit code"),
        waited.1.expect("an item").expect_err("no event"),
        waited.2.expect("an item").expect_err("no line"),
    ];
    for error in errors {
        assert!(
            matches!(
                error,
                EngineError::Connection(_) | EngineError::Unreachable { .. }
            ),
            "{error:?}"
        );
    }
    let error = engine.containers(&[]).await.expect_err("gone");
    assert!(
        matches!(
            &error,
            EngineError::Unreachable {
                reason: Unreachable::Refused,
                ..
            }
        ),
        "{error:?}"
    );
}

fn over_tls(host: String, ca: Option<&str>, client: bool, verify: bool) -> Endpoint {
    Endpoint::Tls {
        host,
        ca: ca.map(certificate),
        cert: client.then(|| certificate("client.pem")),
        key: client.then(|| certificate("client-key.pem")),
        verify,
    }
}

#[tokio::test]
async fn shows_its_certificate_and_checks_the_engines() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let host = tls().await;
    for endpoint in [
        over_tls(host.clone(), Some("ca.pem"), true, true),
        over_tls(host.clone(), None, true, false),
    ] {
        let engine = connect(&endpoint).await.expect("let in");
        let found = engine.container(&id).await.expect("an answer");
        assert!(found.is_some());
        let attached = engine
            .exec(
                &id,
                &devstack::engine::ExecSpec {
                    command: vec!["echo".into(), "over TLS".into()],
                    ..Default::default()
                },
            )
            .await
            .expect("a command");
        assert_eq!(sandbox.finish(attached).await.0, "over TLS\n");
    }
}

#[tokio::test]
async fn says_why_tls_does_not_work() {
    let host = tls().await;
    let missing = Endpoint::Tls {
        host: host.clone(),
        ca: Some("/nonexistent/ca.pem".into()),
        cert: None,
        key: None,
        verify: true,
    };
    for (endpoint, words) in [
        (over_tls(host.clone(), None, true, true), "UnknownIssuer"),
        (
            over_tls(host.clone(), Some("ca.pem"), false, true),
            "certificate",
        ),
        (
            over_tls(host.clone(), Some("server-key.pem"), true, true),
            "server-key.pem",
        ),
        (missing, "/nonexistent/ca.pem"),
        (Endpoint::Tcp(host), ""),
    ] {
        let error = connect(&endpoint).await.err().expect("not let in");
        let EngineError::Unreachable {
            reason: Unreachable::Other(said),
            ..
        } = &error
        else {
            panic!("expected words, got {error:?}");
        };
        assert!(
            said.to_lowercase().contains(&words.to_lowercase()),
            "{said}"
        );
    }
}
