//! One program takes over what the other started.

use crate::stack::Stack;

const SHOP: &str = "services:
  db:
    image: redis:8
    volumes: ['data:/data', /scratch]
  worker:
    image: busybox:1
    command: sh -c 'echo hello from the worker; exec sleep 600'
    stop_signal: SIGKILL
    depends_on: [db]
    deploy: { replicas: 2 }
volumes: { data: {} }
";

/// Writes something that must outlive every change of hands.
fn remember(stack: &Stack) {
    stack.inside(
        "db",
        &[
            "sh",
            "-c",
            "echo kept > /data/mark; echo too > /scratch/mark",
        ],
    );
}

#[track_caller]
fn still_knows(stack: &Stack) {
    assert_eq!(stack.inside("db", &["cat", "/data/mark"]), "kept");
    assert_eq!(stack.inside("db", &["cat", "/scratch/mark"]), "too");
}

#[test]
fn devstack_takes_over_from_compose_and_gives_back() {
    let stack = Stack::new(SHOP);
    stack.compose(&["up", "-d"]);
    remember(&stack);
    stack.devstack(&["up"]);
    still_knows(&stack);
    assert_eq!(stack.facts().containers.len(), 3);
    let before = stack.field("db", "{{.Id}}");
    stack.devstack(&["up"]);
    assert_eq!(stack.field("db", "{{.Id}}"), before, "nothing had changed");
    stack.compose(&["up", "-d"]);
    still_knows(&stack);
    assert_eq!(stack.facts().containers.len(), 3);
    stack.devstack(&["down"]);
    let left = stack.facts();
    assert!(left.containers.is_empty() && left.networks.is_empty());
    assert_eq!(left.volumes.len(), 1);
}

#[test]
fn composes_commands_work_on_what_devstack_started() {
    let stack = Stack::new(SHOP);
    stack.devstack(&["up"]);
    remember(&stack);
    let listed = stack.compose(&["ps", "--format", "{{.Service}} {{.State}}"]);
    let mut listed: Vec<&str> = listed.lines().collect();
    listed.sort_unstable();
    assert_eq!(listed, ["db running", "worker running", "worker running"]);
    let logs = stack.compose(&["logs", "--no-color", "worker"]);
    assert_eq!(logs.matches("hello from the worker").count(), 2, "{logs}");
    let said = stack.compose(&["exec", "-T", "db", "cat", "/data/mark"]);
    assert_eq!(said.trim(), "kept");
    stack.compose(&["up", "-d", "--scale", "worker=1"]);
    assert_eq!(stack.facts().containers.len(), 2);
    stack.devstack(&["up"]);
    assert_eq!(stack.facts().containers.len(), 3);
    still_knows(&stack);
    stack.compose(&["down"]);
    let left = stack.facts();
    assert!(left.containers.is_empty() && left.networks.is_empty());
    assert_eq!(left.volumes.len(), 1);
}
