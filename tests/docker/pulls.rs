//! Pulls: progress, logins, and what registries say when they refuse.

use std::sync::Arc;

use async_trait::async_trait;
use devstack::engine::{
    Credentials, Engine, EngineError, PullProgress, PullRequest, RegistryAuth, Result,
};
use futures_util::{StreamExt, TryStreamExt};

use crate::registry::{PASSWORD, Registry, SlowRegistry, USER, free_address};
use crate::sandbox::{Sandbox, mirror};

fn request(reference: &str) -> PullRequest {
    PullRequest {
        reference: reference.to_owned(),
        platform: None,
    }
}

async fn pull(sandbox: &Sandbox, reference: &str) -> Result<Vec<PullProgress>> {
    sandbox.engine.pull(request(reference)).try_collect().await
}

/// One login, for any registry.
struct Login(&'static str);

#[async_trait]
impl Credentials for Login {
    async fn for_registry(&self, _registry: &str) -> Option<RegistryAuth> {
        Some(RegistryAuth {
            username: USER.to_owned(),
            password: self.0.to_owned(),
            identity_token: None,
        })
    }
}

#[tokio::test]
async fn a_login_that_needs_both_special_letters_of_base64_is_taken() {
    let sandbox = Sandbox::with(Arc::new(Login(PASSWORD))).await;
    sandbox.busybox().await;
    let registry = Registry::start().await;
    let reference = format!("{}/library/busybox:1", registry.address);
    pull(&sandbox, &reference).await.expect("let in");
    let image = sandbox.engine.image(&reference).await.expect("an answer");
    assert!(image.is_some());
    sandbox
        .engine
        .remove_image(&reference)
        .await
        .expect("removed");
}

#[tokio::test]
async fn a_wrong_login_and_none_at_all_are_denied_without_the_password_being_told() {
    let registry = Registry::start().await;
    let reference = format!("{}/library/busybox:1", registry.address);
    let wrong = Sandbox::with(Arc::new(Login("wrong-secret"))).await;
    let nobody = Sandbox::new().await;
    for sandbox in [wrong, nobody] {
        let error = pull(&sandbox, &reference).await.expect_err("not let in");
        assert!(matches!(error, EngineError::Denied(_)), "{error:?}");
        assert!(!format!("{error:?}").contains("wrong-secret"), "{error:?}");
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn an_image_or_tag_that_does_not_exist_is_not_found() {
    let sandbox = Sandbox::new().await;
    for missing in ["library/busybox:no-such-tag", "devstack/no-such-image:1"] {
        let reference = format!("{}/{missing}", mirror());
        let error = pull(&sandbox, &reference).await.expect_err("missing");
        assert!(matches!(error, EngineError::NotFound(_)), "{error:?}");
    }
    let error = pull(&sandbox, "No Reference").await.expect_err("nonsense");
    assert!(!error.is_transient(), "{error:?}");
}

#[tokio::test]
async fn a_registry_that_is_down_may_come_back() {
    let sandbox = Sandbox::new().await;
    let reference = format!("{}/library/busybox:1", free_address());
    let error = pull(&sandbox, &reference).await.expect_err("down");
    assert!(error.is_transient(), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn counts_bytes_while_they_come() {
    let sandbox = Sandbox::new().await;
    let content: Vec<u8> = sandbox
        .name("layer")
        .bytes()
        .cycle()
        .take(4 << 20)
        .collect();
    let registry = SlowRegistry::start(&content).await;
    let reference = format!("{}/x:1", registry.address);
    let mut progress = sandbox.engine.pull(request(&reference));
    let mut seen = PullProgress::default();
    while seen.downloaded == 0 {
        seen = progress.next().await.expect("progress").expect("a pull");
    }
    let layer = registry.layer as u64;
    assert_eq!((seen.total, seen.layers, seen.layers_done), (layer, 1, 0));
    assert!(seen.downloaded < layer && !seen.extracting, "{seen:?}");
    registry.go_on();
    let rest: Vec<PullProgress> = progress.try_collect().await.expect("a pull");
    assert!(rest.iter().any(|progress| progress.extracting), "{rest:?}");
    let last = rest.last().expect("progress");
    assert_eq!((last.downloaded, last.total), (layer, layer));
    assert_eq!((last.layers, last.layers_done), (1, 1));
    let name = sandbox.image_name();
    sandbox
        .engine
        .tag_image(&reference, &name)
        .await
        .expect("a further name");
    for name in [&reference, &name] {
        let image = sandbox.engine.image(name).await.expect("an answer");
        assert_eq!(image.map(|image| image.command), Some(vec!["x".to_owned()]));
        sandbox.engine.remove_image(name).await.expect("removed");
        sandbox.engine.remove_image(name).await.expect("gone");
    }
}
