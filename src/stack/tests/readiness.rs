//! When services count as ready.

use std::time::Duration;

use crate::stack::testing::{Folder, compose, devstack};
use crate::stack::{Check, HealthTest, Readiness};

fn ready(value: &str) -> Folder {
    devstack(&format!(
        "services:\n  a:\n    image: me/a\n    ports: [\"8000\"]\n    ready: {value}\n"
    ))
}

fn readiness(value: &str) -> Readiness {
    ready(value).service("a").readiness
}

#[test]
fn reads_every_kind() {
    assert_eq!(readiness("tcp").checks, [Check::Tcp { port: 8000 }]);
    assert_eq!(readiness("{ tcp: 99 }").checks, [Check::Tcp { port: 99 }]);
    assert_eq!(
        readiness("{ log: \"ready$\" }").checks,
        [Check::Log {
            pattern: "ready$".into()
        }]
    );
    assert_eq!(
        readiness("{ exec: test -f /x }").checks,
        [Check::Exec {
            command: ["sh", "-c", "test -f /x"].map(str::to_owned).into()
        }]
    );
    assert_eq!(
        readiness("{ exec: [a, b] }").checks,
        [Check::Exec {
            command: ["a", "b"].map(str::to_owned).into()
        }]
    );
    assert_eq!(
        readiness("{ running: 5s }").checks,
        [Check::Running {
            during: Duration::from_secs(5)
        }]
    );
    assert_eq!(readiness("[completed, tcp]").checks.len(), 2);
    let Check::Http(http) = readiness(
        "{ http: { path: /x, status: [200, 300-305], body: ok, method: head, headers: { A: b } } }",
    )
    .checks
    .remove(0) else {
        panic!("not HTTP");
    };
    assert_eq!(http.status, [(200, 200), (300, 305)]);
    assert_eq!(
        (http.method.as_str(), http.headers["A"].as_str()),
        ("HEAD", "b")
    );
}

#[test]
fn timeouts_have_their_defaults() {
    assert_eq!(readiness("tcp").timeout, Duration::from_mins(2));
    assert_eq!(
        readiness("{ tcp: 1, timeout: 5s }").timeout,
        Duration::from_secs(5)
    );
    assert_eq!(
        readiness("{ tcp: { port: 1, timeout: 6s } }").timeout,
        Duration::from_secs(6)
    );
    assert_eq!(readiness("completed").timeout, Duration::from_mins(10));
}

#[test]
fn says_what_is_wrong() {
    for (value, expected) in [
        (
            "htpp",
            "5:12 `htpp` is not a kind of readiness (did you mean `http`?)",
        ),
        (
            "{ http: x }",
            "5:20 the path `x` of an HTTP check must begin with `/`",
        ),
        (
            "{ log: \"(\" }",
            "5:19 this is not a regular expression: unclosed group (put a backslash before characters such as `(`, `[` and `*`)",
        ),
        (
            "{ tcp: 99999 }",
            "5:19 `port` must be a number from 1 to 65535",
        ),
        (
            "{ tcp: 1, timeout: soon }",
            "5:31 `timeout` must be a duration such as `60s`",
        ),
        (
            "{ tcp: 1, log: x }",
            "5:22 `log` is a second kind in one entry of `ready` (make `ready` a list, one kind an entry)",
        ),
        (
            "{ http: { pth: / } }",
            "5:22 `pth` is not a setting of `http` (did you mean `path`?)",
        ),
        (
            "{ http: { status: 20 } }",
            "5:30 `20` is not a status code or a range of them",
        ),
        (
            "log",
            "5:12 `log` needs the pattern to look for (write `log: \"ready to accept connections\"`)",
        ),
    ] {
        assert_eq!(
            ready(value).errors(),
            [format!("devstack.yaml:{expected}")],
            "{value}"
        );
    }
}

#[test]
fn a_health_check_counts_and_a_disabled_one_does_not() {
    let with = |check: &str| {
        compose(&format!(
            "services:\n  a:\n    image: me/a\n    healthcheck: {check}\n"
        ))
        .service("a")
        .readiness
    };
    let Check::Healthcheck(check) = with("{ test: [CMD, true2] }").checks.remove(0) else {
        panic!("no health check");
    };
    assert_eq!(check.test, HealthTest::Cmd(vec!["true2".into()]));
    assert_eq!(with("{ disable: true }").checks, [Check::FromImage]);
    assert_eq!(with("{ test: [NONE] }").checks, [Check::FromImage]);
    assert_eq!(with("{ interval: 5s }").checks, [Check::FromImage]);
}

#[test]
fn who_is_waited_for_to_complete_is_a_one_shot() {
    let service = compose(
        "services:\n  a:\n    image: x\n    depends_on: { m: { condition: service_completed_successfully } }\n  m: { image: x }\n",
    )
    .service("m");
    assert_eq!(service.readiness.checks, [Check::Completed]);
    assert_eq!(service.readiness.timeout, Duration::from_mins(10));
    let not = compose("services:\n  m: { image: me/x, restart: \"no\" }\n").service("m");
    assert_eq!(not.readiness.checks, [Check::FromImage]);
}

#[test]
fn known_software_is_asked_in_its_own_way() {
    let of = |text: &str| compose(text).service("a").readiness.checks;
    assert_eq!(
        of("services: { a: { image: \"postgres:17\" } }\n"),
        [Check::Family("postgres")]
    );
    let with_check =
        of("services: { a: { image: \"postgres:17\", healthcheck: { test: \"x\" } } }\n");
    assert!(matches!(
        &with_check[..],
        [Check::Healthcheck(_), Check::Listening("postgres")]
    ));
    let named = devstack("services: { a: { build: ., ready: redis } }\n").service("a");
    assert_eq!(named.readiness.checks, [Check::Family("redis")]);
    assert_eq!(named.family, Some("redis"));
}
