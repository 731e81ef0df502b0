//! Seeds that are commands in containers of their own, and requests.

use crate::project::Project;

/// A database, and a service that is not up yet when its migrations run; they leave a file in its volume.
const STACK: &str = r#"
services:
  db:
    image: postgres:17
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: dev, POSTGRES_DB: shop }
    seed:
      - schema.sql
      - { run: "COMMAND", in: tools, inputs: [migrations] }
  tools:
    build: { context: ., dockerfile_inline: "FROM postgres:17" }
    entrypoint: []
    command: [sleep, "1000"]
    stop_grace_period: 0s
    environment: { PGPASSWORD: dev, PGHOST: db, PGUSER: shop, PGDATABASE: shop }
    volumes: ["./migrations:/migrations:ro", "notes:/notes"]
    depends_on: [db]
    ready: running
volumes: { notes: {} }
"#;

fn stack(command: &str) -> Project {
    let project = Project::new(&STACK.replace("COMMAND", command));
    project.file("schema.sql", "create table a (id int);\n");
    project.file("migrations/1.sql", "insert into a values (1);\n");
    project.file("migrations/2.sql", "insert into a values (2);\n");
    project
}

const MIGRATE: &str =
    "for file in /migrations/*.sql; do echo applying $$file; psql -qf $$file || exit; done";

#[test]
fn migrations_run_once_in_a_container_of_another_service() {
    let project = stack(MIGRATE);
    project
        .run(&["up", "--progress", "plain"])
        .exits(0)
        .says(&["applying /migrations/1.sql", "applying /migrations/2.sql"]);
    assert_eq!(project.query("select count(*), sum(id) from a"), "2|3");
    let names = project.containers();
    assert!(!names.iter().any(|name| name.contains("run")), "{names:?}");
    project
        .run(&["up", "--progress", "plain"])
        .exits(0)
        .does_not_say("applying");
    // What the command works on is a part of it.
    project.file("migrations/2.sql", "insert into a values (20);\n");
    project
        .run(&["up"])
        .exits(0)
        .says(&["changed since it was applied"]);
}

#[test]
fn a_migration_that_fails_shows_what_it_printed_and_leaves_no_container() {
    let project = stack("echo going; echo the disk is on fire >&2; exit 3");
    project
        .run(&["up"])
        .exits(1)
        .says(&["exit code 3", "the disk is on fire", "devstack.yaml:8:"]);
    let names = project.containers();
    assert!(!names.iter().any(|name| name.contains("run")), "{names:?}");
}

#[test]
fn a_migration_in_a_service_that_is_not_there_is_refused() {
    let project = stack("true");
    project.manifest(&STACK.replace("in: tools", "in: tool"));
    project
        .run(&["validate"])
        .exits(2)
        .says(&["`tool`, which is not a service", "did you mean `tools`?"]);
}

#[test]
fn a_request_seeds_a_service_whose_port_is_not_published() {
    let project = Project::new(
        r#"
services:
  web:
    image: python:3.13-slim
    command: [python3, /server.py]
    expose: ["8000"]
    volumes: ["./server.py:/server.py:ro"]
    stop_grace_period: 0s
    ready: { tcp: 8000 }
    seed:
      - http: { path: "/items?x=1", body: '{"a": 1}', expect: 201 }
"#,
    );
    project.file(
        "server.py",
        "
import http.server
class H(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length'])).decode()
        open('/seen', 'w').write(self.path + ' ' + body)
        self.send_response(201); self.send_header('Content-Length', '0'); self.end_headers()
http.server.HTTPServer(('', 8000), H).serve_forever()
",
    );
    project.up();
    assert_eq!(
        project.inside("web", &["cat", "/seen"]).trim(),
        "/items?x=1 {\"a\": 1}"
    );
}
