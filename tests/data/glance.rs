//! Containers that ran before: what a look finds, and that it is not fooled.

use std::time::Duration;

use devstack::ready::Reason;
use devstack::stack::{Check, HealthTest, Healthcheck, HttpCheck};
use indexmap::IndexMap;

use crate::lab::{LONG, Lab, image};

const SHORT: Duration = Duration::from_secs(2);

/// What a look alone finds says nothing on its way: a wait that has to ask the container tells what it waits for.
fn was_a_look(lab: &mut Lab) -> bool {
    let told = std::iter::from_fn(|| lab.events.try_recv().ok()).count();
    told == 0
}

fn health(line: &str) -> Healthcheck {
    Healthcheck {
        test: HealthTest::Shell(line.to_owned()),
        interval: Some(Duration::from_secs(1)),
        timeout: Some(Duration::from_secs(5)),
        retries: Some(1000),
        start_period: None,
        start_interval: None,
    }
}

#[tokio::test]
async fn databases_are_talked_to() {
    for (name, family) in [
        ("redis:8", "redis"),
        ("valkey/valkey:8", "valkey"),
        ("postgres:17", "postgres"),
    ] {
        let mut lab = image(name).env("POSTGRES_PASSWORD", "p w").start().await;
        lab.ready().await;
        was_a_look(&mut lab);
        let checks = [Check::Family(family), Check::Listening(family)];
        lab.wait_again(&checks, LONG).await.expect("still ready");
        assert!(was_a_look(&mut lab), "{name}");
    }
}

#[tokio::test]
async fn a_database_that_listens_and_does_not_serve_is_not_ready() {
    let mut lab = image("postgres:17")
        .env("POSTGRES_PASSWORD", "x")
        .start()
        .await;
    lab.ready().await;
    lab.ask("psql -U postgres -d template1 -c 'alter database postgres allow_connections false'")
        .await;
    was_a_look(&mut lab);
    let error = lab
        .wait_again(&[Check::Family("postgres")], SHORT)
        .await
        .expect_err("it takes no connections");
    assert!(matches!(error.reason, Reason::Deadline(_)));
    let said = error.answers[0].1.concat();
    assert!(
        said.contains("not currently accepting connections"),
        "{said}"
    );
    lab.wait_again(&[Check::Listening("postgres")], LONG)
        .await
        .expect("it listens");
}

#[tokio::test]
async fn a_paused_or_ended_container_is_not_ready() {
    let lab = image("redis:8").start().await;
    lab.ready().await;
    lab.engine
        .stop_container(&lab.container, Some(Duration::from_secs(5)))
        .await
        .expect("stopped");
    let error = lab
        .wait_again(&[Check::Family("redis")], LONG)
        .await
        .expect_err("it does not run");
    assert!(matches!(error.reason, Reason::Ended { .. }), "{error:?}");
}

#[tokio::test]
async fn the_engines_health_counts_while_its_last_probe_passed() {
    let check = health("test -e /tmp/well");
    let mut lab = image("busybox:1")
        .shell("touch /tmp/well; sleep 1000")
        .options(|options| options.healthcheck = Some(check.clone()))
        .start()
        .await;
    let checks = [Check::Healthcheck(check.clone()), Check::FromImage];
    loop {
        lab.wait_again(&checks, LONG).await.expect("healthy");
        if was_a_look(&mut lab) {
            break;
        }
    }
    // It is called healthy for a thousand more failures.
    lab.ask("rm /tmp/well").await;
    loop {
        let detail = lab.engine.container(&lab.container).await.expect("asked");
        let health = detail.expect("there").health.expect("checked");
        assert_eq!(health.status, "healthy");
        if health.passed.is_none() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let error = lab.wait_again(&checks, SHORT).await.expect_err("it is ill");
    assert!(matches!(error.reason, Reason::Deadline(_)));
    // Nor does another check count for this one.
    lab.ask("touch /tmp/well").await;
    let other = [Check::Healthcheck(health("test -e /tmp/better"))];
    lab.wait_again(&other, SHORT)
        .await
        .expect_err("another check");
}

#[tokio::test]
async fn ports_are_connected_with_and_asked() {
    let mut lab = image("nginx:1.26").start().await;
    let http = |path: &str| {
        Check::Http(HttpCheck {
            path: path.to_owned(),
            port: None,
            status: vec![(200, 399)],
            body: None,
            headers: IndexMap::new(),
            method: "GET".to_owned(),
        })
    };
    let checks = [Check::Tcp { port: 80 }, http("/"), Check::FromImage];
    lab.wait(&checks, LONG).await.expect("ready");
    was_a_look(&mut lab);
    lab.wait_again(&checks, LONG).await.expect("still ready");
    assert!(was_a_look(&mut lab));
    lab.wait_again(&[http("/missing")], SHORT)
        .await
        .expect_err("not found");
    let error = lab
        .wait_again(&[Check::Tcp { port: 81 }], SHORT)
        .await
        .expect_err("nobody listens");
    assert!(error.answers[0].1.concat().contains("refused"), "{error:?}");
}

#[tokio::test]
async fn a_command_is_run_again() {
    let mut lab = image("busybox:1").shell("sleep 1000").start().await;
    let check = [Check::Exec {
        command: ["test", "-e", "/bin/sh"].map(str::to_owned).into(),
    }];
    lab.wait_again(&check, LONG).await.expect("it is there");
    assert!(!was_a_look(&mut lab));
}
