//! Questions on a real terminal.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

const SHOW_CURSOR: &str = "\u{1b}[?25h";
const HIDE_CURSOR: &str = "\u{1b}[?25l";

/// The example that asks one question; cargo builds it with the tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("the test knows where it is");
    let target = test.ancestors().nth(2).expect("target/debug/deps/test");
    target.join("examples/prompt")
}

/// The question, asked and waiting.
fn asked() -> PtySession {
    let mut command = Command::new(program());
    command.env("TERM", "xterm").env("NO_COLOR", "1");
    let mut session = spawn_command(command, Some(10_000)).expect("it starts");
    session.exp_string("Remove the data?").expect("it asks");
    session
        .exp_string(HIDE_CURSOR)
        .expect("the cursor hides while it waits");
    session
}

fn exit_code(session: &PtySession) -> i32 {
    match session.process().wait().expect("it ends") {
        WaitStatus::Exited(_, code) => code,
        other => panic!("it did not exit by itself: {other:?}"),
    }
}

#[test]
fn ctrl_c_brings_the_cursor_back_and_exits_130() {
    let mut session = asked();
    session.send_control('c').expect("it takes keys");
    session.exp_string(SHOW_CURSOR).expect("the cursor is back");
    assert_eq!(exit_code(&session), 130);
}

#[test]
fn an_answer_is_taken() {
    for (key, answer) in [
        ("y", "answer: yes"),
        ("n", "answer: no"),
        ("\r", "answer: no"),
    ] {
        let mut session = asked();
        session.send(key).expect("it takes keys");
        session.flush().expect("it takes keys");
        session.exp_string(SHOW_CURSOR).expect("the cursor is back");
        session.exp_string(answer).expect("the answer is told");
        assert_eq!(exit_code(&session), 0);
    }
}

#[test]
fn without_a_terminal_the_flag_that_answers_is_named() {
    let output = Command::new(program())
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: there is no terminal to ask on: Remove the data?\n  fix: answer with `--yes`\n"
    );
}
