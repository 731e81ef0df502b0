//! Containers: the pitfalls of starting, waiting, removing and naming.

use std::time::Duration;

use devstack::engine::{ContainerState, Engine, EngineError};

use crate::sandbox::Sandbox;

#[tokio::test]
async fn waits_for_every_exit_code() {
    let sandbox = Sandbox::new().await;
    for code in [0, 3, 137] {
        let id = sandbox.run(&["sh", "-c", &format!("exit {code}")]).await;
        assert_eq!(sandbox.engine.wait_container(&id).await.ok(), Some(code));
        let detail = sandbox
            .engine
            .container(&id)
            .await
            .expect("an answer")
            .expect("a container");
        assert_eq!(detail.exit_code, Some(code));
        assert_eq!(detail.state, ContainerState::Exited);
        assert!(detail.finished.is_some());
    }
}

#[tokio::test]
async fn starting_twice_and_stopping_twice_is_no_error() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    sandbox.engine.start_container(&id).await.expect("running");
    for _ in 0..2 {
        sandbox
            .engine
            .stop_container(&id, Some(Duration::ZERO))
            .await
            .expect("stopped");
    }
    sandbox
        .engine
        .stop_container(&id, None)
        .await
        .expect("own grace");
}

#[tokio::test]
async fn removes_by_force_and_what_is_gone_already() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let both = tokio::join!(
        sandbox.engine.remove_container(&id, true),
        sandbox.engine.remove_container(&id, true),
    );
    both.0.expect("removed");
    both.1.expect("removed at the same time");
    sandbox
        .engine
        .remove_container(&id, true)
        .await
        .expect("gone");
    assert_eq!(
        sandbox.engine.container(&id).await.expect("an answer"),
        None
    );
    let error = sandbox.engine.start_container(&id).await.expect_err("gone");
    assert!(matches!(error, EngineError::NotFound(_)), "{error:?}");
}

#[tokio::test]
async fn a_short_name_is_never_taken_for_the_beginning_of_an_id() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let short = &id[..3];
    assert_eq!(
        sandbox.engine.container(short).await.expect("an answer"),
        None
    );
    for result in [
        sandbox.engine.kill_container(short, "SIGKILL").await,
        sandbox.engine.stop_container(short, None).await,
        sandbox.engine.rename_container(short, "x").await,
    ] {
        assert!(
            matches!(result, Err(EngineError::NotFound(_))),
            "{result:?}"
        );
    }
    sandbox
        .engine
        .remove_container(short, true)
        .await
        .expect("nothing of that name");
    let detail = sandbox
        .engine
        .container(&id[..12])
        .await
        .expect("an answer");
    assert_eq!(
        detail.map(|detail| detail.state),
        Some(ContainerState::Running)
    );
}

#[tokio::test]
async fn a_name_in_use_is_a_conflict_and_a_missing_image_not_found() {
    let sandbox = Sandbox::new().await;
    let mut spec = sandbox.spec(&["true"]).await;
    sandbox
        .engine
        .create_container(&spec)
        .await
        .expect("the first");
    let error = sandbox
        .engine
        .create_container(&spec)
        .await
        .expect_err("the second");
    assert!(matches!(error, EngineError::Conflict(_)), "{error:?}");
    spec.name = sandbox.name("c");
    spec.image = "devstack.invalid/missing:1".into();
    let error = sandbox
        .engine
        .create_container(&spec)
        .await
        .expect_err("no image");
    assert!(matches!(error, EngineError::NotFound(_)), "{error:?}");
}

#[tokio::test]
async fn a_program_that_does_not_exist_leaves_a_code_and_a_reason() {
    let sandbox = Sandbox::new().await;
    let spec = sandbox.spec(&["no-such-program"]).await;
    let id = sandbox
        .engine
        .create_container(&spec)
        .await
        .expect("created");
    sandbox
        .engine
        .start_container(&id)
        .await
        .expect_err("no program");
    let detail = sandbox
        .engine
        .container(&id)
        .await
        .expect("an answer")
        .expect("a container");
    assert_eq!(detail.exit_code, Some(127));
    assert!(detail.error.contains("no-such-program"), "{}", detail.error);
}

#[tokio::test]
async fn an_empty_command_is_none_at_all() {
    let sandbox = Sandbox::new().await;
    let mut spec = sandbox.spec(&[]).await;
    spec.options.entrypoint = Some(vec!["echo".into(), "only".into()]);
    let id = sandbox.run_spec(&spec).await;
    sandbox.engine.wait_container(&id).await.expect("an end");
    let detail = sandbox
        .engine
        .container(&id)
        .await
        .expect("an answer")
        .expect("a container");
    assert!(detail.command.is_empty(), "{:?}", detail.command);
}
