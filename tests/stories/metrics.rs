//! `observability`: every database is scraped, the dashboard has something to show, and a lost one is told.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::demo::{add, demo, port, until};
use crate::http::get;
use crate::project::{Project, try_docker};

const DASHBOARD: &str = "templates/observability/files/grafana/stack.json";

/// Prometheus' own word: these jobs, and all of them scraped.
pub(crate) fn everything_is_scraped(project: &Project, jobs: &[&str]) {
    let prometheus = port(project, "prometheus", 9090);
    let ask = || {
        let answer = get(prometheus, "/api/v1/targets?state=active");
        let targets = answer["data"]["activeTargets"].as_array().cloned();
        let mut found: Vec<(String, String)> = targets
            .unwrap_or_default()
            .iter()
            .map(|target| (text(&target["scrapePool"]), text(&target["health"])))
            .collect();
        found.sort_unstable();
        found
    };
    let up: Vec<(String, String)> = jobs
        .iter()
        .map(|job| ((*job).to_owned(), "up".to_owned()))
        .collect();
    // It was so when `up` ended; an exporter may have been too slow since.
    until("the targets", ask, |found| *found == up);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Each query of the dashboard has an answer.
pub(crate) fn the_dashboard_has_something_to_show(project: &Project) {
    let prometheus = port(project, "prometheus", 9090);
    let dashboard = json(DASHBOARD);
    let mut asked = 0;
    for panel in dashboard["panels"].as_array().expect("panels") {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"].as_str().expect("a query");
            let path = format!("/api/v1/query?query={}", encoded(query));
            // A rate needs two values.
            until(
                query,
                || get(prometheus, &path),
                |answer| {
                    answer["data"]["result"]
                        .as_array()
                        .is_some_and(|it| !it.is_empty())
                },
            );
            asked += 1;
        }
    }
    assert!(asked > 8, "the queries were not found");
}

/// A database that went away is told by name.
pub(crate) fn a_lost_database_is_told(project: &Project) {
    project.run(&["stop", "cache"]).exits(0);
    let container = project.container("prometheus");
    until(
        "the check of Prometheus",
        || {
            try_docker(&[
                "exec",
                &container,
                "sh",
                "-c",
                "sh /etc/prometheus/scraped.sh || true",
            ])
        },
        |said| {
            said.as_ref()
                .is_ok_and(|said| said.contains("cache: its exporter does not reach it"))
        },
    );
    project.up();
}

#[test]
fn grafana_is_provisioned_for_what_is_there() {
    let project = demo();
    add(&project, "observability", &[]);
    project.run(&["validate"]).exits(0);
    let read = |name: &str| {
        let text = fs::read_to_string(project.path().join("observability/grafana").join(name));
        let text = text.expect("the file was added");
        serde_yaml::from_str::<Value>(&text).expect("it is YAML")
    };
    let source = &read("datasources.yml")["datasources"][0];
    assert_eq!(source["type"], "prometheus");
    assert_eq!(source["url"], "http://prometheus:9090");
    let config = project.run(&["config", "--format", "json"]).exits(0).stdout;
    let config: Value = serde_json::from_str(&config).expect("JSON");
    let mounted: Vec<&str> = config["services"]["grafana"]["volumes"]
        .as_array()
        .expect("volumes")
        .iter()
        .filter_map(|volume| volume["target"].as_str())
        .collect();
    let folder = read("dashboards.yml")["providers"][0]["options"]["path"].clone();
    let dashboard = format!("{}/stack.json", folder.as_str().expect("a folder"));
    assert!(mounted.contains(&dashboard.as_str()), "{mounted:?}");
    let home =
        &config["services"]["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"];
    assert_eq!(home, &dashboard);
    for panel in json(DASHBOARD)["panels"].as_array().expect("panels") {
        if panel["type"] != "row" {
            assert_eq!(panel["datasource"]["uid"], source["uid"], "{panel}");
        }
    }
}

fn json(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("it is there")).expect("it is JSON")
}

/// As a part of an address.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let _ = write!(encoded, "%{byte:02X}");
        encoded
    })
}
