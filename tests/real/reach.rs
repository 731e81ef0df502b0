//! The way to what runs: `console`, `env`, `open`, on real servers.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::project::{Project, Ran, docker, free_port, mirror};

/// A password that every kind of quoting has its trouble with.
const HOSTILE: &str = r#"it's "a\b" $HOME `id` #1"#;

fn databases() -> Project {
    let project = Project::new(
        r#"
services:
  db:
    image: postgres:17
    environment: { POSTGRES_USER: shop, POSTGRES_DB: shop, POSTGRES_PASSWORD_FILE: /run/secrets/db }
    secrets: [db]
    ports: ["5432"]
  old:
    image: mariadb:11.8
    environment: { MARIADB_USER: shop, MARIADB_PASSWORD: dev, MARIADB_DATABASE: shop, MARIADB_ROOT_PASSWORD: root }
    ports: ["3306"]
  cache:
    image: redis:8
    command: redis-server --requirepass "p w"
    ports: ["6379"]
  queue:
    image: rabbitmq:4
  app:
    image: busybox:1
    command: sleep 1000
    init: true
secrets: { db: { file: ./password } }
"#,
    );
    project.file("password", format!("{HOSTILE}\n"));
    project
}

/// Runs devstack with this on its standard input.
fn fed(project: &Project, arguments: &[&str], input: &str) -> Ran {
    let mut child = project
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("devstack runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    Ran::of(&child.wait_with_output().expect("it ends"))
}

/// Runs a line of a POSIX shell in a container of this image that has the machine's own network, with the variables of
/// `devstack env --format shell` set.
fn with_variables(project: &Project, image: &str, line: &str) -> String {
    let variables = project.run(&["env", "--format", "shell"]).exits(0).stdout;
    let script = format!("eval \"$1\"\n{line}");
    let image = format!("{}/library/{image}", mirror());
    docker(&[
        "run",
        "--rm",
        "--network",
        "host",
        "--entrypoint",
        "sh",
        &image,
        "-c",
        &script,
        "sh",
        &variables,
    ])
}

#[test]
fn every_database_is_reached_with_its_own_client_and_by_variables() {
    let project = databases();
    project.up();

    // Consoles: arguments, a pipe, the client's exit code.
    let asked = project.run(&["console", "db", "-Atc", "select current_user"]);
    assert_eq!(asked.exits(0).stdout, "shop\n");
    let piped = fed(&project, &["console", "db"], "select 40 + 2 as answer;\n").exits(0);
    assert!(piped.stdout.contains("42"), "{}", piped.stdout);
    project
        .run(&["console", "db", "-c", "select nonsense"])
        .exits(1)
        .says(&["column \"nonsense\" does not exist"])
        .does_not_say("take connections");
    let asked = project.run(&["console", "old", "-Ne", "select current_user()"]);
    assert!(asked.exits(0).stdout.starts_with("shop@"));
    let piped = fed(&project, &["console", "cache"], "set a 1\nget a\n").exits(0);
    assert_eq!(piped.stdout, "OK\n1\n");
    let asked = project.run(&["console", "cache", "get", "a"]).exits(0);
    assert_eq!(asked.stdout, "1\n");
    let piped = fed(
        &project,
        &["console", "queue"],
        "-q list_vhosts\n\nlist_vhosts 'x\n",
    );
    assert!(piped.stdout.contains("/\n"), "{}", piped.stdout);
    assert_ne!(piped.code, 0, "the last line is wrong");

    // Which one is meant is not guessed.
    project.run(&["console"]).exits(2).says(&[
        "several services have a console",
        "`cache` (redis)",
        "`queue` (rabbitmq)",
    ]);
    project.run(&["console", "app"]).exits(1).says(&[
        "`app` is nothing that devstack has a console for",
        "devstack shell app",
    ]);

    // Variables: real clients, from outside of the stack, with nothing else to go by.
    let line = "psql \"$DB_URL\" -Atc 'select 1'; psql -Atc 'select current_database()'";
    assert_eq!(with_variables(&project, "postgres:17", line), "1\nshop\n");
    let line = "redis-cli --no-auth-warning -u \"$REDIS_URL\" get a";
    assert_eq!(with_variables(&project, "redis:8", line), "1\n");
    let line = "MYSQL_PWD=$OLD_PASSWORD mariadb --skip-ssl-verify-server-cert -h \"$OLD_HOST\" -P \"$OLD_PORT\" \
                -u \"$OLD_USER\" -Ne 'select 7' \"$OLD_DATABASE\"";
    assert_eq!(with_variables(&project, "mariadb:11.8", line), "7\n");
    let json = project.run(&["env", "--format", "json"]).exits(0).says(&[
        "left out, since `db` and `old` could each be meant: DATABASE_URL",
        "`queue` is left out: it has no port on this machine",
    ]);
    let variables: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(variables["PGPASSWORD"], HOSTILE);
    assert_eq!(variables["CACHE_PASSWORD"], "p w");
    assert!(variables.get("DATABASE_URL").is_none());
    let one = project.run(&["env", "db"]).exits(0);
    assert!(
        one.stdout.contains("\nDATABASE_URL=postgres://shop:it%27s"),
        "{}",
        one.stdout
    );
    project
        .run(&["env", "queue"])
        .exits(1)
        .says(&["none of these services has a port on this machine", "5672"]);

    // Passwords are where they were asked for, and nowhere else.
    for arguments in [
        &["status"][..],
        &["status", "--format", "json"],
        &["up", "--progress", "json"],
    ] {
        let ran = project.run(arguments).exits(0);
        for secret in [HOSTILE, "it%27s", "p%20w"] {
            assert!(
                !ran.stdout.contains(secret) && !ran.stderr.contains(secret),
                "{arguments:?}"
            );
        }
    }

    // Gone or stopped.
    project.run(&["stop", "db"]).exits(0);
    project
        .run(&["console", "db"])
        .exits(1)
        .says(&["`db` does not run", "devstack up db"]);
    project
        .run(&["env", "db"])
        .exits(1)
        .says(&["`db` does not run"]);
    project
        .run(&["env", "bd"])
        .exits(2)
        .says(&["did you mean `db`?"]);
}

#[test]
fn a_console_tells_that_a_database_is_not_ready_and_that_there_is_no_client() {
    let project = Project::new(
        r"
services:
  db:
    image: postgres:17
    command: sleep 1000
    init: true
    ready: running
  bare:
    image: busybox:1
    command: sleep 1000
    init: true
    labels: { dev.devstack.family: redis }
    ready: running
",
    );
    project.up();
    project
        .run(&["console", "db", "-c", "select 1"])
        .exits(2)
        .says(&["`db` does not take connections yet", "devstack logs db"]);
    let label = project.inspect(
        "bare",
        r#"{{ index .Config.Labels "dev.devstack.family" }}"#,
    );
    assert_eq!(label, "redis");
    project
        .run(&["console", "bare"])
        .exits(127)
        .says(&["`bare` has no client of redis", "devstack env bare"]);
}

#[test]
fn open_hands_the_address_to_the_browser_or_says_it() {
    let (web, api) = (free_port(), free_port());
    let manifest = |open: &str| {
        format!(
            "services:\n  web:\n    image: nginx:1.26\n    ports: [\"{web}:80\"]\n{open}\n  \
             api:\n    image: nginx:1.26\n    ports: [\"{api}:80\"]\n  \
             inner:\n    image: nginx:1.26\n  db:\n    image: redis:8\n    ports: [\"6379\"]\n"
        )
    };
    let project = Project::new(&manifest("    open: /shop?a=1"));
    let browser = project.file(
        "browser",
        "#!/bin/sh\necho \"$@\" >\"$(dirname \"$0\")/opened\"\n",
    );
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let run = |arguments: &[&str], browser: &str| {
        let mut command: Command = project.command(arguments);
        Ran::of(
            &command
                .env("BROWSER", browser)
                .output()
                .expect("devstack runs"),
        )
    };
    project.up();
    let browser = browser.display().to_string();
    let address = format!("http://localhost:{web}/shop?a=1");
    run(&["open"], &browser)
        .exits(0)
        .says(&[&format!("opening {address}")]);
    let opened = fs::read_to_string(project.path().join("opened")).expect("it was called");
    assert_eq!(opened, format!("{address}\n"));
    assert_eq!(
        run(&["open", "--print", "web"], &browser).exits(0).stdout,
        format!("{address}\n")
    );
    let nobody = run(&["open", "api"], "")
        .exits(0)
        .says(&["there is no browser here"]);
    assert_eq!(nobody.stdout, format!("http://localhost:{api}/\n"));
    run(&["open"], "/bin/false")
        .exits(1)
        .says(&["the browser `/bin/false` failed", &address]);
    run(&["open", "inner"], &browser)
        .exits(1)
        .says(&["`inner` has no port on this machine", "ports: [\"80\"]"]);
    run(&["open", "db"], &browser).exits(1).says(&[
        "`db` is redis, which no browser shows",
        "devstack console db",
    ]);
    project.manifest(&manifest(""));
    project.up();
    run(&["open"], &browser).exits(2).says(&[
        "several services have an address to open",
        &format!("`web`: http://localhost:{web}/"),
    ]);
    project.run(&["down"]).exits(0);
    run(&["open"], &browser)
        .exits(1)
        .says(&["nothing of project", "devstack up"]);
}
