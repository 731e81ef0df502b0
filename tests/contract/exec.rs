//! Commands in containers.

use std::time::Duration;

use devstack::engine::{Attached, EngineError, ExecSpec, OutputStream};
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use crate::stage::Stage;

fn command(words: &[&str]) -> ExecSpec {
    ExecSpec {
        command: words.iter().map(ToString::to_string).collect(),
        ..ExecSpec::default()
    }
}

/// Reads a command to its end: standard output, standard error, exit code.
async fn finish(stage: &Stage, mut attached: Attached) -> (String, String, i64) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    while let Some(piece) = attached.output.next().await {
        let piece = piece.expect("output");
        match piece.stream {
            OutputStream::Stdout => out.extend_from_slice(&piece.bytes),
            OutputStream::Stderr => err.extend_from_slice(&piece.bytes),
        }
    }
    let code = stage.engine.exec_exit_code(&attached.id).await;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (
        text(out),
        text(err),
        code.expect("known").expect("has ended"),
    )
}

async fn run(stage: &Stage, container: &str, words: &[&str]) -> (String, String, i64) {
    let attached = stage.engine.exec(container, &command(words)).await;
    finish(stage, attached.expect("starts")).await
}

pub(crate) async fn exit_codes_are_told(stage: Stage) {
    let name = stage.sleeper("a").await;
    assert_eq!(run(&stage, &name, &["true"]).await.2, 0);
    assert_eq!(run(&stage, &name, &["sh", "-c", "exit 3"]).await.2, 3);
}

pub(crate) async fn output_is_told_by_stream(stage: Stage) {
    let name = stage.sleeper("a").await;
    let words = ["sh", "-c", "echo out; echo err >&2"];
    let (out, err, code) = run(&stage, &name, &words).await;
    assert_eq!((out.as_str(), err.as_str(), code), ("out\n", "err\n", 0));
}

pub(crate) async fn input_reaches_the_command_and_can_be_closed(stage: Stage) {
    let name = stage.sleeper("a").await;
    let spec = ExecSpec {
        stdin: true,
        ..command(&["wc", "-c"])
    };
    let mut attached = stage.engine.exec(&name, &spec).await.expect("starts");
    attached.input.write_all(b"12345").await.expect("writes");
    attached.input.shutdown().await.expect("closes");
    let (out, _, code) = finish(&stage, attached).await;
    assert_eq!((out.trim(), code), ("5", 0));
}

pub(crate) async fn a_missing_program_is_told_on_standard_output(stage: Stage) {
    let name = stage.sleeper("a").await;
    let (out, err, code) = run(&stage, &name, &["no-such-program"]).await;
    // Engines before 23 say 126.
    assert!(matches!(code, 126 | 127), "{code}");
    let words = "exec: \"no-such-program\": executable file not found";
    assert!(out.contains(words), "{out} {err}");
}

pub(crate) async fn a_running_command_has_no_exit_code(stage: Stage) {
    let name = stage.sleeper("a").await;
    let attached = stage.engine.exec(&name, &command(&["sleep", "600"])).await;
    let mut attached = attached.expect("starts");
    let code = stage.engine.exec_exit_code(&attached.id).await;
    assert_eq!(code.expect("known"), None);
    let stopped = stage.engine.stop_container(&name, Some(Duration::ZERO));
    stopped.await.expect("stops");
    // It ends with its container.
    while attached
        .output
        .next()
        .await
        .is_some_and(|piece| piece.is_ok())
    {}
}

pub(crate) async fn a_container_that_does_not_run_refuses(stage: Stage) {
    let spec = stage.spec("a", &["sleep", "600"]);
    stage.engine.create_container(&spec).await.expect("creates");
    let error = stage.engine.exec(&spec.name, &command(&["true"])).await;
    let error = error.err();
    assert!(matches!(error, Some(EngineError::Conflict(_))), "{error:?}");
}
