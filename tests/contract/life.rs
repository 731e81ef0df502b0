//! Containers from start to end.

use std::time::Duration;

use devstack::engine::{ContainerState, EngineError, EngineEventKind};
use devstack::stack::{HealthTest, Healthcheck, RestartPolicy};
use futures_util::StreamExt as _;

use crate::stage::Stage;

pub(crate) async fn a_container_is_created_started_stopped_and_removed(stage: Stage) {
    let spec = stage.spec("a", &["sleep", "600"]);
    let id = stage.engine.create_container(&spec).await.expect("creates");
    let created = stage.detail(&spec.name).await;
    assert_eq!(created.id, id);
    assert_eq!(created.state, ContainerState::Created);
    assert_eq!((created.started, created.finished), (None, None));
    stage.engine.start_container(&id).await.expect("starts");
    let running = stage.detail(&id).await;
    assert_eq!(running.state, ContainerState::Running);
    assert!(running.started.is_some());
    let stopped = stage
        .engine
        .stop_container(&id, Some(Duration::from_secs(1)));
    stopped.await.expect("stops");
    let ended = stage.detail(&id).await;
    assert_eq!(ended.state, ContainerState::Exited);
    assert_eq!(ended.exit_code, Some(137));
    assert!(ended.finished > ended.started);
    stage
        .engine
        .remove_container(&id, true)
        .await
        .expect("goes");
    assert_eq!(stage.engine.container(&id).await.expect("answers"), None);
}

pub(crate) async fn an_exit_code_is_kept(stage: Stage) {
    let name = stage.start(&stage.spec("a", &["sh", "-c", "exit 3"])).await;
    for _ in 0..2 {
        assert_eq!(stage.engine.wait_container(&name).await.expect("ends"), 3);
    }
    let detail = stage.detail(&name).await;
    assert_eq!(detail.state, ContainerState::Exited);
    assert_eq!(detail.exit_code, Some(3));
    assert!(!detail.oom_killed);
    assert_eq!(detail.error, "");
}

pub(crate) async fn a_stop_signal_is_heeded(stage: Stage) {
    let script = "trap 'exit 7' TERM; echo ready; while true; do sleep 0.05; done";
    let name = stage.start(&stage.spec("a", &["sh", "-c", script])).await;
    // The trap is set once it has said so.
    let options = devstack::engine::LogOptions {
        follow: true,
        ..Default::default()
    };
    let line = stage.engine.logs(&name, options).next().await;
    assert_eq!(line.expect("a line").expect("readable").text, "ready");
    let stopped = stage.engine.stop_container(&name, None).await;
    stopped.expect("stops");
    assert_eq!(stage.detail(&name).await.exit_code, Some(7));
}

pub(crate) async fn a_killed_container_is_137(stage: Stage) {
    let name = stage.sleeper("a").await;
    let killed = stage.engine.kill_container(&name, "SIGKILL").await;
    killed.expect("is killed");
    assert_eq!(stage.engine.wait_container(&name).await.expect("ends"), 137);
    let again = stage.engine.kill_container(&name, "SIGKILL").await;
    assert!(matches!(again, Err(EngineError::Conflict(_))), "{again:?}");
}

pub(crate) async fn what_is_done_already_is_no_error(stage: Stage) {
    let name = stage.sleeper("a").await;
    stage.engine.start_container(&name).await.expect("runs");
    for _ in 0..2 {
        let stopped = stage.engine.stop_container(&name, Some(Duration::ZERO));
        stopped.await.expect("stopped");
    }
    for _ in 0..2 {
        let removed = stage.engine.remove_container(&name, true).await;
        removed.expect("is gone");
    }
}

pub(crate) async fn a_program_that_is_missing_cannot_start(stage: Stage) {
    let spec = stage.spec("a", &["no-such-program"]);
    stage.engine.create_container(&spec).await.expect("creates");
    let error = stage.engine.start_container(&spec.name).await;
    let error = error.expect_err("cannot start");
    let words = "exec: \"no-such-program\": executable file not found";
    assert!(error.to_string().contains(words), "{error}");
    assert!(!error.is_transient());
    let detail = stage.detail(&spec.name).await;
    assert_eq!(detail.state, ContainerState::Created);
    assert_eq!(detail.exit_code, Some(127));
    assert!(detail.error.contains(words), "{}", detail.error);
}

pub(crate) async fn a_restart_policy_starts_it_again(stage: Stage) {
    let mut events = stage.engine.events(&[stage.label()]);
    let mut spec = stage.spec("a", &["sh", "-c", "exit 3"]);
    spec.options.restart = RestartPolicy::OnFailure(Some(2));
    stage.start(&spec).await;
    let mut kinds = Vec::new();
    while kinds
        .iter()
        .filter(|k| **k == EngineEventKind::Die(3))
        .count()
        < 3
    {
        kinds.push(
            events
                .next()
                .await
                .expect("goes on")
                .expect("an event")
                .kind,
        );
    }
    let starts = kinds.iter().filter(|k| **k == EngineEventKind::Start);
    assert_eq!(starts.count(), 3);
    assert_eq!(stage.detail(&spec.name).await.restarts, 2);
}

pub(crate) async fn a_health_check_turns_healthy(stage: Stage) {
    let mut events = stage.engine.events(&[stage.label()]);
    let mut spec = stage.spec("a", &["sleep", "600"]);
    let check = Healthcheck {
        test: HealthTest::Cmd(vec!["true".to_owned()]),
        interval: Some(Duration::from_secs(1)),
        timeout: Some(Duration::from_secs(10)),
        retries: Some(3),
        start_period: None,
        start_interval: None,
    };
    spec.options.healthcheck = Some(check.clone());
    let name = stage.start(&spec).await;
    let health = stage.detail(&name).await.health.expect("is checked");
    assert!(["starting", "healthy"].contains(&health.status.as_str()));
    loop {
        let event = events.next().await.expect("goes on").expect("an event");
        if event.kind == EngineEventKind::Health("healthy".to_owned()) {
            break;
        }
    }
    let detail = stage.detail(&name).await;
    let health = detail.health.expect("is checked");
    assert_eq!(health.status, "healthy");
    assert!(health.passed >= detail.started, "{health:?}");
    let told = detail.healthcheck.expect("has one");
    assert_eq!((told.test, told.interval), (check.test, check.interval));
}
