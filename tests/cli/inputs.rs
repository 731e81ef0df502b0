//! Inputs: asked for on a terminal, named where there is none, kept for the user alone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

use crate::fixture::{Folder, finish};

const MANIFEST: &str = r#"
name: shop
inputs:
  NAME: { prompt: "Your name", command: "echo ada" }
  REGION: { prompt: "Which region", choices: [eu, us] }
  KEY: { prompt: "Stripe test key", secret: true, pattern: "sk_[a-z0-9]+" }
  NOTE: { prompt: "A note", optional: true }
services: { a: { image: "x:${REGION}", environment: { KEY: , NAME: } } }
"#;
const NOWHERE: &str = "unix:///nowhere/docker.sock";
const SECRET: &str = "sk_42secret";
const SHOW_CURSOR: &str = "\u{1b}[?25h";

/// A command on a terminal; there is no engine, so that whatever comes after the questions ends with exit code 3.
fn on_terminal(folder: &Folder, arguments: &[&str]) -> PtySession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_devstack"));
    command
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder.path())
        .env("DOCKER_HOST", NOWHERE)
        .env("TERM", "xterm")
        .env("NO_COLOR", "1");
    spawn_command(command, Some(20_000)).expect("it starts")
}

fn answer(session: &mut PtySession, question: &str, keys: &str) {
    session.exp_string(question).expect("it asks");
    session.send(keys).expect("it takes keys");
    session.flush().expect("it takes keys");
}

fn exit_code(session: &PtySession) -> i32 {
    match session.process().wait().expect("it ends") {
        WaitStatus::Exited(_, code) => code,
        other => panic!("it did not exit by itself: {other:?}"),
    }
}

fn answers(folder: &Folder) -> PathBuf {
    folder.path().join(".devstack/inputs.env")
}

#[test]
fn up_asks_once_and_keeps_the_answers_for_the_user_alone() {
    let folder = Folder::with(MANIFEST);
    let mut session = on_terminal(&folder, &["up"]);
    answer(&mut session, "Your name", "\r");
    answer(&mut session, "Which region", "\u{1b}[B\r");
    answer(&mut session, "Stripe test key", "wrong\r");
    session
        .exp_string("must match the pattern")
        .expect("it is refused");
    answer(&mut session, "Stripe test key", &format!("{SECRET}\r"));
    answer(&mut session, "A note", "\r");
    let rest = session.exp_eof().expect("it ends");
    assert!(!rest.contains(SECRET), "{rest}");
    assert_eq!(exit_code(&session), 3, "{rest}");
    let text = fs::read_to_string(answers(&folder)).expect("they are kept");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let key = format!("KEY={SECRET}");
    assert_eq!(lines, ["NAME=ada", "REGION=us", &key, "NOTE="]);
    let mode = fs::metadata(answers(&folder))
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let ignored = folder.path().join(".devstack/.gitignore");
    assert_eq!(fs::read_to_string(ignored).expect("there"), "*\n");

    // Nothing is asked a second time, and nobody is told the secret.
    let mut again = on_terminal(&folder, &["up"]);
    let said = again.exp_eof().expect("it ends");
    assert!(!said.contains("Your name"), "{said}");
    assert_eq!(exit_code(&again), 3);
    for command in [
        &["config"][..],
        &["config", "--origins"],
        &["inputs"],
        &["inputs", "--format", "json"],
        &["validate"],
    ] {
        let (code, stdout, stderr) = folder.run(command);
        assert_eq!(code, 0, "{command:?}: {stderr}");
        assert!(
            !stdout.contains(SECRET) && !stderr.contains(SECRET),
            "{command:?}: {stdout}"
        );
    }
    let (_, stdout, _) = folder.run(&["config"]);
    assert!(
        stdout.contains("KEY: ${KEY}") && stdout.contains("image: x:us"),
        "{stdout}"
    );

    // Asked again, enter keeps what there is.
    let mut again = on_terminal(&folder, &["up", "--ask-inputs"]);
    answer(&mut again, "Your name", "\u{15}grace\r");
    answer(&mut again, "Which region", "\r");
    answer(&mut again, "Stripe test key", "\r");
    answer(&mut again, "A note", "\r");
    again.exp_eof().expect("it ends");
    let text = fs::read_to_string(answers(&folder)).expect("they are kept");
    assert!(
        text.contains("grace") && text.contains("REGION=us") && text.contains(&key),
        "{text}"
    );
}

