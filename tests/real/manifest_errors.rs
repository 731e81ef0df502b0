//! A manifest that is wrong: told with its place, all at once, with exit code 2, before anything starts.

use crate::project::Project;

#[test]
fn a_missing_manifest_says_what_was_looked_for() {
    let project = Project::new("");
    std::fs::remove_file(project.path().join("devstack.yaml")).expect("it was there");
    project
        .run(&["up"])
        .exits(2)
        .says(&["devstack.yaml", "compose.yaml"]);
}

#[test]
fn invalid_yaml_has_a_place() {
    let project = Project::new("services:\n  db:\n    image: [redis:8\n");
    project.run(&["up"]).exits(2).says(&["devstack.yaml:"]);
}

#[test]
fn every_problem_is_told_at_once_with_the_nearest_name() {
    let project = Project::new(
        r#"
services:
  db:
    imge: redis:8
  api:
    image: redis:8
    depends_on: [dbb]
    enviroment: { A: b }
    ports: ["99999:80"]
"#,
    );
    project.run(&["up"]).exits(2).says(&[
        "devstack.yaml:4:5",
        "`image`",
        "devstack.yaml:7:18",
        "`db`",
        "devstack.yaml:8:5",
        "`environment`",
        "devstack.yaml:9:",
    ]);
}

#[test]
fn a_dependency_cycle_is_named() {
    let project = Project::new(
        "
services:
  a: { image: redis:8, depends_on: [b] }
  b: { image: redis:8, depends_on: [c] }
  c: { image: redis:8, depends_on: [a] }
",
    );
    let ran = project.run(&["up"]).exits(2);
    let text = ran.stderr.replace('`', "");
    assert!(
        ["a → b → c → a", "a -> b -> c -> a"]
            .iter()
            .any(|cycle| text.contains(cycle)),
        "{text}"
    );
}

#[test]
fn a_service_that_does_not_exist_is_refused_with_the_nearest_name() {
    let project = Project::new("services:\n  database: { image: redis:8 }\n");
    project
        .run(&["up", "databse"])
        .exits(2)
        .says(&["databse", "`database`"]);
}

#[test]
fn validate_tells_the_same_without_an_engine() {
    let project = Project::new("services:\n  db: { imge: redis:8 }\n");
    let output = project
        .command(&["validate"])
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .output()
        .expect("devstack runs");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_runs_can_be_seen_and_taken_down_when_the_manifest_is_broken() {
    let project = Project::new("services:\n  db: { image: redis:8 }\n");
    project.up();
    project.manifest("services: [");
    let status = project.run(&["status", "--format", "json"]).exits(0);
    assert!(
        status.stdout.contains(r#""service": "db""#),
        "{}",
        status.stdout
    );
    project.run(&["logs", "--tail", "1"]).exits(0);
    project.run(&["down"]).exits(0);
    assert!(project.containers().is_empty());
}
