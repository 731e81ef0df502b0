//! Secrets reach the containers that need them, and nothing else that anybody could read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::project::{Project, docker};

const MANIFEST: &str = r#"
inputs:
  API_KEY: { prompt: "Key", secret: true }
  DB_PASSWORD: { prompt: "Password of the database", secret: true }
services:
  db:
    image: postgres:17
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: "${DB_PASSWORD}", POSTGRES_DB: shop }
    ports: ["5432"]
    volumes: ["dbdata:/var/lib/postgresql/data"]
    seed: [{ exec: "psql -U shop -c 'create table t ()'; echo seeded with ${API_KEY}" }]
  app:
    build:
      context: ./app
      args: { KEY: "${API_KEY}" }
      dockerfile_inline: |
        FROM busybox:1
        ARG KEY
        RUN echo "NONCE is built with $$KEY"
    command: ["sh", "-c", "echo using $API_KEY; sleep 600"]
    init: true
    environment: { API_KEY: }
    depends_on: [db]
    ready: running
  broken:
    image: busybox:1
    command: ["sh", "-c", "echo cannot use ${API_KEY}; exit 3"]
    profiles: [broken]
volumes: { dbdata: {} }
"#;
/// With characters that URLs, quoting and interpolation write otherwise.
const SECRETS: [&str; 2] = ["sk_live_/9x%Q+=", "pw-of-the-db/7&$z"];

/// That a text holds no secret, however it is written.
#[track_caller]
fn without_secrets(what: &str, text: &str) {
    for secret in SECRETS {
        let plain = secret.split('/').next().expect("a part");
        for part in [secret, plain] {
            assert!(!text.contains(part), "{part:?} in {what}:\n{text}");
        }
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn no_label_event_log_error_answer_or_file_holds_a_secret() {
    let project = Project::new(MANIFEST);
    // What an earlier run left in the engine's build cache would be built without a word.
    project.manifest(&MANIFEST.replace("NONCE", project.name()));
    project.file("app/empty", "");
    for (name, secret) in ["API_KEY", "DB_PASSWORD"].iter().zip(SECRETS) {
        project
            .run(&["inputs", "set", &format!("{name}={secret}")])
            .exits(0);
    }
    let home = project.path().join("home");
    fs::create_dir(&home).expect("made");
    let run = |arguments: &[&str], code: i32| {
        let mut command = project.command(arguments);
        let output = command
            .env("HOME", &home)
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .output()
            .expect("devstack runs");
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}:\n{told}");
        without_secrets(&arguments.join(" "), &told);
        told
    };
    run(&["plan"], 0);
    run(&["plan", "--format", "json"], 0);
    let told = run(
        &["up", "--progress", "json", "--profile-run", "run.json"],
        0,
    );
    assert!(
        told.contains("built with [hidden]") && told.contains("seeded with [hidden]"),
        "{told}"
    );
    let told = run(&["--profile", "broken", "up"], 1);
    assert!(told.contains("cannot use [hidden]"), "{told}");
    run(&["-vv", "up", "--force-recreate", "app"], 0);
    for command in [
        &["status"][..],
        &["status", "--format", "json"],
        &["config"],
        &["config", "--format", "json"],
        &["config", "--origins"],
        &["validate", "--format", "json"],
        &["inputs"],
        &["inputs", "--format", "json"],
        &["snapshot", "list", "--format", "json"],
        &["seed", "db"],
    ] {
        run(command, 0);
    }

    // The containers have them, and use them.
    let environment = project.inside("app", &["sh", "-c", "printf %s \"$API_KEY\""]);
    assert_eq!(environment, SECRETS[0]);

    let labels = "{{json .Config.Labels}}";
    for service in ["db", "app", "broken"] {
        without_secrets("labels", &project.inspect(service, labels));
    }
    let image = project.inspect("app", "{{.Image}}");
    without_secrets(
        "the image's labels",
        &docker(&["image", "inspect", "--format", labels, &image]),
    );
    for kind in ["volume", "network"] {
        let all = docker(&[kind, "ls", "--quiet"]);
        for name in all.lines() {
            // One that another test has removed meanwhile tells nothing.
            let found = crate::project::try_docker(&[kind, "inspect", name]);
            without_secrets(kind, &found.unwrap_or_default());
        }
    }
    let mut all = Vec::new();
    files(project.path(), &mut all);
    for path in all {
        if !path.ends_with(".devstack/inputs.env") {
            let text = fs::read(&path).expect("it can be read");
            without_secrets(&path.display().to_string(), &String::from_utf8_lossy(&text));
        }
    }
}

/// The stand-in images behind a login; gives `host:port`.
fn guarded_registry() -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/registry");
    let output = Command::new(script).arg("--auth").output();
    let output = output.expect("the script runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn the_password_of_a_registry_is_told_to_the_registry_alone() {
    let image = format!("{}/library/busybox:1", guarded_registry());
    let (registry, _) = image.split_once('/').expect("it has a registry");
    let project = Project::new(&format!(
        "services: {{ a: {{ image: '{image}', pull_policy: always, command: sleep 600, init: true, ready: running }} }}\n"
    ));
    for (password, code) in [("s3cret~~~guess", 1), ("s3cret~~~???", 0)] {
        let login = BASE64_STANDARD.encode(format!("dev:{password}"));
        project.file(
            "docker/config.json",
            format!(r#"{{"auths": {{"{registry}": {{"auth": "{login}"}}}}}}"#),
        );
        let holds_none = |what: &str, text: &str| {
            for part in [password, &login] {
                assert!(!text.contains(part), "{part:?} in {what}:\n{text}");
            }
        };
        for arguments in [&["-vv", "up"][..], &["up", "--progress", "json"]] {
            let mut command = project.command(arguments);
            let output = command
                .env("DOCKER_CONFIG", project.path().join("docker"))
                .env("XDG_RUNTIME_DIR", project.path().join("run"))
                .output()
                .expect("devstack runs");
            let told = [output.stdout, output.stderr].concat();
            let told = String::from_utf8_lossy(&told);
            assert_eq!(output.status.code(), Some(code), "{told}");
            holds_none("what is told", &told);
        }
        let mut all = Vec::new();
        files(project.path(), &mut all);
        for path in all
            .iter()
            .filter(|path| !path.ends_with("docker/config.json"))
        {
            let text = fs::read(path).expect("it can be read");
            holds_none(&path.display().to_string(), &String::from_utf8_lossy(&text));
        }
        if code == 0 {
            holds_none("the container", &project.inspect("a", "{{json .}}"));
        }
    }
}
