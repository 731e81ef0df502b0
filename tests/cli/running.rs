//! Commands on a project that runs, known by its labels alone: status, logs, exec, shell.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use rexpect::session::spawn_command;

use crate::project::Project;

const FOREVER: &str = "trap 'exit 0' TERM; while :; do sleep 1 & wait; done";

#[test]
fn status_shows_what_runs_and_what_ended() {
    let project = Project::new();
    project.start("web", FOREVER);
    let bad = project.start("bad", "exit 3");
    let job = project.start("job", "exit 0");
    project.ended(&bad);
    project.ended(&job);
    let (code, stdout, stderr) = project.run(&["status"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let rows: Vec<Vec<&str>> = stdout
        .lines()
        .map(|line| line.split("  ").collect())
        .collect();
    let cell = |service: &str| {
        let row = rows
            .iter()
            .find(|row| row[0] == service)
            .expect("it is listed");
        row.iter()
            .skip(1)
            .find(|cell| !cell.is_empty())
            .map(|cell| cell.trim().to_owned())
    };
    assert_eq!(cell("web").as_deref(), Some("running"), "{stdout}");
    assert_eq!(cell("bad").as_deref(), Some("exited (3)"), "{stdout}");
    assert_eq!(cell("job").as_deref(), Some("completed"), "{stdout}");
    let (_, json, _) = project.run(&["status", "bad", "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(answer.as_array().map(Vec::len), Some(1));
    assert_eq!(answer[0]["exit_code"], 3);
    assert_eq!(answer[0]["ok"], false);
}

#[test]
fn status_names_services_that_are_not_created_and_those_not_in_the_manifest() {
    let project = Project::new();
    project.start("old", FOREVER);
    project
        .folder()
        .write("devstack.yaml", "services: { new: { image: x } }\n");
    let (code, stdout, _) = project.run(&["status"]);
    assert_eq!(code, 0);
    let line = |service: &str| {
        stdout
            .lines()
            .find(|line| line.starts_with(service))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(line("new").contains("not created"), "{stdout}");
    assert!(line("old").contains("not in the manifest"), "{stdout}");
}

#[test]
fn a_broken_manifest_hides_nothing_that_runs() {
    let project = Project::new();
    project.start("web", "echo hello; exec sleep 60");
    let broken = format!("name: {}\nservices:\n  web: [1\n", project.name());
    project.folder().write("devstack.yaml", &broken);
    let (code, stdout, stderr) = project.run(&["status"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("running"), "{stdout}");
    let (code, _, stderr) = project.run(&["exec", "web", "true"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn logs_of_several_services_are_merged_by_time() {
    let project = Project::new();
    for (service, word) in [
        ("first", "one"),
        ("second", "two"),
        ("first-again", "three"),
    ] {
        let id = project.start(service, &format!("echo {word}"));
        project.ended(&id);
    }
    let (code, stdout, stderr) = project.run(&["logs"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(
        stdout,
        "first       | one\nsecond      | two\nfirst-again | three\n"
    );
    let (_, one, _) = project.run(&["logs", "second", "--no-prefix"]);
    assert_eq!(one, "two\n");
}

#[test]
fn logs_can_be_cut_and_told_as_json() {
    let project = Project::new();
    let id = project.start(
        "app",
        "for i in 1 2 3 4; do echo line $i; done; echo bad >&2",
    );
    project.ended(&id);
    // The engine may still be writing the last line down when the container has ended.
    for _ in 0..100 {
        if project.run(&["logs", "app"]).1.lines().count() == 5 {
            break;
        }
    }
    let (_, tail, _) = project.run(&["logs", "--tail", "2", "app"]);
    assert_eq!(tail.lines().count(), 2, "{tail}");
    let (_, json, _) = project.run(&["logs", "--format", "json"]);
    let lines: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 5);
    assert!(
        lines
            .iter()
            .any(|line| line["stream"] == "stderr" && line["text"] == "bad")
    );
    assert!(
        lines
            .iter()
            .all(|line| line["service"] == "app" && line["at"].is_string())
    );
    let (_, none, _) = project.run(&["logs", "--until", "2001-01-01"]);
    assert_eq!(none, "");
}

#[test]
fn followed_logs_go_on_after_a_restart_and_take_in_new_containers() {
    let project = Project::new();
    let id = project.start("app", "echo started; exec sleep 60");
    let mut follower = Command::new(env!("CARGO_BIN_EXE_devstack"))
        .args(["-p", project.name(), "logs", "-f"])
        .current_dir(project.folder().path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(follower.stdout.take().expect("it is piped")).lines();
    let mut next = || lines.next().expect("it goes on").expect("UTF-8");
    assert_eq!(next(), "app | started");
    project.start_again(&id);
    assert_eq!(next(), "app | started");
    project.start("late", "echo here too; exec sleep 60");
    assert_eq!(next(), "late | here too");
    follower.kill().expect("it can be ended");
    follower.wait().expect("it ends");
}

#[test]
fn exec_passes_input_output_variables_and_the_exit_code_on() {
    let project = Project::new();
    project.start("app", FOREVER);
    let script = "cat; echo $GREETING; echo bad >&2; exit 7";
    let mut command = project.folder().devstack(&[
        "-p",
        project.name(),
        "exec",
        "-T",
        "-e",
        "GREETING=hi",
        "app",
        "sh",
        "-c",
        script,
    ]);
    let output = command.write_stdin("typed\n").output().expect("it runs");
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "typed\nhi\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "bad\n");
}

#[test]
fn exec_says_why_it_cannot() {
    let project = Project::new();
    let (code, _, stderr) = project.run(&["exec", "app", "ls"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("nothing of project"), "{stderr}");
    let id = project.start("app", "exit 1");
    project.ended(&id);
    let (code, _, stderr) = project.run(&["exec", "app", "ls"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("error: `app` does not run\n"), "{stderr}");
    assert!(stderr.contains("fix: devstack up app"), "{stderr}");
    let (code, _, stderr) = project.run(&["exec", "aap", "ls"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("fix: did you mean `app`?"), "{stderr}");
}

#[test]
fn a_shell_has_a_terminal_of_the_windows_size() {
    let project = Project::new();
    project.start("app", FOREVER);
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!(
            "stty rows 33 cols 101 -echo; before=$(stty -g); {} -p {} shell app; \
             echo code=$?; [ \"$before\" = \"$(stty -g)\" ] && echo as before",
            env!("CARGO_BIN_EXE_devstack"),
            project.name()
        ))
        .env("TERM", "xterm")
        .current_dir(project.folder().path());
    let mut session = spawn_command(command, Some(20_000)).expect("it starts");
    session.exp_string("/ #").expect("the shell is ready");
    // The size may come a moment after the shell; it asks until it has it.
    session
        .send_line("until [ \"$(stty size)\" = '33 101' ]; do :; done; echo size is right")
        .expect("it takes keys");
    session
        .exp_string("\nsize is right")
        .expect("the size arrives");
    session.send_line("exit 5").expect("it takes keys");
    session
        .exp_string("code=5")
        .expect("the exit code is passed on");
    session
        .exp_string("as before")
        .expect("the terminal is as it was before");
}
