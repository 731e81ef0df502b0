//! Logs: lines, times, long lines, terminals.

use devstack::engine::{Engine, EngineError, LogLine, LogOptions, OutputStream};
use futures_util::{StreamExt, TryStreamExt};

use crate::sandbox::Sandbox;

async fn logs(sandbox: &Sandbox, id: &str, options: LogOptions) -> Vec<LogLine> {
    sandbox
        .engine
        .logs(id, options)
        .try_collect()
        .await
        .expect("logs")
}

fn texts(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

#[tokio::test]
async fn gives_lines_of_both_streams_with_their_times() {
    let sandbox = Sandbox::new().await;
    let id = sandbox
        .run(&["sh", "-c", "echo one; echo two >&2; printf three"])
        .await;
    sandbox.engine.wait_container(&id).await.expect("an end");
    let mut lines = logs(&sandbox, &id, LogOptions::default()).await;
    assert!(lines.iter().all(|line| line.at.is_some()), "{lines:?}");
    lines.sort_by_key(|line| line.stream == OutputStream::Stderr);
    assert_eq!(texts(&lines), ["one", "three", "two"]);

    let tail = LogOptions {
        tail: Some(0),
        ..LogOptions::default()
    };
    assert!(logs(&sandbox, &id, tail).await.is_empty());
    let last = lines
        .iter()
        .filter_map(|line| line.at)
        .max()
        .expect("a time");
    let since = LogOptions {
        since: Some(last),
        ..LogOptions::default()
    };
    assert_eq!(logs(&sandbox, &id, since).await.len(), 1);
    let first = lines
        .iter()
        .filter_map(|line| line.at)
        .min()
        .expect("a time");
    let until = LogOptions {
        until: Some(first),
        ..LogOptions::default()
    };
    assert_eq!(logs(&sandbox, &id, until).await.len(), 1);
}

#[tokio::test]
async fn puts_long_lines_together_and_splits_endless_ones() {
    let sandbox = Sandbox::new().await;
    let id = sandbox
        .run(&[
            "sh",
            "-c",
            "head -c 100000 /dev/zero | tr '\\0' a; echo; head -c 3000000 /dev/zero | tr '\\0' b; echo",
        ])
        .await;
    sandbox.engine.wait_container(&id).await.expect("an end");
    let lines = logs(&sandbox, &id, LogOptions::default()).await;
    assert_eq!(lines[0].text.len(), 100_000);
    assert!(lines[0].text.bytes().all(|b| b == b'a'));
    let rest: usize = lines[1..].iter().map(|line| line.text.len()).sum();
    assert_eq!(rest, 3_000_000);
    assert!(lines.iter().all(|line| line.text.len() <= 1 << 20));
    assert!(
        lines[1..]
            .iter()
            .all(|line| line.text.bytes().all(|b| b == b'b'))
    );
}

#[tokio::test]
async fn reads_a_terminals_log() {
    let sandbox = Sandbox::new().await;
    let mut spec = sandbox
        .spec(&["sh", "-c", "echo one; echo two; printf '> '"])
        .await;
    spec.options.tty = true;
    let id = sandbox.run_spec(&spec).await;
    sandbox.engine.wait_container(&id).await.expect("an end");
    let lines = logs(&sandbox, &id, LogOptions::default()).await;
    assert_eq!(texts(&lines), ["one", "two", "> "]);
    assert!(lines.iter().all(|line| line.at.is_some()), "{lines:?}");
}

#[tokio::test]
async fn follows_until_the_container_ends() {
    let sandbox = Sandbox::new().await;
    let id = sandbox
        .run(&[
            "sh",
            "-c",
            "echo ready; while [ ! -e /go ]; do sleep 0.05; done; echo over",
        ])
        .await;
    let options = LogOptions {
        follow: true,
        ..LogOptions::default()
    };
    let mut lines = sandbox.engine.logs(&id, options);
    let first = lines.next().await.expect("a line").expect("logs");
    assert_eq!(first.text, "ready");
    let (_, _, code) = sandbox.shell(&id, "touch /go").await;
    assert_eq!(code, 0);
    let rest: Vec<LogLine> = lines.try_collect().await.expect("logs");
    assert_eq!(texts(&rest), ["over"]);
}

#[tokio::test]
async fn logs_of_no_container_are_not_found() {
    let sandbox = Sandbox::new().await;
    let mut lines = sandbox
        .engine
        .logs("devstack-missing", LogOptions::default());
    let error = lines
        .next()
        .await
        .expect("an item")
        .expect_err("no container");
    assert!(matches!(error, EngineError::NotFound(_)), "{error:?}");
}
