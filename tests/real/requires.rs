//! `requires`: checked before anything starts, all at once, each with what was found, needed, and the way out.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use crate::project::{Project, free_port};

/// A folder of programs that answer as they are told, before those of the machine.
fn tools(project: &Project, programs: &[(&str, &str)]) -> String {
    for (name, script) in programs {
        let path = project.file(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
            .expect("it can run");
    }
    let own = project.path().join("bin");
    let path = std::env::var("PATH").expect("there is one");
    format!("{}:{path}", own.display())
}

#[test]
fn what_is_not_met_is_told_all_at_once_before_anything_starts() {
    let held = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = held.local_addr().expect("an address").port();
    let closed = free_port();
    let project = Project::new(&format!(
        r#"
requires:
  engine: ">=99"
  memory: 900TB
  cpus: 4000
  disk: 900TB
  arch: s390x
  tools: {{ node: ">=20", loop: ">=1", mute: 1, nowhere: {{ version: "*", get: "ask Grace" }} }}
  env: [DST_TOKEN]
  hosts: ["127.0.0.1:{closed}", "no-such-host.invalid"]
  ports: [{taken}]
  files: [.env, settings.toml]
services: {{ a: {{ image: "busybox:1", command: "sleep 600" }} }}
"#
    ));
    project.file(".env.example", "A=1\n");
    let path = tools(
        &project,
        &[
            ("node", "echo v18.19.0"),
            ("mute", "exit 0"),
            // A program that never answers is given up, and what it started goes with it.
            ("loop", "exec sleep 600"),
        ],
    );
    let mut command = project.command(&["up"]);
    let output = command.env("PATH", &path).output().expect("devstack runs");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let closed = format!("`127.0.0.1:{closed}` refuses connections");
    let taken = format!("port {taken} is taken, by process");
    for part in [
        "the engine has version",
        "needed >=99",
        "of memory",
        "needed 900 TB",
        "processors",
        "are free where the engine keeps its data",
        "the engine runs on",
        "needed s390x",
        "`node` has version 18.19.0",
        "found 18.19.0, needed >=20",
        "fix: install `node` >=20",
        "`loop --version` does not end within 5 seconds",
        "`mute --version` tells no version",
        "`nowhere` is not found in PATH",
        "fix: ask Grace",
        "the variable `DST_TOKEN` is not set",
        &closed,
        "`no-such-host.invalid:443` has no address that is known here",
        &taken,
        "the file `.env` is not there",
        ".env.example",
        "devstack.yaml:12:17",
        "`devstack up --skip-requires` starts all the same",
    ] {
        assert!(stderr.contains(part), "no {part:?} in:\n{stderr}");
    }
    assert_eq!(stderr.matches("error: ").count(), 15, "{stderr}");
    assert_eq!(project.containers(), Vec::<String>::new());
}

#[test]
fn what_is_met_is_passed_over_and_what_runs_is_not_asked_again() {
    let held = free_port();
    let project = Project::new(&format!(
        r#"
requires:
  engine: ">=20.10"
  memory: 100MB
  cpus: 1
  disk: 1MB
  arch: [amd64, arm64]
  tools: {{ node: ">=20 <23" }}
  env: [DST_TOKEN]
  ports: [{held}]
  files: [devstack.yaml]
services:
  a: {{ image: "busybox:1", command: "httpd -f -p 80", ports: ["{held}:80"], ready: running }}
"#
    ));
    let path = tools(&project, &[("node", "echo v20.11.1")]);
    let up = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        let command = command.env("PATH", &path).env("DST_TOKEN", "1");
        let output = command.output().expect("devstack runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let (code, told) = up(&["plan", "--format", "json"]);
    assert_eq!(code, Some(0), "{told}");
    let plan: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    let states: Vec<_> = plan["requirements"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| finding["state"].as_str().expect("a state"))
        .collect();
    assert_eq!(states, ["ok"; 9], "{told}");
    let (code, told) = up(&["up"]);
    assert_eq!(code, Some(0), "{told}");
    // Everything is gone that was required, but nothing is to be started.
    project.run(&["up"]).exits(0);
    // The port is held by the stack's own container.
    let (code, told) = up(&["up", "--force-recreate"]);
    assert_eq!(code, Some(0), "{told}");
    project.run(&["up", "--force-recreate"]).exits(1).says(&[
        "the variable `DST_TOKEN` is not set",
        "found nothing, needed a value",
    ]);
    project
        .run(&["up", "--force-recreate", "--skip-requires"])
        .exits(0);
}
