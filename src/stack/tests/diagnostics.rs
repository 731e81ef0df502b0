//! What is said about a manifest that is wrong.

use crate::stack::testing::{compose, devstack};

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn names_the_nearest_key() {
    let found = compose(
        "services:\n  web:\n    image: nginx\n    enviroment: [A=1]\n    prots: [\"80\"]\nnetwroks: {}\n",
    );
    assert_eq!(
        found.errors(),
        [
            "compose.yaml:4:5 `enviroment` is not a key that may stand in `web` (did you mean `environment`?)",
            "compose.yaml:5:5 `prots` is not a key that may stand in `web` (did you mean `ports`?)",
            "compose.yaml:6:1 `netwroks` is not a key that may stand at the top of a manifest (did you mean `networks`?)",
        ]
    );
}

#[test]
fn reports_wrong_types_and_values_all_at_once() {
    let found = compose(
        r#"
services:
  web:
    image: [nginx]
    ports: "80"
    privileged: perhaps
    cpus: many
    mem_limit: 1x
    stop_grace_period: 10
    shm_size: 5q
    restart: allways
    pull_policy: mising
    healthcheck: { test: [curl], interval: "5" }
    depends_on: { db: { condition: service_helthy } }
  db: { image: nginx, environment: }
"#,
    );
    let errors = found.errors();
    let expected = [
        "4:12 `image` must be a text, not a list",
        "5:12 `ports` must be a list, not a text",
        "6:17 `privileged` must be `true` or `false`, not `perhaps`",
        "7:11 `cpus` must be a number, not `many`",
        "8:16 `mem_limit` must be a size such as `512m` or `2g`, not `1x`",
        "9:24 `stop_grace_period` must be a duration such as `30s` or `1m30s`, not a number",
        "10:15 `shm_size` must be a size such as `512m` or `2g`, not `5q`",
        "12:18 `mising` is not a pull policy (did you mean `missing`?)",
        "13:27 a `test` list must begin with `CMD`, `CMD-SHELL` or `NONE` (put `\"CMD\"` before the command)",
        "13:44 `interval` must be a duration such as `30s` or `1m30s`, not `5` (say the unit: `5s`)",
        "14:36 `condition` cannot be `service_helthy` (did you mean `service_healthy`?)",
        "15:34 `environment` is empty, and must be a mapping (give it a value, or take the key out)",
    ];
    assert_eq!(errors, expected.map(|line| format!("compose.yaml:{line}")));
    assert_eq!(
        found.warnings(),
        [
            "compose.yaml:11:14 `allways` is not a restart policy, so it is taken as `no` (did you mean `always`?)"
        ]
    );
}

#[test]
fn a_missing_manifest_says_what_was_looked_for() {
    let found = compose("").with(|options| options.files = vec!["nope.yaml".into()]);
    assert_eq!(found.errors(), ["`nope.yaml` does not exist"]);
    let empty = crate::stack::testing::Folder::new("readme.txt", "");
    let problems = empty.load().diagnostics;
    assert!(problems[0].message.starts_with("there is no manifest in "));
    assert_eq!(
        problems[0].fix.as_deref(),
        Some("create devstack.yaml, or name a file with `-f FILE`")
    );
}

#[test]
fn invalid_yaml_has_its_place() {
    assert_eq!(
        compose("services:\n  web:\n    image: \"nginx\n").errors(),
        ["compose.yaml:3:12 the quotes that open here are never closed"]
    );
    assert_eq!(
        compose("services:\n  web: a: b\n").errors(),
        [
            "compose.yaml:2:9 a colon stands where no value may begin (put the text in quotes, or check the indentation of this line)"
        ]
    );
    assert_eq!(
        compose("- a\n").errors(),
        ["compose.yaml:1:1 a manifest is a mapping, not a list"]
    );
    assert_eq!(compose("# nothing\n").errors(), ["`compose.yaml` is empty"]);
}

#[test]
fn names_a_dependency_cycle_with_every_place() {
    let found = compose(
        "services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x, depends_on: [c] }\n  c: { image: x, depends_on: [a] }\n  d: { image: x, depends_on: [a] }\n",
    );
    assert_eq!(
        found.errors(),
        [
            "compose.yaml:2:31 services wait for each other in a circle: `a` → `b` → `c` → `a` (take one of these dependencies out)"
        ]
    );
    let related = &found.load().diagnostics[0].related;
    let places: Vec<_> = related
        .iter()
        .map(|label| format!("{} {}", label.span.position().line, label.text))
        .collect();
    assert_eq!(places, ["3 `b` waits for `c`", "4 `c` waits for `a`"]);
}

