//! What containers print.

use devstack::engine::OutputStream::{Stderr, Stdout};
use devstack::engine::{LogLine, LogOptions};
use futures_util::StreamExt as _;

use crate::stage::Stage;

/// Prints three lines, one of them on standard error, with pauses that keep their order.
const SCRIPT: &str = "echo one; sleep 0.3; echo two >&2; sleep 0.3; echo three; sleep 0.4; exit 3";

async fn printed(stage: &Stage) -> String {
    stage.start(&stage.spec("a", &["sh", "-c", SCRIPT])).await
}

async fn read(stage: &Stage, name: &str, options: LogOptions) -> Vec<LogLine> {
    let lines: Vec<_> = stage.engine.logs(name, options).collect().await;
    lines
        .into_iter()
        .map(|line| line.expect("a line"))
        .collect()
}

fn texts(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

pub(crate) async fn lines_come_with_stream_and_time(stage: Stage) {
    let name = printed(&stage).await;
    stage.engine.wait_container(&name).await.expect("ends");
    let lines = read(&stage, &name, LogOptions::default()).await;
    assert_eq!(texts(&lines), ["one", "two", "three"]);
    let streams: Vec<_> = lines.iter().map(|line| line.stream).collect();
    assert_eq!(streams, [Stdout, Stderr, Stdout]);
    assert!(lines.iter().all(|line| line.at.is_some()));
    assert!(lines.is_sorted_by_key(|line| line.at));
}

pub(crate) async fn the_last_lines_and_those_since_a_time_can_be_asked_for(stage: Stage) {
    let name = printed(&stage).await;
    stage.engine.wait_container(&name).await.expect("ends");
    let last = LogOptions {
        tail: Some(1),
        ..LogOptions::default()
    };
    assert_eq!(texts(&read(&stage, &name, last).await), ["three"]);
    let all = read(&stage, &name, LogOptions::default()).await;
    let since = LogOptions {
        since: all[1].at,
        ..LogOptions::default()
    };
    assert_eq!(texts(&read(&stage, &name, since).await), ["two", "three"]);
}

pub(crate) async fn following_ends_with_the_container(stage: Stage) {
    let name = printed(&stage).await;
    let follow = LogOptions {
        follow: true,
        ..LogOptions::default()
    };
    let lines = read(&stage, &name, follow).await;
    assert_eq!(texts(&lines), ["one", "two", "three"]);
    assert_eq!(stage.engine.wait_container(&name).await.expect("ended"), 3);
}
