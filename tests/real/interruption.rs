//! devstack is interrupted or killed: what is left is consistent, and the next `up` goes on from it.

use std::io::{BufRead as _, BufReader};
use std::time::{Duration, Instant};

use rexpect::session::PtySession;

use crate::project::Project;

const STACK: &str = r#"
services:
  db:
    image: postgres:17
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: dev, POSTGRES_DB: shop }
    volumes: ["dbdata:/var/lib/postgresql/data"]
    seed: [schema.sql, orders.sql]
  app:
    image: busybox:1
    init: true
    command: [sleep, "1000"]
    depends_on: [db]
volumes: { dbdata: {} }
"#;

fn stack() -> Project {
    let project = Project::new(STACK);
    project.file(
        "schema.sql",
        "create table orders (id int primary key, note text);\n",
    );
    let rows: Vec<String> = (0..40_000)
        .map(|n| format!("{n}\torder number {n}"))
        .collect();
    let rows = rows.join("\n");
    project.file(
        "orders.sql",
        format!("copy orders from stdin;\n{rows}\n\\.\nselect pg_sleep(0.5);\n"),
    );
    project
}

/// Milliseconds that look random but are the same at every run.
fn moments() -> impl Iterator<Item = u64> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % 3_500
    })
}

#[test]
fn killed_at_any_moment_the_next_up_completes() {
    for moment in moments().take(10) {
        let project = stack();
        let mut child = project.start(&["up"]);
        let until = Instant::now() + Duration::from_millis(moment);
        while Instant::now() < until && child.try_wait().expect("a child").is_none() {
            std::thread::yield_now();
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it ended");
        let ran = project.run(&["up"]);
        assert_eq!(ran.code, 0, "killed after {moment} ms:\n{}", ran.stderr);
        assert_eq!(
            project.query("select count(*) from orders"),
            "40000",
            "killed after {moment} ms"
        );
        let expected = [project.container("app"), project.container("db")];
        assert_eq!(project.containers(), expected, "killed after {moment} ms");
        assert_eq!(project.volumes().len(), 1, "killed after {moment} ms");
        let data = Project::label(&project.volumes()[0], "dev.devstack.data");
        assert!(
            data.contains(r#""state":"live""#),
            "killed after {moment} ms: {data}"
        );
    }
}

#[test]
fn a_second_up_waits_for_the_first_and_finds_nothing_to_do() {
    let project = stack();
    let mut first = project.start(&["up", "--progress", "json"]);
    let mut lines = BufReader::new(first.stdout.take().expect("a pipe")).lines();
    lines.next().expect("a first event").expect("text");
    let second = project.run(&["up", "--progress", "json"]).exits(0);
    assert!(second.stdout.contains("lock_waiting"), "{}", second.stdout);
    assert!(
        second.stdout.contains(r#""outcome":"unchanged""#),
        "{}",
        second.stdout
    );
    assert!(lines.all(|line| line.is_ok()));
    assert_eq!(first.wait().expect("it ends").code(), Some(0));
}

fn in_terminal(project: &Project, arguments: &[&str]) -> PtySession {
    let command = project.command(arguments);
    rexpect::session::spawn_command(command, Some(60_000)).expect("a terminal")
}

#[test]
fn ctrl_c_restores_the_cursor_exits_130_and_the_next_up_goes_on() {
    let project = stack();
    let mut terminal = in_terminal(&project, &["up"]);
    terminal.exp_string("db").expect("the live view");
    terminal.send_control('c').expect("a key");
    let rest = terminal.exp_eof().expect("it ends");
    let status = terminal.process().wait().expect("it ended");
    assert!(
        matches!(status, rexpect::process::WaitStatus::Exited(_, 130)),
        "{status:?}\n{rest}"
    );
    let hidden = rest.rfind("\u{1b}[?25l");
    let shown = rest.rfind("\u{1b}[?25h");
    assert!(
        hidden.is_none() || shown > hidden,
        "the cursor stays hidden: {rest:?}"
    );
    project.up();
    assert_eq!(project.query("select count(*) from orders"), "40000");
}

#[test]
fn down_in_a_terminal_asks_before_it_removes_data() {
    let project = stack();
    project.up();
    let mut terminal = in_terminal(&project, &["down", "--data"]);
    terminal.exp_string("dbdata").expect("what will be lost");
    terminal.exp_string("Remove it?").expect("a question");
    terminal.send("n").expect("a key");
    terminal.flush().expect("a key");
    terminal.exp_eof().expect("it ends");
    assert_eq!(project.query("select count(*) from orders"), "40000");
}
