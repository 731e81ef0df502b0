//! Several files: `extends`, `include`, override files and the merge rules.

use serde_json::json;

use crate::stack::testing::{Folder, compose};

fn merged(base: &str, over: &str) -> Folder {
    compose(base)
        .file("over.yaml", over)
        .with(|options| options.files = vec!["compose.yaml".into(), "over.yaml".into()])
}

#[test]
fn mappings_merge_lists_join_and_commands_are_replaced() {
    let canonical = merged(
        r#"
services:
  a:
    image: x
    command: [one]
    environment: [A=1, B=1]
    labels: { l: 1 }
    dns: 1.1.1.1
    device_cgroup_rules: [a]
    volumes: ["data:/data", "./x:/x"]
    ports: ["80:80"]
    healthcheck: { test: [CMD, one], interval: 1s }
    logging: { driver: syslog, options: { a: b } }
    ulimits: { nofile: 1 }
volumes: { data: {} }
"#,
        r#"
services:
  a:
    command: [two]
    environment: { B: 2, C: }
    labels: [m=2]
    dns: [2.2.2.2]
    device_cgroup_rules: [b]
    volumes: ["other:/data"]
    ports: ["81:81"]
    healthcheck: { test: two }
    logging: { driver: json-file }
    ulimits: { nofile: { soft: 2, hard: 3 } }
  b: { image: y }
volumes: { other: {} }
"#,
    )
    .canonical();
    let a = &canonical["services"]["a"];
    assert_eq!(a["command"], json!(["two"]));
    assert_eq!(a["environment"], json!({ "A": "1", "B": "2", "C": null }));
    assert_eq!(a["labels"], json!({ "l": "1", "m": "2" }));
    assert_eq!(a["dns"], json!(["1.1.1.1", "2.2.2.2"]));
    assert_eq!(a["device_cgroup_rules"], json!(["a", "b"]));
    let sources: Vec<_> = (0..2)
        .map(|index| a["volumes"][index]["target"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(sources, ["/data", "/x"]);
    assert_eq!(a["volumes"][0]["source"], "other");
    assert_eq!(a["ports"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        a["healthcheck"],
        json!({ "test": ["CMD-SHELL", "two"], "interval": "1s" })
    );
    assert_eq!(a["logging"], json!({ "driver": "json-file" }));
    assert_eq!(a["ulimits"]["nofile"], json!({ "soft": 2, "hard": 3 }));
    assert_eq!(canonical["services"]["b"]["image"], "y");
}

#[test]
fn an_empty_command_in_an_override_brings_the_image_s_own_back() {
    let canonical = merged(
        "services: { a: { image: x, command: run } }\n",
        "services: { a: { command: null } }\n",
    )
    .canonical();
    assert_eq!(canonical["services"]["a"]["command"], json!(null));
}

#[test]
fn reset_takes_away_and_override_replaces() {
    let canonical = merged(
        "services:\n  a:\n    image: x\n    ports: [\"80:80\"]\n    environment: { A: 1, B: 2 }\n    command: run\n  gone: { image: y }\n",
        "services:\n  a:\n    ports: !override [\"81:81\"]\n    environment: { A: !reset null }\n    command: !reset []\n  gone: !reset {}\n",
    )
    .canonical();
    let a = &canonical["services"]["a"];
    assert_eq!(a["ports"].as_array().map(Vec::len), Some(1));
    assert_eq!(a["ports"][0]["published"], "81");
    assert_eq!(a["environment"], json!({ "B": "2" }));
    assert_eq!(a["command"], json!(null));
    assert_eq!(canonical["services"].get("gone"), None);
}

#[test]
fn a_service_extends_one_of_the_same_file_and_of_another() {
    let folder = compose(
        "services:\n  a: { extends: b, environment: { A: a } }\n  b:\n    extends: { file: common/base.yaml, service: base }\n    environment: { B: b }\n",
    )
    .file(
        "common/base.yaml",
        "services:\n  base:\n    extends: root\n    volumes: [\"./data:/data\"]\n    env_file: base.env\n  root: { image: \"x:${TAG:-1}\", environment: { A: root, R: root } }\n",
    )
    .file("common/base.env", "E=1\n")
    .file("common/data/x", "");
    let service = folder.service("a");
    assert_eq!(service.image, "x:1");
    let values: Vec<_> = ["A", "B", "R", "E"]
        .map(|name| {
            service.container.environment[name]
                .as_deref()
                .unwrap_or_default()
        })
        .into();
    assert_eq!(values, ["a", "b", "root", "1"]);
    let canonical = folder.canonical();
    assert_eq!(
        canonical["services"]["a"]["volumes"][0]["source"],
        folder.inside("common/data")
    );
}

#[test]
fn extending_in_a_circle_or_what_is_not_there_is_said_with_places() {
    let circle = compose("services:\n  a: { extends: b }\n  b: { extends: a }\n");
    assert_eq!(
        circle.errors(),
        ["compose.yaml:2:17 services extend each other in a circle: `a` → `b` → `a`"]
    );
    let missing = compose(
        "services:\n  a: { extends: bse }\n  base: { image: x }\n  c: { extends: { file: oter.yaml, service: x } }\n  d: { extends: { file: other.yaml, service: yy } }\n",
    )
    .file("other.yaml", "services: { y: { image: x } }\n");
    assert_eq!(
        missing.errors(),
        [
            "compose.yaml:2:17 there is no service `bse` in compose.yaml (did you mean `base`?)",
            "compose.yaml:4:25 `oter.yaml` does not exist (did you mean `other.yaml`?)",
            "compose.yaml:5:46 there is no service `yy` in other.yaml (did you mean `y`?)",
        ]
    );
}

#[test]
fn included_manifests_keep_their_folder_and_their_variables() {
    let folder = compose(
        "include:\n  - db/compose.yaml\n  - { path: [tools/a.yaml, tools/b.yaml], project_directory: tools/run, env_file: tools/x.env }\nservices:\n  web: { image: \"w:${TAG:-none}\", depends_on: [db] }\n",
    )
    .file(
        "db/compose.yaml",
        "services:\n  db: { image: \"db:$TAG\", volumes: [\"./data:/d\", \"vol:/v\"], environment: [TAG] }\nvolumes: { vol: {} }\n",
    )
    .file("db/.env", "TAG=7\n")
    .file("db/data/x", "")
    .file("tools/a.yaml", "services: { tool: { image: \"t:$TAG\", build: { args: { A: 1 } } } }\n")
    .file("tools/b.yaml", "services: { tool: { build: { dockerfile: D } } }\n")
    .file("tools/x.env", "TAG=8\n")
    .file("tools/run/x", "");
    let stack = folder.stack();
    let images: Vec<_> = ["web", "db", "tool"]
        .map(|name| stack.services[name].image.as_str())
        .into();
    assert_eq!(images, ["w:none", "db:7", "t:8"]);
    let canonical = folder.canonical();
    let services = &canonical["services"];
    assert_eq!(
        services["db"]["volumes"][0]["source"],
        folder.inside("db/data")
    );
    assert_eq!(services["db"]["environment"]["TAG"], "7");
    assert_eq!(
        services["tool"]["build"]["context"],
        folder.inside("tools/run")
    );
    assert_eq!(canonical["volumes"]["vol"]["name"], "shop_vol");
    assert_eq!(canonical.get("include"), None);
}

#[test]
fn included_manifests_may_not_conflict_nor_go_in_circles() {
    let conflict = compose("include: [one.yaml, two.yaml]\nservices: { a: { image: x } }\n")
        .file(
            "one.yaml",
            "services: { a: { image: x }, b: { image: x } }\n",
        )
        .file("two.yaml", "services: { b: { image: y } }\n");
    assert_eq!(
        conflict.errors(),
        [
            "two.yaml:1:13 `b` of `services` is declared twice, and differently (rename one of the two, or merge the files with `-f` instead)"
        ]
    );
    let circle = compose("include: [one.yaml]\nservices: {}\n")
        .file("one.yaml", "include: [compose.yaml]\nservices: {}\n");
    assert_eq!(
        circle.errors(),
        [
            "one.yaml:1:11 manifests include each other in a circle: `compose.yaml` → `one.yaml` → `compose.yaml`"
        ]
    );
    let missing = compose("include: [oen.yaml]\nservices: {}\n").file("one.yaml", "");
    assert_eq!(
        missing.errors(),
        ["compose.yaml:1:11 `oen.yaml` does not exist (did you mean `one.yaml`?)"]
    );
}

#[test]
fn copies_by_extends_are_bounded() {
    let capabilities = vec!["\"a\""; 2000].join(",");
    let base = format!("services:\n  s0: {{ image: x, device_cgroup_rules: [{capabilities}] }}\n");
    let others: Vec<String> = (1..400)
        .map(|index| format!("  s{index}: {{ extends: s0 }}\n"))
        .collect();
    let text = base + &others.concat();
    let errors = compose(&text).errors();
    assert!(
        errors[0].contains("`extends` makes this manifest far too large"),
        "{}",
        errors[0]
    );
}

#[test]
fn chains_of_bases_may_be_as_long_as_the_manifest() {
    let services: Vec<String> = (0..5_000)
        .map(|index| format!("  s{index}: {{ extends: s{} }}\n", index + 1))
        .collect();
    let text = format!(
        "services:\n{}  s5000: {{ image: x, hostname: last }}\n",
        services.concat()
    );
    let stack = compose(&text).stack();
    assert_eq!(
        stack.services["s0"].container.hostname.as_deref(),
        Some("last")
    );
}

#[test]
fn what_is_wrong_at_the_end_of_a_chain_is_told_once() {
    let missing = compose(
        "services:\n  a: { extends: b }\n  b: { extends: c }\n  c: { extends: { file: base.yaml, service: oen } }\n",
    )
    .file("base.yaml", "services: { one: { image: x } }\n");
    assert_eq!(
        missing.errors(),
        ["compose.yaml:4:45 there is no service `oen` in base.yaml (did you mean `one`?)"]
    );
    let circle = compose(
        "services:\n  z: { extends: a }\n  a: { extends: b }\n  b: { extends: c }\n  c: { extends: a }\n",
    );
    assert_eq!(
        circle.errors(),
        ["compose.yaml:3:17 services extend each other in a circle: `a` → `b` → `c` → `a`"]
    );
}

#[test]
fn of_very_many_problems_the_first_are_told_and_the_rest_counted() {
    let services: Vec<String> = (0..500)
        .map(|index| format!("  s{index}: {{ image: x, depends_on: [missing{index}], networks: [none{index}] }}\n"))
        .collect();
    let errors = compose(&format!("services:\n{}", services.concat())).errors();
    assert_eq!(errors.len(), 101);
    assert_eq!(errors[100], "there are 900 more errors");
}
