//! Each check against the real thing, and what is said when it does not hold.

use std::time::Duration;

use devstack::event::{EventKind, Progress};
use devstack::ready::{NotReady, Reason};
use devstack::stack::{Check, HealthTest, Healthcheck, RestartPolicy};

use crate::lab::{LONG, image};

fn exec(line: &str) -> Check {
    Check::Exec {
        command: vec!["sh".to_owned(), "-c".to_owned(), line.to_owned()],
    }
}

fn health(test: HealthTest, timeout: Option<Duration>) -> Check {
    Check::Healthcheck(Healthcheck {
        test,
        interval: Some(Duration::from_hours(1)),
        timeout,
        retries: Some(1),
        start_period: None,
        start_interval: None,
    })
}

fn ended(error: &NotReady) -> (Option<i64>, bool) {
    match error.reason {
        Reason::Ended { code, one_shot, .. } => (code, one_shot),
        ref other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn passwords_do_not_keep_redis_and_valkey_from_being_ready() {
    for (name, client) in [("redis:8", "redis-cli"), ("valkey/valkey:8", "valkey-cli")] {
        let server = client.replace("-cli", "-server");
        let lab = image(name)
            .command(&[&server, "--requirepass", "p w", "--port", "7000"])
            .start()
            .await;
        lab.ready().await;
        let line = format!("REDISCLI_AUTH='p w' {client} -p 7000 ping");
        assert_eq!(lab.ask(&line).await, "PONG");
    }
}

#[tokio::test]
async fn redis_is_not_ready_while_it_loads_its_data() {
    let lab = image("redis:8")
        .command(&[
            "redis-server",
            "--enable-debug-command",
            "yes",
            "--appendonly",
            "no",
        ])
        .start()
        .await;
    lab.ready().await;
    lab.ask("redis-cli debug populate 100000 key 100; redis-cli config set key-load-delay 100")
        .await;
    // The server saves, and reads everything again, slowly, while it answers `LOADING`.
    let reload = lab.shell("redis-cli debug reload");
    let wait = async {
        loop {
            let (_, answer) = lab.shell("redis-cli ping").await;
            if answer.contains("LOADING") {
                break;
            }
        }
        let error = lab
            .wait(&[Check::Family("redis")], Duration::from_secs(9))
            .await
            .expect_err("it loads");
        // The very first probe may hang: the server forgets a connection made while it begins to load.
        assert!(matches!(error.reason, Reason::Deadline(_)));
        assert!(error.answers[0].1.concat().contains("LOADING"), "{error:?}");
        lab.ask("redis-cli config set key-load-delay 0").await;
        lab.ready().await;
    };
    let ((code, text), ()) = tokio::join!(reload, wait);
    assert_eq!(code, 0, "{text}");
}

#[tokio::test]
async fn rabbitmq_is_ready_when_its_own_tool_says_so() {
    let lab = image("rabbitmq:4").start().await;
    lab.ready().await;
    lab.ask("rabbitmq-diagnostics -q check_port_connectivity && rabbitmqctl authenticate_user guest guest")
        .await;
}

#[tokio::test]
async fn secret_files_hold_passwords_too() {
    let lab = image("mariadb:11.8")
        .env("MARIADB_RANDOM_ROOT_PASSWORD", "yes")
        .env("MARIADB_USER", "shop")
        .env("MARIADB_PASSWORD_FILE", "/pw")
        .env("MARIADB_DATABASE", "orders")
        .file("/pw", "it's \"secret\"\n")
        .start()
        .await;
    lab.ready().await;
    let lab = image("postgres:17")
        .env("POSTGRES_PASSWORD_FILE", "/pw")
        .file("/pw", "it's \"secret\"\n")
        .start()
        .await;
    lab.ready().await;
}

#[tokio::test]
async fn a_container_that_ends_is_known_at_once_with_its_log() {
    let lab = image("busybox:1")
        .shell("echo starting; sleep 1; echo boom >&2; exit 3")
        .start()
        .await;
    let error = lab.wait(&[exec("false")], LONG).await.expect_err("it ends");
    assert_eq!(ended(&error), (Some(3), false));
    assert!(error.after < LONG / 4, "{:?}", error.after);
    assert_eq!(error.log, ["starting", "boom"]);
    let diagnostic = error.diagnostic();
    assert!(
        diagnostic
            .message
            .starts_with("`it` stopped before it was ready (exit code 3, ")
    );
}

#[tokio::test]
async fn the_deadline_is_a_failure_with_the_last_answer() {
    let lab = image("busybox:1")
        .shell("echo here; sleep 1000")
        .start()
        .await;
    let checks = [exec("echo not yet; exit 7"), exec("true"), exec("exit 8")];
    let error = lab
        .wait(&checks, Duration::from_secs(1))
        .await
        .expect_err("never");
    assert!(matches!(error.reason, Reason::Deadline(_)));
    let answers: Vec<String> = error
        .answers
        .iter()
        .map(|(_, lines)| lines.concat())
        .collect();
    assert_eq!(answers, ["not yet", "exit code 8"]);
    assert_eq!(error.log, ["here"]);
}

#[tokio::test]
async fn what_is_waited_for_is_said() {
    let mut lab = image("busybox:1")
        .shell("sleep 0.4; touch /done; sleep 1000")
        .start()
        .await;
    let checks = [exec(
        "test -e /done || { printf '\\033[1mno file\\033[0m'; exit 1; }",
    )];
    lab.wait(&checks, LONG).await.expect("ready");
    let mut said = Vec::new();
    while let Ok(event) = lab.events.try_recv() {
        if let EventKind::StepProgress {
            progress: Progress::Waiting { what },
        } = event.kind
        {
            said.push(what);
        }
    }
    assert_eq!(said, ["exec", "no file"]);
}

#[tokio::test]
async fn one_shots_are_ready_when_they_end_with_0() {
    let lab = image("busybox:1")
        .shell("sleep 0.2; echo migrated")
        .start()
        .await;
    lab.wait(&[Check::Completed], LONG)
        .await
        .expect("completed");
    // Also when they have ended long ago, and with a look at their output.
    let log = Check::Log {
        pattern: "^migrated$".to_owned(),
    };
    lab.wait(&[Check::Completed, log], LONG)
        .await
        .expect("completed");

    let lab = image("busybox:1")
        .shell("echo bad table; exit 4")
        .start()
        .await;
    let error = lab
        .wait(&[Check::Completed], LONG)
        .await
        .expect_err("failed");
    assert_eq!(ended(&error), (Some(4), true));
    assert_eq!(error.log, ["bad table"]);
}

#[tokio::test]
async fn health_checks_run_at_our_own_pace_and_with_their_own_limit() {
    // The first probe hangs; the interval of an hour does not matter.
    let lab = image("busybox:1").shell("sleep 1000").start().await;
    let line = "test -e /hung || { touch /hung; sleep 1000; }";
    let check = health(
        HealthTest::Shell(line.to_owned()),
        Some(Duration::from_secs(1)),
    );
    lab.wait(&[check], LONG).await.expect("healthy");
    let check = health(HealthTest::Cmd(vec!["true".to_owned()]), None);
    lab.wait(&[check, health(HealthTest::None, None)], LONG)
        .await
        .expect("healthy");
}

#[tokio::test]
async fn an_inherited_health_check_is_the_images() {
    let lab = image("busybox:1")
        .shell("sleep 0.3; touch /healthy; sleep 1000")
        .options(|options| {
            options.healthcheck = Some(Healthcheck {
                test: HealthTest::Cmd(vec![
                    "test".to_owned(),
                    "-e".to_owned(),
                    "/healthy".to_owned(),
                ]),
                interval: None,
                timeout: None,
                retries: None,
                start_period: None,
                start_interval: None,
            });
        })
        .start()
        .await;
    for check in [health(HealthTest::Inherit, None), Check::FromImage] {
        lab.wait(&[check], LONG).await.expect("healthy");
        assert_eq!(lab.ask("ls /healthy").await, "/healthy");
    }
}

#[tokio::test]
async fn a_restart_is_reported_and_waited_through() {
    let restart =
        |options: &mut devstack::stack::Container| options.restart = RestartPolicy::Always;
    let lab = image("busybox:1")
        .shell(
            "if [ -e /second ]; then touch /up; sleep 1000; fi; touch /second; sleep 0.3; exit 5",
        )
        .options(restart)
        .start()
        .await;
    let log = Check::Log {
        pattern: "never".to_owned(),
    };
    let error = lab
        .wait(&[exec("test -e /up"), log], Duration::from_secs(3))
        .await
        .expect_err("no such line");
    let told: Vec<&(String, Vec<String>)> = error
        .answers
        .iter()
        .filter(|(check, _)| check == "container")
        .collect();
    assert!(told[0].1.concat().starts_with("restarted"), "{told:?}");
    lab.wait(&[exec("test -e /up")], LONG)
        .await
        .expect("up again");

    let lab = image("busybox:1")
        .shell("sleep 0.2; exit 1")
        .options(restart)
        .start()
        .await;
    let window = Check::Running {
        during: Duration::from_millis(800),
    };
    let error = lab
        .wait(&[window], Duration::from_secs(3))
        .await
        .expect_err("it never runs for long");
    assert!(matches!(error.reason, Reason::Deadline(_)));
}

#[tokio::test]
async fn log_lines_count_from_the_start_on() {
    let lab = image("busybox:1")
        .shell("echo warming up; sleep 0.3; echo 'server started in 3 ms'; sleep 1000")
        .start()
        .await;
    let log = |pattern: &str| Check::Log {
        pattern: pattern.to_owned(),
    };
    lab.wait(&[log(r"started in \d+ ms")], LONG)
        .await
        .expect("a line");
    lab.wait(&[log("^warming")], LONG)
        .await
        .expect("an old line");
    // What an earlier life of the container printed does not count.
    let again = image("busybox:1")
        .shell("if [ -e /second ]; then echo new; sleep 1000; fi; touch /second; echo old; exit 1")
        .options(|options| options.restart = RestartPolicy::Always)
        .start()
        .await;
    again
        .wait(&[log("^new$")], LONG)
        .await
        .expect("started again");
    again
        .wait(&[log("^old$")], Duration::from_millis(700))
        .await
        .expect_err("an earlier life");
    let error = lab.wait(&[log("(")], LONG).await.expect_err("no pattern");
    assert!(matches!(error.reason, Reason::Impossible(_)));
}

#[tokio::test]
async fn a_removed_container_is_not_waited_for() {
    let lab = image("busybox:1").shell("sleep 1000").start().await;
    let checks = [exec("false")];
    let wait = lab.wait(&checks, LONG);
    let remove = lab.engine.remove_container(&lab.container, true);
    let (waited, removed) = tokio::join!(wait, remove);
    removed.expect("removed");
    let error = waited.expect_err("gone");
    assert!(
        matches!(error.reason, Reason::Gone | Reason::Ended { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_interruption_ends_the_wait_and_leaves_no_process_behind() {
    let lab = image("busybox:1").shell("sleep 1000").start().await;
    let checks = [exec("exit 1")];
    let wait = lab.wait(&checks, LONG);
    let cancel = async {
        while !lab.ask("ps").await.contains("devstack-") {}
        lab.cancel.cancel();
    };
    let (waited, ()) = tokio::join!(wait, cancel);
    assert!(matches!(
        waited.expect_err("interrupted").reason,
        Reason::Cancelled
    ));
    // The loop notices that its input is closed.
    while lab.ask("ps").await.contains("devstack-") {}

    let lab = image("busybox:1").shell("sleep 1000").start().await;
    lab.wait(&[exec("true")], LONG).await.expect("ready");
    while lab.ask("ps").await.contains("devstack-") {}
}
