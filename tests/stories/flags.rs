//! `feature-flags`: from our own people to a share of all to nobody, while the application runs on.

use serde_json::{Value, json};

use crate::demo::{port, until};
use crate::http::{ask, get};
use crate::project::Project;

const ADMIN: &str = "*:*.for-scripts-of-this-machine";
const FRONTEND: &str = "*:development.for-pages-of-this-machine";
const FLAG: &str = "/api/admin/projects/default/features/trending/environments/development";

/// The whole life of a flag.
pub(crate) fn a_feature_is_let_out_and_taken_back(project: &Project) {
    let running = project.inspect("api", "{{ .Id }} {{ .State.StartedAt }}");
    let (api, unleash) = (port(project, "api", 8000), port(project, "unleash", 4242));

    // At first, as the file of the project says: our own people.
    until("ada", || has(api, "ada"), |on| *on);
    assert!(!has(api, "somebody"));
    assert_eq!(get(api, "/api/features"), json!({ "trending": false }));
    let page = get(api, "/api/summary?user=ada");
    assert_eq!(page["trending"].as_array().map(Vec::len), Some(3), "{page}");
    assert_eq!(get(api, "/api/summary?user=somebody").get("trending"), None);

    // Then a share of all.
    let strategies = change("GET", unleash, "/strategies", None);
    let first = strategies[0]["id"].as_str().expect("a strategy");
    change("POST", unleash, "/strategies", Some(&gradual("30")));
    change("DELETE", unleash, &format!("/strategies/{first}"), None);
    until(
        "the share",
        || share(api),
        |on| (1..100).contains(on) && !has(api, "ada"),
    );
    as_unleash_itself_decides(api, unleash);

    // Off at once.
    change("POST", unleash, "/off", None);
    until("the share", || share(api), |on| *on == 0);

    // Unleash away: what it said last counts.
    change("POST", unleash, "/on", None);
    until("the share", || share(api), |on| *on > 0);
    project.run(&["stop", "unleash"]).exits(0);
    assert!(share(api) > 0);
    project.up();

    let now = project.inspect("api", "{{ .Id }} {{ .State.StartedAt }}");
    assert_eq!(running, now, "the application was started anew");
}

/// Our small client and Unleash's own evaluation agree on each user.
fn as_unleash_itself_decides(api: u16, unleash: u16) {
    for number in 0..40 {
        let user = format!("user-{number}");
        let path = format!("/api/frontend?userId={user}");
        let toggles = ask("GET", unleash, &path, FRONTEND, None).json()["toggles"].clone();
        let on = toggles
            .as_array()
            .is_some_and(|on| on.iter().any(|flag| flag["name"] == "trending"));
        assert_eq!(has(api, &user), on, "{user}: Unleash says {toggles}");
    }
}

fn gradual(rollout: &str) -> Value {
    json!({
        "name": "flexibleRollout",
        "constraints": [],
        "parameters": { "rollout": rollout, "stickiness": "userId", "groupId": "trending" },
    })
}

#[track_caller]
fn change(method: &str, unleash: u16, path: &str, body: Option<&Value>) -> Value {
    let answer = ask(method, unleash, &format!("{FLAG}{path}"), ADMIN, body);
    assert!(
        (200..300).contains(&answer.status),
        "{method} {path}: {answer:?}"
    );
    serde_json::from_str(&answer.body).unwrap_or_default()
}

fn has(api: u16, user: &str) -> bool {
    get(api, &format!("/api/features?user={user}"))["trending"] == true
}

/// Of a hundred users, how many have it.
fn share(api: u16) -> usize {
    (0..100)
        .filter(|number| has(api, &format!("user-{number}")))
        .count()
}