#[test]
fn ctrl_c_in_a_question_leaves_the_terminal_as_it_was_and_writes_nothing() {
    let folder = Folder::with(MANIFEST);
    for (answered, question) in [
        (0, "Your name"),
        (1, "Which region"),
        (2, "Stripe test key"),
    ] {
        let mut session = on_terminal(&folder, &["up"]);
        for (before, keys) in [("Your name", "\r"), ("Which region", "\r")]
            .iter()
            .take(answered)
        {
            answer(&mut session, before, keys);
        }
        session.exp_string(question).expect("it asks");
        session.send_control('c').expect("it takes keys");
        session.exp_string(SHOW_CURSOR).expect("the cursor is back");
        session.exp_eof().expect("it ends");
        assert_eq!(exit_code(&session), 130, "{question}");
        assert!(!folder.path().join(".devstack").exists(), "{question}");
    }
}

#[test]
fn without_a_terminal_every_missing_input_is_named_with_the_way_to_give_it() {
    let folder = Folder::with(MANIFEST);
    let up = |arguments: &[&str]| {
        let mut command = folder.devstack(&["up"]);
        command.args(arguments).env("DOCKER_HOST", NOWHERE);
        command
    };
    let (code, _, stderr) = finish(&mut up(&[]));
    assert_eq!(code, 2, "{stderr}");
    for part in [
        "error: 2 inputs have no value",
        "devstack.yaml:5:3",
        "REGION: Which region (eu, us)",
        "KEY: Stripe test key (like `sk_[a-z0-9]+`)",
        "fix: devstack up --input REGION=… --input KEY=…",
        ".devstack/inputs.env",
    ] {
        assert!(stderr.contains(part), "no {part:?} in:\n{stderr}");
    }
    let (code, _, stderr) = finish(&mut up(&["--input", "REGION=mars", "--input", "KAY=1"]));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("it must be one of eu, us"), "{stderr}");
    assert!(stderr.contains("did you mean `KEY`?"), "{stderr}");
    let key = format!("KEY={SECRET}");
    let mut command = up(&["--input", &key]);
    let (code, _, stderr) = finish(command.env("REGION", "eu"));
    assert_eq!(code, 3, "{stderr}");
    assert!(!stderr.contains(SECRET), "{stderr}");
    // What its command says counts as an answer where nobody can be asked, too.
    let text = fs::read_to_string(answers(&folder)).expect("they are kept");
    assert!(
        text.contains(&key) && text.contains("NAME=ada") && !text.contains("REGION"),
        "{text}"
    );
    // Commands that start something need them as well; those that only look do not.
    folder.run(&["inputs", "forget", "--all"]);
    assert!(!answers(&folder).exists());
    let (code, _, stderr) = finish(folder.devstack(&["build"]).env("DOCKER_HOST", NOWHERE));
    assert_eq!(code, 2, "{stderr}");
    assert_eq!(folder.run(&["config"]).0, 0);
}

#[test]
fn answers_are_set_and_forgotten_by_name() {
    let folder = Folder::with(MANIFEST);
    let mut command = folder.devstack(&["inputs", "set", "KEY"]);
    let (code, _, stderr) = finish(command.write_stdin(format!("{SECRET}\n")));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(
        folder
            .run(&["inputs", "set", "REGION=us", "NAME=it's me"])
            .0,
        0
    );
    let (code, _, stderr) = folder.run(&["inputs", "set", "KEY=bad"]);
    assert_eq!(code, 2, "{stderr}");
    let (_, stdout, _) = folder.run(&["inputs"]);
    let rows: Vec<Vec<&str>> = stdout
        .lines()
        .map(|line| {
            line.split("  ")
                .filter(|cell| !cell.is_empty())
                .map(str::trim)
                .collect()
        })
        .collect();
    assert_eq!(rows[1], ["NAME", "it's me", "your answer", "Your name"]);
    assert_eq!(
        rows[3],
        ["KEY", "(hidden)", "your answer", "Stripe test key"]
    );
    assert_eq!(folder.run(&["inputs", "forget", "KEY"]).0, 0);
    let (_, stdout, _) = folder.run(&["inputs"]);
    assert!(stdout.contains("missing"), "{stdout}");
    let (code, _, stderr) = folder.run(&["inputs", "forget", "REGON"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("did you mean `REGION`?"), "{stderr}");
}

#[test]
fn no_error_shows_a_secret_nor_the_line_that_it_came_from() {
    let folder = Folder::with(
        "inputs: { KEY: { secret: true } }\n\
         services: { a: { image: x, cpus: \"${KEY}\", ports: [\"${KEY}:80\"] } }\n",
    );
    fs::create_dir(folder.path().join(".devstack")).expect("made");
    for name in [".env", ".devstack/inputs.env"] {
        folder.write(name, &format!("KEY={SECRET}\n"));
        let (code, stdout, stderr) = folder.run(&["validate"]);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains("[hidden]"), "{stderr}");
        assert!(!format!("{stdout}{stderr}").contains(SECRET), "{stderr}");
        fs::remove_file(folder.path().join(name)).expect("removed");
    }
}
