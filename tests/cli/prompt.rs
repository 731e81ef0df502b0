//! Questions on a real terminal.

use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

use crate::fixture::finish;
use crate::project::Project;

const SHOW_CURSOR: &str = "\u{1b}[?25h";
const HIDE_CURSOR: &str = "\u{1b}[?25l";

/// `down --data` of a project that has data: asked, and waiting.
fn asked(project: &Project) -> PtySession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_devstack"));
    command
        .args(["-p", project.name(), "down", "--data"])
        .current_dir(project.folder().path())
        .env("TERM", "xterm")
        .env("NO_COLOR", "1");
    let mut session = spawn_command(command, Some(20_000)).expect("it starts");
    session.exp_string("Remove it?").expect("it asks");
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
fn ctrl_c_brings_the_cursor_back_exits_130_and_removes_nothing() {
    let project = Project::new();
    let volume = project.volume("data");
    let mut session = asked(&project);
    session.send_control('c').expect("it takes keys");
    session.exp_string(SHOW_CURSOR).expect("the cursor is back");
    assert_eq!(exit_code(&session), 130);
    assert!(project.has_volume(&volume));
}

#[test]
fn an_answer_is_taken() {
    for (key, stays) in [("n", true), ("\r", true), ("y", false)] {
        let project = Project::new();
        let volume = project.volume("data");
        let mut session = asked(&project);
        session.send(key).expect("it takes keys");
        session.flush().expect("it takes keys");
        session.exp_string(SHOW_CURSOR).expect("the cursor is back");
        session.exp_eof().expect("it ends");
        assert_eq!(exit_code(&session), 0, "{key:?}");
        assert_eq!(project.has_volume(&volume), stays, "{key:?}");
    }
}

#[test]
fn without_a_terminal_the_flag_that_answers_is_named() {
    let project = Project::new();
    let volume = project.volume("data");
    let mut command = project
        .folder()
        .devstack(&["-p", project.name(), "down", "--data"]);
    let (code, _, stderr) = finish(&mut command);
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.ends_with(
            "error: there is no terminal to ask on: Remove it?\n  fix: answer with `--yes`\n"
        ),
        "{stderr}"
    );
    assert!(project.has_volume(&volume));
}
