//! Commands in containers: programs that are missing or end early, throughput, terminals.

use std::time::Duration;

use devstack::engine::{Attached, Engine, ExecSpec, OutputStream};
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;

use crate::sandbox::{Sandbox, resident};

fn command(words: &[&str]) -> ExecSpec {
    ExecSpec {
        command: words.iter().map(|&word| word.to_owned()).collect(),
        ..ExecSpec::default()
    }
}

#[tokio::test]
async fn keeps_both_streams_and_the_exit_code_apart() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let result = sandbox.shell(&id, "echo out; echo err >&2; exit 7").await;
    assert_eq!(result, ("out\n".to_owned(), "err\n".to_owned(), 7));
}

#[tokio::test]
async fn a_missing_program_is_text_and_a_code() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let attached = sandbox
        .engine
        .exec(&id, &command(&["no-such-program"]))
        .await
        .expect("the engine takes it");
    let (out, err, code) = sandbox.finish(attached).await;
    assert!((126..=127).contains(&code), "{code}");
    assert!(
        format!("{out}{err}").contains("no-such-program"),
        "{out}{err}"
    );
}

#[tokio::test]
async fn input_reaches_the_command_and_its_end_too() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let mut spec = command(&["sh", "-c", "wc -c; echo $X; whoami; pwd"]);
    spec.stdin = true;
    spec.environment = vec!["X=y z".into()];
    spec.user = Some("root".into());
    spec.working_dir = Some("/tmp".into());
    let mut attached = sandbox.engine.exec(&id, &spec).await.expect("a command");
    attached.input.write_all(b"12345").await.expect("input");
    attached.input.shutdown().await.expect("its end");
    let (out, _, code) = sandbox.finish(attached).await;
    assert_eq!(
        out.split_whitespace().collect::<Vec<_>>(),
        ["5", "y", "z", "root", "/tmp"]
    );
    assert_eq!(code, 0);
}

#[tokio::test]
async fn a_command_that_ends_early_ends_the_output_while_the_writer_hangs() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let mut spec = command(&["sh", "-c", "head -c 10; exit 5"]);
    spec.stdin = true;
    let Attached {
        id: exec,
        mut input,
        mut output,
    } = sandbox.engine.exec(&id, &spec).await.expect("a command");
    let chunk = vec![b'x'; 1 << 20];
    let write = async {
        loop {
            if input.write_all(&chunk).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let read = async {
        let mut length = 0;
        while let Some(part) = output.next().await {
            length += part.expect("output").bytes.len();
        }
        length
    };
    let length = tokio::select! {
        length = read => length,
        () = write => unreachable!("the writer never ends"),
    };
    assert_eq!(length, 10);
    assert_eq!(sandbox.exit_code(&exec).await, 5);
}

#[tokio::test]
async fn a_gigabyte_of_input_goes_through_in_constant_memory() {
    const SIZE: usize = 1 << 30;
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let mut spec = command(&["wc", "-c"]);
    spec.stdin = true;
    let before = resident();
    let mut attached = sandbox.engine.exec(&id, &spec).await.expect("a command");
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..SIZE / chunk.len() {
        attached.input.write_all(&chunk).await.expect("input");
    }
    attached.input.shutdown().await.expect("its end");
    let (out, _, code) = sandbox.finish(attached).await;
    assert_eq!((out.trim(), code), (SIZE.to_string().as_str(), 0));
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 << 20, "memory grew by {grown} bytes");
}

#[tokio::test]
async fn a_terminal_is_given_byte_by_byte_whatever_it_prints() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    // Begins with what looks like the header of an endless frame, and has no line break before it waits.
    let mut spec = command(&[
        "sh",
        "-c",
        r"stty raw -echo; printf '\001\000\000\000\377\377\377\377prompt> '; head -c 2; stty size",
    ]);
    spec.tty = true;
    spec.stdin = true;
    let mut attached = sandbox.engine.exec(&id, &spec).await.expect("a command");
    let mut seen = Vec::new();
    while !seen.ends_with(b"prompt> ") {
        let output = attached.output.next().await.expect("more").expect("output");
        assert_eq!(output.stream, OutputStream::Stdout);
        seen.extend_from_slice(&output.bytes);
    }
    assert!(seen.starts_with(b"\x01\0\0\0\xff\xff\xff\xff"), "{seen:?}");
    sandbox
        .engine
        .resize_exec(&attached.id, 123, 45)
        .await
        .expect("a size");
    attached.input.write_all(b"ok").await.expect("input");
    let mut rest = Vec::new();
    while let Some(output) = attached.output.next().await {
        rest.extend_from_slice(&output.expect("output").bytes);
    }
    let rest = String::from_utf8_lossy(&rest).into_owned();
    assert!(
        rest.starts_with("ok") && rest.contains("45 123"),
        "{rest:?}"
    );
}

#[tokio::test]
async fn attaches_to_a_one_off_before_it_starts() {
    let sandbox = Sandbox::new().await;
    let mut spec = sandbox
        .spec(&["sh", "-c", "cat; echo done >&2; exit 4"])
        .await;
    spec.options.stdin_open = true;
    spec.labels
        .insert("com.docker.compose.oneoff".into(), "True".into());
    let id = sandbox
        .engine
        .create_container(&spec)
        .await
        .expect("created");
    let mut attached = sandbox.engine.attach(&id).await.expect("attached");
    sandbox.engine.start_container(&id).await.expect("started");
    attached
        .input
        .write_all(b"to and fro")
        .await
        .expect("input");
    attached.input.shutdown().await.expect("its end");
    let (mut out, mut err) = (String::new(), String::new());
    while let Some(output) = attached.output.next().await {
        let output = output.expect("output");
        let text = String::from_utf8_lossy(&output.bytes).into_owned();
        match output.stream {
            OutputStream::Stdout => out.push_str(&text),
            OutputStream::Stderr => err.push_str(&text),
        }
    }
    assert_eq!((out.as_str(), err.as_str()), ("to and fro", "done\n"));
    let waited = tokio::time::timeout(Duration::from_mins(1), sandbox.engine.wait_container(&id));
    assert_eq!(waited.await.expect("in time").ok(), Some(4));
}
