//! `requires`.

use crate::stack::testing::{compose, devstack};

#[test]
fn every_kind_is_read_in_its_short_and_its_long_form() {
    let stack = devstack(
        r#"
requires:
  engine: ">=20.10"
  memory: 4GB
  cpus: 2
  disk: 10GB
  arch: [amd64, aarch64]
  tools: { git: "*", node: ">=20", make: , java: { version: 17, get: "sdk install java" } }
  env: [GITHUB_TOKEN, HERE]
  hosts: { "github.com": "join the VPN", "[::1]:8443": , "https://example.com/": }
  ports: 8080
  files: [.env, certificates/dev.pem]
services: { a: { image: x } }
"#,
    )
    .variable("HERE", "1")
    .stack();
    let required = stack.requirements;
    assert_eq!(required.engine.expect("one").what.to_string(), ">=20.10");
    assert_eq!(required.memory.expect("one").what, 4 << 30);
    assert_eq!(
        required.architectures.expect("one").what,
        ["amd64", "arm64"]
    );
    let tools: Vec<_> = required
        .tools
        .iter()
        .map(|tool| {
            (
                tool.what.name.as_str(),
                tool.what.version.to_string(),
                tool.get.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        tools,
        [
            ("git", "*".to_owned(), None),
            ("node", ">=20".to_owned(), None),
            ("make", "*".to_owned(), None),
            ("java", "17".to_owned(), Some("sdk install java")),
        ]
    );
    let variables: Vec<_> = required
        .variables
        .iter()
        .map(|variable| (variable.what.name.as_str(), variable.what.is_set))
        .collect();
    assert_eq!(variables, [("GITHUB_TOKEN", false), ("HERE", true)]);
    let hosts: Vec<_> = required
        .hosts
        .iter()
        .map(|host| (host.what.name.as_str(), host.what.port, host.get.as_deref()))
        .collect();
    assert_eq!(
        hosts,
        [
            ("github.com", 443, Some("join the VPN")),
            ("::1", 8443, None),
            ("example.com", 443, None)
        ]
    );
    assert_eq!(required.ports[0].what, 8080);
    assert!(
        required.files[1]
            .what
            .path
            .ends_with("shop/certificates/dev.pem")
    );
    assert_eq!(required.files[1].span.to_string(), "devstack.yaml:12:17");
}

#[test]
fn what_is_wrong_is_reported_all_at_once() {
    let found = devstack(
        r#"
requires:
  engin: 20
  engine: newest
  memory: 0
  arch: arm65
  tools: { ../git: "*", node: latest }
  hosts: ["ftp://x", "a b"]
  ports: [70000]
services: { a: { image: x } }
"#,
    );
    let errors = found.errors();
    let expected = [
        "3:3 `engin` is not a key that may stand in `requires` (did you mean `engine`?)",
        "4:11 `newest` is no version requirement",
        "5:11 `memory` must be more than 0",
        "6:9 `arm65` is no architecture (did you mean `arm64`?)",
        "7:12 `../git` is no name of a program",
        "7:31 `latest` is no version requirement",
        "8:11 `ftp://x` is no host that can be reached (write `name:port`, such as `github.com:443`)",
        "8:22 `a b` is no host that can be reached (write `name:port`, such as `github.com:443`)",
        "9:11 `ports` must be a whole number, not `70000`",
    ];
    assert_eq!(errors, expected.map(|line| format!("devstack.yaml:{line}")));
}

#[test]
fn a_compose_file_carries_them_under_its_own_key() {
    let stack = compose(
        "x-devstack: { requires: { tools: [git, \"node=>=20\"] } }\nservices: { a: { image: x } }\n",
    )
    .stack();
    let tools = stack.requirements.tools;
    assert_eq!(tools.len(), 2);
    assert_eq!(tools[1].what.version.to_string(), ">=20");
}