#[test]
fn unknown_names_are_errors_with_the_nearest_right_one() {
    let found = compose(
        r#"
services:
  web:
    image: nginx
    depends_on: [databse]
    networks: [front]
    volumes: ["dta:/data"]
    secrets: [pasword]
    configs: [conf]
  database: { image: postgres }
  self: { image: x, depends_on: [self] }
networks: { frontend: {} }
volumes: { data: {} }
secrets: { password: { content: "", environment: X } }
"#,
    );
    assert_eq!(
        found.errors(),
        [
            "compose.yaml:5:18 `web` depends on `databse`, and there is no such service (did you mean `database`?)",
            "compose.yaml:6:16 `web` is on the network `front`, which is not declared (declare it under `networks:` as `front: {}`)",
            "compose.yaml:7:15 `web` mounts the volume `dta`, which is not declared (did you mean `data`?)",
            "compose.yaml:8:15 there is no secret `pasword` (did you mean `password`?)",
            "compose.yaml:9:15 there is no config `conf` (declare it under `configs:` as `conf: { file: … }`)",
            "compose.yaml:11:34 `self` depends on itself (take the entry out)",
            "compose.yaml:14:24 `content` is not a key that may stand in `password`",
        ]
    );
}

#[test]
fn a_service_needs_an_image_or_a_build() {
    assert_eq!(
        compose("services:\n  web:\n    tty: true\n").errors(),
        ["compose.yaml:2:3 `web` has neither an image nor a build (add `image: …` or `build: …`)"]
    );
}

#[test]
fn an_image_must_be_a_name() {
    assert_eq!(
        compose("services:\n  web: { image: \"Nginx:1\" }\n").warnings(),
        [
            "compose.yaml:2:17 `Nginx:1` is not the name of an image (names of images are lower case: `nginx:1`)"
        ]
    );
    let unset = compose("services:\n  web:\n    image: nginx:${TAG}\n");
    assert_eq!(unset.errors(), none());
    assert_eq!(
        unset.warnings(),
        [
            "compose.yaml:3:12 `nginx:` is not the name of an image (set `TAG`)",
            "compose.yaml:3:18 `TAG` is not set, so it is taken as empty (add `TAG=…` to .env, or give it a default: `${TAG:-…}`)",
        ]
    );
}

#[test]
fn warns_of_one_host_port_for_two() {
    let found = compose(
        "services:\n  a: { image: x, ports: [\"8080:80\"] }\n  b: { image: x, ports: [\"127.0.0.1:8080:81\", \"8080:81/udp\"] }\n",
    );
    assert_eq!(
        found.warnings(),
        [
            "compose.yaml:3:26 `a` and `b` both publish port 8080 of this machine (give one of them another host port)"
        ]
    );
}

#[test]
fn warns_when_health_is_waited_for_and_nothing_tells_it() {
    let found = compose(
        "services:\n  a:\n    image: me/a\n    depends_on:\n      b: { condition: service_healthy }\n  b: { image: me/b }\n",
    );
    assert_eq!(
        found.warnings(),
        [
            "compose.yaml:5:7 `a` waits until `b` is healthy, and that has no health check here (add a `healthcheck` to `b`)"
        ]
    );
    let short =
        devstack("services:\n  a: { image: me/a, depends_on: [b] }\n  b: { image: me/b }\n");
    assert_eq!(short.warnings(), none());
}

#[test]
fn warns_of_mounts_that_are_not_there() {
    let found =
        compose("services:\n  a: { image: x, volumes: [\"./cofig:/c\"] }\n").file("config/x", "");
    assert_eq!(
        found.warnings(),
        ["compose.yaml:2:28 `a` mounts `cofig`, which does not exist (did you mean `config`?)"]
    );
}

#[test]
fn one_place_takes_one_mount() {
    let found = compose("services:\n  a:\n    image: x\n    tmpfs: /data\n    volumes: [/data]\n");
    assert_eq!(
        found.errors(),
        ["compose.yaml:4:12 `a` mounts two things at `/data` (keep one of them)"]
    );
}

#[test]
fn containers_cannot_share_a_name() {
    let found = compose(
        "services:\n  a: { image: x, container_name: nn, scale: 2 }\n  b: { image: x, container_name: nn }\n",
    );
    assert_eq!(
        found.errors(),
        [
            "compose.yaml:2:34 2 containers of `a` cannot all be called `nn` (take `container_name` out, or run one container)",
            "compose.yaml:3:34 `a` and `b` have the same `container_name`",
        ]
    );
}

#[test]
fn keys_that_are_known_but_not_run_are_warnings() {
    let found = compose(
        "services:\n  a:\n    image: x\n    provider: { type: p }\n    deploy: { placement: { constraints: [] } }\n",
    );
    assert_eq!(
        found.warnings(),
        [
            "compose.yaml:4:5 `provider` has no effect: devstack runs no provider plugins",
            "compose.yaml:5:15 `placement` has no effect: only a swarm knows it",
        ]
    );
}

#[test]
fn limits_said_twice_must_agree() {
    let found = compose(
        "services:\n  a:\n    image: x\n    mem_limit: 1g\n    cpus: 1\n    deploy: { resources: { limits: { memory: 2g, cpus: '1.0' } } }\n",
    );
    assert_eq!(
        found.errors(),
        [
            "compose.yaml:4:16 `mem_limit` and `deploy.resources.limits.memory` say different things (keep one of the two)"
        ]
    );
}

