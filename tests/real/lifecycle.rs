//! From nothing to ready, nothing to do, changed, stopped, gone.

use devstack::execute::PortClaims;

use crate::project::{Project, Ran, docker, free_port, get};

const SHOP: &str = r#"
services:
  db:
    image: postgres:17
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: dev, POSTGRES_DB: shop }
    volumes: ["dbdata:/var/lib/postgresql/data"]
    seed: [seed.sql]
  cache:
    image: redis:8
  web:
    image: nginx:1.26
    depends_on: [db, cache]
    ports: ["PORT:80"]
    ready: { http: / }
    open: /
volumes: { dbdata: {} }
"#;

fn shop() -> (Project, u16) {
    let port = free_port();
    let project = Project::new(&SHOP.replace("PORT", &port.to_string()));
    project.file(
        "seed.sql",
        "create table orders (id int);\ninsert into orders select generate_series(1, 1000);\n",
    );
    (project, port)
}

#[test]
fn up_brings_everything_to_ready_and_a_second_up_finds_nothing_to_do() {
    let (project, port) = shop();
    let ran = project.up();
    assert!(
        ran.stdout.contains(&format!("http://localhost:{port}/")),
        "{}",
        ran.stderr
    );
    assert_eq!(project.query("select count(*) from orders"), "1000");
    assert!(get(port, "/").starts_with("HTTP/1.1 200"));
    let before = docker(&[
        "inspect",
        "--format",
        "{{.Id}} {{.State.StartedAt}}",
        &project.container("db"),
    ]);
    let again = project.run(&["up", "--progress", "json"]).exits(0);
    assert!(
        again.stdout.contains(r#""outcome":"unchanged""#),
        "{}",
        again.stdout
    );
    let after = docker(&[
        "inspect",
        "--format",
        "{{.Id}} {{.State.StartedAt}}",
        &project.container("db"),
    ]);
    assert_eq!(before, after);
}

#[test]
fn data_survives_down_and_goes_only_when_asked_for() {
    let (project, _) = shop();
    project.up();
    project.query("insert into orders values (7777)");
    project.run(&["down"]).exits(0);
    assert!(project.containers().is_empty());
    assert!(project.networks().is_empty());
    project.up().does_not_say("warning");
    assert_eq!(
        project.query("select count(*) from orders where id = 7777"),
        "1"
    );
    assert_eq!(
        project.query("select count(*) from orders"),
        "1001",
        "seeds are applied once"
    );

    project.run(&["down", "--data"]).exits(2).says(&["--yes"]);
    assert_eq!(
        project.query("select 1"),
        "1",
        "nothing was removed without a word"
    );
    project.run(&["down", "--data", "--yes"]).exits(0);
    assert!(project.volumes().is_empty());
    assert!(project.notes().is_empty());
    project.up();
    assert_eq!(project.query("select count(*) from orders"), "1000");
}

#[test]
fn a_changed_service_is_recreated_and_the_others_are_left_alone() {
    let (project, port) = shop();
    project.up();
    let id = |service: &str| project.inspect(service, "{{.Id}}");
    let (db, cache) = (id("db"), id("cache"));
    let manifest = SHOP.replace("PORT", &port.to_string());
    project.manifest(&manifest.replace(
        "image: redis:8",
        "image: redis:8\n    environment: { TZ: UTC }",
    ));
    let status = project.run(&["status"]).exits(0);
    let changed = status.stdout.matches("changed in the manifest").count();
    assert_eq!(changed, 1, "{}", status.stdout);
    let keys = "changed in the manifest: environment (TZ)\n";
    assert!(status.stdout.contains(keys), "{}", status.stdout);
    let plan = project.run(&["plan"]).exits(0);
    assert!(
        plan.stdout.contains("its settings in the manifest changed"),
        "{}",
        plan.stdout
    );
    project.up();
    assert_eq!(id("db"), db);
    assert_ne!(id("cache"), cache);
}

#[test]
fn stop_start_and_restart_keep_the_containers() {
    let (project, port) = shop();
    project.up();
    let id = project.inspect("db", "{{.Id}}");
    project.run(&["stop"]).exits(0);
    assert_eq!(project.inspect("web", "{{.State.Running}}"), "false");
    project.run(&["start"]).exits(0);
    assert!(get(port, "/").starts_with("HTTP/1.1 200"));
    let started = project.inspect("web", "{{.State.StartedAt}}");
    project.run(&["restart", "web"]).exits(0);
    assert_ne!(project.inspect("web", "{{.State.StartedAt}}"), started);
    assert_eq!(project.inspect("db", "{{.Id}}"), id);
    project
        .run(&["restart", "wbe"])
        .exits(2)
        .says(&["wbe", "web"]);
}

#[test]
fn orphans_are_named_and_removed_on_request() {
    let project = Project::new("services:\n  a: { image: redis:8 }\n  b: { image: redis:8 }\n");
    project.up();
    project.manifest("services:\n  a: { image: redis:8 }\n");
    project
        .run(&["up"])
        .exits(0)
        .says(&[&project.container("b"), "--remove-orphans"]);
    assert_eq!(project.containers().len(), 2);
    project.run(&["up", "--remove-orphans"]).exits(0);
    assert_eq!(project.containers(), [project.container("a")]);
}

#[test]
fn a_one_shot_that_succeeded_is_done_and_gates_what_needs_it() {
    let project = Project::new(
        r#"
services:
  migrate:
    image: busybox:1
    command: ["sh", "-c", "sleep 0.3; echo done > /out/done"]
    volumes: ["out:/out"]
  app:
    image: busybox:1
    command: ["sh", "-c", "cat /out/done && exec sleep 1000"]
    init: true
    volumes: ["out:/out"]
    depends_on: { migrate: { condition: service_completed_successfully } }
volumes: { out: {} }
"#,
    );
    project.up();
    let log = docker(&["logs", &project.container("app")]);
    assert_eq!(log.trim(), "done");
    let again = project.run(&["up", "--progress", "json"]).exits(0);
    assert!(
        again.stdout.contains(r#""outcome":"unchanged""#),
        "{}",
        again.stdout
    );
}

#[test]
fn one_pull_serves_every_service_of_an_image() {
    let service = |n| format!("  s{n}: {{ image: valkey/valkey:8 }}");
    let services: Vec<String> = (0..4).map(service).collect();
    let project = Project::new(&format!(
        "services:
{}
",
        services.join(
            "
"
        )
    ));
    let plan = project.run(&["plan", "--pull"]).exits(0);
    assert_eq!(
        plan.stdout.matches("pull valkey/valkey:8").count(),
        1,
        "{}",
        plan.stdout
    );
    let ran = project
        .run(&["up", "--pull", "--progress", "plain"])
        .exits(0);
    assert!(
        !ran.stderr.contains('\u{1b}'),
        "control characters where there is no terminal"
    );
}

#[test]
fn compose_sees_the_same_stack_as_status() {
    let (project, _) = shop();
    project.up();
    let compose = std::process::Command::new("scripts/compose")
        .output()
        .expect("scripts/compose runs");
    assert!(
        compose.status.success(),
        "{}",
        String::from_utf8_lossy(&compose.stderr)
    );
    let compose = String::from_utf8(compose.stdout).expect("a path");
    let listed = std::process::Command::new(compose.trim())
        .args([
            "-p",
            project.name(),
            "ps",
            "--format",
            "{{.Service}} {{.State}}",
        ])
        .output()
        .expect("compose runs");
    let mut listed: Vec<String> = String::from_utf8_lossy(&listed.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    listed.sort();
    let status = project.run(&["status", "--format", "json"]).exits(0);
    let rows: serde_json::Value = serde_json::from_str(&status.stdout).expect("JSON");
    let mut ours: Vec<String> = rows
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| {
            format!(
                "{} {}",
                row["service"].as_str().expect("a name"),
                row["state"].as_str().expect("a state")
            )
        })
        .collect();
    ours.sort();
    assert_eq!(ours, listed);
    assert_eq!(ours.len(), 3);
}

#[test]
fn a_built_image_is_built_once_and_again_on_request() {
    let project = Project::new(
        "services:\n  app:\n    build: ./app\n    command: [sleep, '1000']\n    init: true\n",
    );
    project.file(
        "app/Dockerfile",
        "FROM busybox:1\nCOPY greeting /greeting\n",
    );
    project.file("app/greeting", "one");
    project.file("app/.dockerignore", "secret\n");
    project.file("app/secret", "hidden");
    project.up();
    assert_eq!(project.inside("app", &["cat", "/greeting"]), "one");
    let first = project.inspect("app", "{{.Id}}");
    project.run(&["up", "--build"]).exits(0);
    assert_eq!(
        project.inspect("app", "{{.Id}}"),
        first,
        "the same image needs no new container"
    );
    project.file("app/greeting", "two");
    project.run(&["up", "--build"]).exits(0);
    assert_eq!(project.inside("app", &["cat", "/greeting"]), "two");
    docker(&["rmi", "-f", &format!("{}-app", project.name())]);
}

#[test]
fn where_the_time_of_an_up_went_can_be_seen_then_and_later() {
    let project = Project::new(
        r#"
services:
  slow:
    image: busybox:1
    command: [sh, -c, "sleep 11; touch /tmp/ready; sleep 1000"]
    ready: { exec: "test -e /tmp/ready" }
    stop_grace_period: 0s
  quick:
    image: busybox:1
    command: sleep 1000
    depends_on: [slow]
    ready: { exec: "true" }
    stop_grace_period: 0s
"#,
    );
    project
        .run(&["status", "--why-slow"])
        .exits(1)
        .says(&["no run of project", "is noted"]);
    let file = project.path().join("run.json");
    let ran = project
        .run(&["up", "--profile-run", file.to_str().expect("UTF-8")])
        .exits(0);
    ran.says(&["it waited for: slow ", "readiness 1"]);
    let text = std::fs::read_to_string(&file).expect("the profile");
    let profile: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let events = profile["traceEvents"].as_array().expect("events");
    let bar = events
        .iter()
        .find(|event| event["cat"] == "ready" && event["dur"].as_u64() > Some(10_000_000));
    assert!(bar.is_some(), "{text}");
    let later = project.run(&["status", "--why-slow"]).exits(0);
    assert!(later.stdout.contains("slow"), "{}", later.stdout);
    assert!(later.stdout.contains("readiness"), "{}", later.stdout);
    // A run that changes nothing is not what anybody asks about.
    project.up();
    let json = project
        .run(&["status", "--why-slow", "--format", "json"])
        .exits(0);
    let note: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert!(note["took_ms"].as_u64() > Some(10_000), "{}", json.stdout);
    project.run(&["down"]).exits(0);
    assert!(project.notes().is_empty(), "{:?}", project.notes());
}

#[test]
fn a_profile_that_cannot_be_written_is_told_before_anything_is_done() {
    let project = Project::new("services: { web: { image: busybox:1 } }\n");
    project
        .run(&["up", "--profile-run", "/nonexistent/run.json"])
        .exits(2)
        .says(&[
            "the profile of the run cannot be written to /nonexistent/run.json",
            "fix: name a file in a folder that is there",
        ]);
    assert!(project.containers().is_empty());
}

#[test]
fn a_port_that_another_run_is_about_to_publish_is_not_chosen() {
    let port = free_port();
    let project = Project::new(&format!(
        "services:\n  cache:\n    image: redis:8\n    ports: [\"{port}\"]\n"
    ));
    let folder = tempfile::tempdir().expect("a folder");
    let plan = || {
        let mut command = project.command(&["plan"]);
        command.env("XDG_RUNTIME_DIR", folder.path());
        Ran::of(&command.output().expect("devstack runs")).exits(0)
    };
    let moved = format!("port {port} of `cache` is published as");
    let mut other = PortClaims::new(folder.path().join("devstack"));
    assert!(other.claim(port));
    plan().says(&[&moved]);
    drop(other);
    plan().does_not_say(&moved);
}
