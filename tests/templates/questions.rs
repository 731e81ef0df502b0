//! What is asked, on a terminal and elsewhere.

use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

use crate::fixture::Folder;

const DOWN: &str = "\u{1b}[B";
const SHOW_CURSOR: &str = "\u{1b}[?25h";

fn asked(folder: &Folder, template: &str) -> PtySession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_devstack"));
    command
        .args(["add", template])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("TERM", "xterm")
        .env("NO_COLOR", "1");
    spawn_command(command, Some(20_000)).expect("it starts")
}

fn type_in(session: &mut PtySession, keys: &str) {
    session.send(keys).expect("it takes keys");
    session.flush().expect("it takes keys");
}

fn exit_code(session: &PtySession) -> i32 {
    match session.process().wait().expect("it ends") {
        WaitStatus::Exited(_, code) => code,
        other => panic!("it did not exit by itself: {other:?}"),
    }
}

#[test]
fn arrows_letters_and_enter_answer_and_the_difference_is_shown_first() {
    let folder = Folder::new();
    let mut session = asked(&folder, "redis");
    session.exp_string("Which version?").expect("it asks");
    type_in(&mut session, &format!("{DOWN}\r"));
    session.exp_string("+  cache:").expect("the difference");
    session.exp_string("Write devstack.yaml?").expect("it asks");
    assert!(!folder.path().join("devstack.yaml").exists());
    type_in(&mut session, "y");
    session.exp_string("added cache").expect("it says so");
    session.exp_eof().expect("it ends");
    assert_eq!(exit_code(&session), 0);
    assert!(folder.read("devstack.yaml").contains("redis:7"));
}

#[test]
fn a_wrong_answer_is_told_and_asked_again() {
    let folder = Folder::new();
    let mut session = asked(&folder, "memcached");
    session.exp_string("Which version?").expect("it asks");
    type_in(&mut session, "\r");
    session.exp_string("How many megabytes").expect("it asks");
    type_in(&mut session, "many\r");
    session.exp_string("must match").expect("it says why");
    type_in(&mut session, "32\r");
    session.exp_string("Write devstack.yaml?").expect("it asks");
    type_in(&mut session, "y");
    session.exp_eof().expect("it ends");
    assert!(folder.read("devstack.yaml").contains("\"32\""));
}

#[test]
fn ctrl_c_and_no_leave_everything_as_it_was() {
    for (keys, code) in [
        (vec!["\u{3}"], 130),
        (vec!["\r", "\u{3}"], 130),
        (vec!["\r", "n"], 1),
    ] {
        let folder = Folder::new();
        let mut session = asked(&folder, "redis");
        session.exp_string("Which version?").expect("it asks");
        for (number, key) in keys.iter().enumerate() {
            if number > 0 {
                session.exp_string("Write devstack.yaml?").expect("it asks");
            }
            type_in(&mut session, key);
        }
        session.exp_string(SHOW_CURSOR).expect("the cursor is back");
        session.exp_eof().expect("it ends");
        assert_eq!(exit_code(&session), code, "{keys:?}");
        assert_eq!(folder.all().len(), 0, "{keys:?}");
    }
}

#[test]
fn without_a_terminal_the_flags_that_answer_are_named() {
    let folder = Folder::new();
    folder
        .run(&["add", "postgres"])
        .exits(2)
        .says(&["Which version?", "--set version=…", "--yes"]);
    let answered = ["add", "redis", "--set", "version=7"];
    folder
        .run(&answered)
        .exits(2)
        .says(&["Write devstack.yaml?", "--yes"]);
    assert_eq!(folder.all().len(), 0);
}

#[test]
fn wrong_answers_are_told_with_what_would_be_right() {
    let folder = Folder::new();
    for (arguments, said) in [
        (["--set", "version=71"], "the answers are 18, 17"),
        (["--set", "verzion=17"], "did you mean `version`?"),
        (["--set", "user=a b"], "it must match"),
        (["--set", "version"], "QUESTION=ANSWER"),
        (["--name", "../x"], "cannot be a service's name"),
        (["--set", "password="], "must not be empty"),
    ] {
        let arguments = [&["add", "postgres", "--yes"][..], &arguments[..]].concat();
        folder.run(&arguments).exits(2).says(&[said]);
    }
    folder
        .run(&["add", "postgress"])
        .exits(2)
        .says(&["did you mean `postgres`?"]);
    folder
        .run(&["add", "nothing-like-it"])
        .exits(2)
        .says(&["devstack templates"]);
    assert_eq!(folder.all().len(), 0);
}

#[test]
fn answers_get_the_quotes_that_they_need() {
    let folder = Folder::new();
    let password = "password=a: \"b\" #c 'd'";
    folder.run(&["add", "redis", "--yes"]).exits(0);
    folder
        .run(&["add", "postgres", "--yes", "--set", password])
        .exits(0);
    let ran = folder.run(&["config", "--format", "json"]).exits(0);
    assert!(ran.stdout.contains(r#"a: \"b\" #c 'd'"#), "{}", ran.stdout);
}

#[test]
fn templates_are_listed_and_described() {
    let folder = Folder::new();
    let list = folder.run(&["templates"]).exits(0).stdout;
    let json = folder
        .run(&["templates", "--format", "json"])
        .exits(0)
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let names: Vec<&str> = json
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|template| template["name"].as_str())
        .collect();
    assert_eq!(names, devstack::templates::embedded_names());
    for name in names {
        assert!(
            list.lines().any(|line| line.starts_with(name)),
            "no {name} in:\n{list}"
        );
        let about = folder.run(&["templates", name]).exits(0).stdout;
        assert!(about.contains("Puts into the manifest"), "{about}");
    }
    let about = folder.run(&["templates", "postgres"]).exits(0).stdout;
    for part in [
        "Which version? [17] (18, 17, 16, 15, 14)",
        "image: postgres:((version))",
    ] {
        assert!(about.contains(part), "no {part:?} in:\n{about}");
    }
}