#[test]
fn network_mode_excludes_networks() {
    let found = compose(
        "services:\n  a: { image: x, network_mode: host, networks: [n], ports: [\"1:1\"] }\nnetworks: { n: }\n",
    );
    assert_eq!(
        found.errors(),
        [
            "compose.yaml:2:32 `a` has both `network_mode` and `networks`, which exclude each other (keep one of the two)"
        ]
    );
    assert_eq!(
        found.warnings(),
        [
            "compose.yaml:2:61 ports of `a` are not published: it uses a network that is not its own (publish the port where the network belongs, or take it out)"
        ]
    );
}

#[test]
fn an_anchor_that_is_wrong_is_reported_once_with_its_use() {
    let found = compose(
        "x-base: &base\n  pull_policy: ever\nservices:\n  a: { <<: *base, image: x }\n  b: { <<: *base, image: x }\n",
    );
    assert_eq!(
        found.errors(),
        ["compose.yaml:2:16 `ever` is not a pull policy (did you mean `never`?)"]
    );
    let problem = &found.load().diagnostics[0];
    assert_eq!(problem.related[0].span.to_string(), "compose.yaml:4:12");
}

#[test]
fn a_value_from_an_env_file_names_its_line() {
    let found = compose("services:\n  a: { image: x, pull_policy: $POLICY }\n")
        .file(".env", "# c\nPOLICY=ever\n");
    let problem = &found.load().diagnostics[0];
    assert_eq!(problem.message, "`ever` is not a pull policy");
    assert_eq!(problem.related[0].span.to_string(), ".env:2:1");
}

#[test]
fn own_keys_in_a_compose_file_are_explained() {
    assert_eq!(
        compose("services:\n  a:\n    image: x\n    ready: running\n").errors(),
        [
            "compose.yaml:4:5 `ready` is one of devstack's own keys, and this is a Compose file (put it under `x-devstack:`, or into a file named devstack.yaml)"
        ]
    );
    let own = compose("services:\n  a:\n    image: x\n    x-devstack: { ready: running }\n");
    assert_eq!(own.errors(), none());
}

#[test]
fn what_may_not_come_twice_is_refused_with_both_places() {
    let found = compose("services:\n  a: { image: x, security_opt: [a, a] }\n");
    assert_eq!(
        found.errors(),
        ["compose.yaml:2:36 `a` stands in `security_opt` twice (keep one of the two)"]
    );
}

#[test]
fn a_model_must_be_declared() {
    let found =
        compose("services:\n  a: { image: x, models: [smol] }\nmodels: { small: { model: m } }\n");
    assert_eq!(
        found.errors(),
        [
            "compose.yaml:2:27 `a` uses the model `smol`, which is not declared (add `smol` to the top-level `models`)"
        ]
    );
}

#[test]
fn an_override_without_a_value_keeps_what_is_below() {
    let found = compose("services:\n  a: { image: x, hostname: h }\n")
        .file(
            "over.yaml",
            "services:\n  a: { hostname: }\n  b: { image: y, hostname: }\n",
        )
        .with(|options| options.files = vec!["compose.yaml".into(), "over.yaml".into()]);
    assert_eq!(
        found.errors(),
        [
            "over.yaml:3:26 `hostname` is empty, and must be a text (give it a value, or take the key out)"
        ]
    );
}

#[test]
fn only_the_extended_service_of_a_file_is_looked_at() {
    let found = compose("services:\n  a: { extends: { file: b.yaml, service: good } }\n").file(
        "b.yaml",
        "services:\n  good: { image: x }\n  bad: { nonsense: 1 }\nvolumes: 5\n",
    );
    assert_eq!(found.errors(), none());
    assert_eq!(found.service("a").image, "x");
}

#[test]
fn of_a_misspelt_key_only_the_spelling_is_told() {
    let errors = compose("services:\n  a: { imge: x }\n  b: { biuld: . }\n").errors();
    assert_eq!(
        errors,
        [
            "compose.yaml:2:8 `imge` is not a key that may stand in `a` (did you mean `image`?)",
            "compose.yaml:3:8 `biuld` is not a key that may stand in `b` (did you mean `build`?)"
        ]
    );
}

#[test]
fn a_further_build_context_may_be_a_service() {
    let folder = compose(
        "services:\n  a: { build: { context: ., additional_contexts: { one: \"service:b\", two: ./x, three: \"docker-image://c\" } } }\n  b: { build: . }\n",
    );
    let build = folder.service("a").build.expect("a build");
    assert_eq!(build.additional_contexts["one"], "docker-image://shop-b");
    assert_eq!(build.additional_contexts["two"], folder.inside("x"));
    let images: Vec<&str> = build.context_images().collect();
    assert_eq!(images, ["shop-b", "c"]);
}
