//! Changes that a template offers for services that are there.

use serde_json::Value as Json;

use crate::fixture::{Folder, Ran};
use crate::layouts::LAYOUTS;

const DEFINITION: &str = r#"about: A pool before the database
service: pool
finds:
  database: { family: [postgres] }
  app: { built: true, optional: true }
changes:
  reroute:
    ask: Let ((service)) reach the database through ((name))?
    users: database
    to: ((name)):6432
    depends_on: [((name))]
  tell:
    ask: Tell ((service)) where the pool is watched?
    when: app
    service: ((app.service))
    environment: { POOL_URL: "http://((name)):9" }
"#;
const PART: &str = "services:\n  ((name)):\n    image: example/pool:1\n    environment: { URL: ((database.url)) }\n";
const OLD: &str = "postgresql://shop:dev@store:5432/shop";
const NEW: &str = "postgresql://shop:dev@pool:6432/shop";

fn project(file: &str, text: &str) -> Folder {
    let folder = Folder::with(file, text);
    folder.write("pool/template.yaml", DEFINITION);
    folder.write("pool/devstack.yaml", PART);
    folder
}

/// The application as devstack understands it.
fn backend(folder: &Folder) -> Json {
    let shown = folder.run(&["config", "--format", "json"]).exits(0).stdout;
    let stack: Json = serde_json::from_str(&shown).expect("it is JSON");
    stack["services"]["backend"].clone()
}

#[test]
fn who_used_the_database_goes_through_what_was_put_before_it() {
    for layout in LAYOUTS {
        let folder = project(layout.file, layout.text);
        let ran = folder.run(&["add", "./pool", "--yes"]).exits(0);
        let backend = backend(&folder);
        let environment = &backend["environment"];
        assert_eq!(environment["POOL_URL"], "http://pool:9", "{}", layout.name);
        assert_eq!(
            environment["REDIS_URL"], "redis://queue:6379/0",
            "{}",
            layout.name
        );
        // Where the variable comes from an anchor, others may use it too.
        let is_shared = layout.text.contains("<<: *env");
        let expected = if is_shared { OLD } else { NEW };
        assert_eq!(environment["DATABASE_URL"], expected, "{}", layout.name);
        if is_shared {
            ran.says(&["`backend` is not changed", "by hand, in `backend`", NEW]);
        } else {
            assert!(
                backend["depends_on"]["pool"].is_object(),
                "{}: {backend}",
                layout.name
            );
        }
        let text = folder.read(layout.file);
        folder
            .run(&["add", "./pool", "--yes"])
            .exits(0)
            .says(&["nothing to do"]);
        assert_eq!(folder.read(layout.file), text, "{}", layout.name);
    }
}

#[test]
fn what_is_declined_stays() {
    for (answer, expected) in [("no", OLD), ("queue", OLD), ("backend", NEW), ("yes", NEW)] {
        let layout = &LAYOUTS[0];
        let folder = project(layout.file, layout.text);
        let reroute = format!("reroute={answer}");
        let arguments = [
            "add", "./pool", "--yes", "--set", &reroute, "--set", "tell=no",
        ];
        let _: Ran = folder.run(&arguments).exits(0);
        let backend = backend(&folder);
        assert_eq!(backend["environment"]["DATABASE_URL"], expected, "{answer}");
        assert!(backend["environment"]["POOL_URL"].is_null(), "{answer}");
    }
}

#[test]
fn a_port_beside_a_host_follows_it() {
    let folder = project(
        "devstack.yaml",
        "services:\n  store:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: dev }\n  backend:\n    image: x\n    environment:\n      PGHOST: store # the database\n      PGPORT: 5432\n",
    );
    folder.run(&["add", "./pool", "--yes"]).exits(0);
    let text = folder.read("devstack.yaml");
    assert!(
        text.contains("      PGHOST: pool # the database\n      PGPORT: 6432\n"),
        "{text}"
    );
}
