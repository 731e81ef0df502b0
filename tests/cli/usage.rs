//! Help, and wrong arguments.

use crate::fixture::{Folder, finish};

const COMMANDS: [&str; 16] = [
    "up",
    "plan",
    "status",
    "logs",
    "exec",
    "shell",
    "run",
    "start",
    "stop",
    "restart",
    "down",
    "pull",
    "build",
    "validate",
    "config",
    "completions",
];

#[test]
fn help_names_every_command_and_shows_examples() {
    let (code, stdout, stderr) = Folder::new().run(&["--help"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    for command in COMMANDS {
        assert!(
            stdout
                .lines()
                .any(|line| line.trim_start().starts_with(&format!("{command} "))),
            "{command} is not in the help:\n{stdout}"
        );
    }
    assert!(stdout.contains("Examples:"), "{stdout}");
    assert!(stdout.contains("Exit codes:"), "{stdout}");
}

#[test]
fn every_command_has_help_with_examples() {
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let (code, stdout, stderr) = Folder::new().run(&[command, flag]);
            assert_eq!((code, stderr.as_str()), (0, ""), "{command} {flag}");
            assert!(
                stdout.contains("Examples:\n  devstack"),
                "{command} {flag}:\n{stdout}"
            );
            assert!(stdout.contains("--project"), "{command} {flag}:\n{stdout}");
        }
    }
}

#[test]
fn no_command_shows_help_and_is_wrong_usage() {
    let (code, _, stderr) = Folder::new().run(&[]);
    assert_eq!(code, 2);
    assert!(stderr.contains("Usage: devstack"), "{stderr}");
}

#[test]
fn wrong_arguments_are_wrong_usage() {
    let cases: [(&[&str], &str); 8] = [
        (&["upp"], "similar subcommand"),
        (&["up", "--buid"], "similar argument"),
        (&["up", "--wait-timeout", "soon"], "`soon` is no time span"),
        (
            &["logs", "--tail", "many"],
            "`many` is neither a number nor `all`",
        ),
        (&["logs", "--since", "then"], "`then` is no point in time"),
        (&["exec", "db"], "required"),
        (&["status", "--progress", "loud"], "invalid value 'loud'"),
        (
            &["--host", "tcp://x:1", "--context", "y", "status"],
            "cannot be used with",
        ),
    ];
    for (arguments, message) in cases {
        let (code, stdout, stderr) = Folder::new().run(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(message), "{arguments:?}:\n{stderr}");
    }
}

#[test]
fn a_wrong_variable_is_wrong_usage() {
    let folder = Folder::with("services: {}");
    let mut command = folder.devstack(&["validate"]);
    let (code, _, stderr) = finish(command.env("DEVSTACK_PROGRESS", "plian"));
    assert_eq!(code, 2);
    assert_eq!(
        stderr,
        "error: `plian` (DEVSTACK_PROGRESS) is no way to show progress\n  fix: did you mean `plain`?\n"
    );
}

#[test]
fn colour_is_only_for_terminals_and_those_who_insist() {
    let folder = Folder::new();
    let (_, _, plain) = folder.run(&["validate"]);
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    let mut command = folder.devstack(&["validate"]);
    let (_, _, forced) = finish(command.env("CLICOLOR_FORCE", "1"));
    assert!(forced.contains('\u{1b}'), "{forced:?}");
    let mut command = folder.devstack(&["validate"]);
    let (_, _, refused) = finish(command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"));
    assert_eq!(refused, plain);
}

#[test]
fn json_progress_gives_errors_as_json() {
    let (code, stdout, stderr) = Folder::new().run(&["--progress", "json", "up"]);
    assert_eq!((code, stderr.as_str()), (2, ""));
    let line: serde_json::Value = serde_json::from_str(stdout.trim()).expect("one line of JSON");
    assert_eq!(line["event"], "error");
    let message = line["diagnostic"]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("there is no manifest"), "{stdout}");
}
