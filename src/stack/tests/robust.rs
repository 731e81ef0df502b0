//! No text whatever makes loading panic, hang or take all memory.

use proptest::prelude::*;

use crate::stack::testing::{compose, devstack};

const VALID: &str = r#"
name: shop
x-base: &base { restart: always, environment: { A: "${A:-1}" } }
services:
  db:
    <<: *base
    image: postgres:17
    ports: ["5432", "8080-8082:80-82/tcp"]
    volumes: ["data:/var/lib", ./x:/x:ro, { type: tmpfs, target: /t }]
    healthcheck: { test: [CMD, a], interval: 1s, retries: 3 }
    deploy: { resources: { limits: { cpus: "0.5", memory: 1g } } }
    secrets: [s]
    ready: { http: /, port: 80, timeout: 5s }
    seed: [{ exec: a }]
  web:
    build: { context: ., args: [A=1] }
    depends_on: { db: { condition: service_healthy } }
    command: sh -c "a b"
    ulimits: { nofile: 5 }
    env_file: [{ path: e.env, required: false }]
    networks: { n: { aliases: [x] } }
networks: { n: { ipam: { config: [{ subnet: 10.0.0.0/8 }] } } }
volumes: { data: {} }
secrets: { s: { environment: S } }
"#;

#[test]
fn the_template_of_the_mutations_is_valid() {
    assert_eq!(devstack(VALID).errors(), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_loaded_or_refused(text in any::<String>()) {
        let _ = compose(&text).load();
    }

    #[test]
    fn any_mapping_of_known_words_is_loaded_or_refused(
        text in "((services|image|ports|build|x|a|depends_on|volumes|ready|seed|<<|name)(: |:\n  |:\n    )|(\\[|\\]|\\{|\\}|, |- |\\*a|&a |!reset |!override |\\$\\{X|\\}|:|8080|\"|'|\n){1,2}){0,30}",
    ) {
        let _ = devstack(&text).load();
    }

    #[test]
    fn a_mutated_manifest_is_loaded_or_refused(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[\\[\\]{}:,\\-\"' \n$&*!a0]{0,4}"), 1..4),
    ) {
        let mut text: Vec<char> = VALID.chars().collect();
        for (index, length, replacement) in cuts {
            let start = index.index(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, replacement.chars());
        }
        let text: String = text.into_iter().collect();
        let _ = devstack(&text).load();
    }
}

#[test]
fn huge_port_ranges_are_refused() {
    let ranges = vec!["\"1-65535\""; 50].join(", ");
    let found = compose(&format!(
        "services:\n  a: {{ image: x, ports: [{ranges}] }}\n"
    ));
    let errors = found.errors();
    assert!(
        errors[0].contains("ranges make more ports than devstack can handle"),
        "{}",
        errors[0]
    );
}
