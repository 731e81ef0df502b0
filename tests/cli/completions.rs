//! Scripts for shells.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::fixture::Folder;

#[test]
fn every_shell_gets_a_script() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, stdout, stderr) = Folder::new().run(&["completions", shell]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{shell}");
        assert!(stdout.contains("remove-orphans"), "{shell}");
    }
}

#[test]
fn the_bash_script_is_one_that_bash_understands() {
    let (_, script, _) = Folder::new().run(&["completions", "bash"]);
    let mut bash = Command::new("bash")
        .arg("-n")
        .stdin(Stdio::piped())
        .spawn()
        .expect("bash runs");
    let mut stdin = bash.stdin.take().expect("it is piped");
    stdin.write_all(script.as_bytes()).expect("bash reads");
    drop(stdin);
    assert!(bash.wait().expect("bash ends").success());
}

#[test]
fn an_unknown_shell_is_refused_with_the_known() {
    let (code, _, stderr) = Folder::new().run(&["completions", "tcsh"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("[possible values: bash"), "{stderr}");
}
