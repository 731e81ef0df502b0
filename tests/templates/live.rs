//! The templates whose servers Debian packages, for real: added without a question, brought up, and proved by their own
//! checks.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use crate::fixture::Folder;
use crate::proof::{carry_out, proofs};

/// One stack after the other: together they would be more than a small machine starts at once.
const LIVE: [&[&str]; 2] = [
    &["postgres", "mariadb", "redis", "rabbitmq", "web"],
    &["mysql", "valkey", "nats", "mosquitto", "memcached"],
];

/// Removes what a project made.
struct Cleanup<'a>(&'a Folder, String);

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        // Nobody needs what a stop would save.
        let filter = format!("label=com.docker.compose.project={}", self.1);
        let running = listed(&["ps", "-q", "--filter", &filter]);
        let _ = docker(&["kill"], &running);
        self.0.run(&["-p", &self.1, "down", "--data", "--yes"]);
        // What devstack noted of the project; states that others may stand on stay.
        let filter = format!("label=dev.devstack.project={}", self.1);
        let volumes = listed(&["volume", "ls", "--quiet", "--filter", &filter]);
        let _ = docker(&["volume", "rm", "-f"], &volumes);
    }
}

/// What the engine's own command line lists.
fn listed(arguments: &[&str]) -> Vec<String> {
    let output = docker(arguments, &[]);
    let text = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
    let names = text.unwrap_or_default();
    names.split_whitespace().map(str::to_owned).collect()
}

fn docker(arguments: &[&str], more: &[String]) -> std::io::Result<Output> {
    Command::new("docker").args(arguments).args(more).output()
}

#[test]
fn what_was_added_comes_up_and_its_checks_prove_it() {
    for (number, templates) in LIVE.iter().enumerate() {
        comes_up(
            templates,
            &format!("dst{}templates{number}", std::process::id()),
        );
    }
}

fn comes_up(templates: &[&str], project: &str) {
    let folder = Folder::new();
    let mut all = BTreeMap::new();
    for template in templates {
        all.insert(*template, proofs(template, folder.path()));
        folder.run(&["add", template, "--yes"]).exits(0);
    }
    let _cleanup = Cleanup(&folder, project.to_owned());
    folder.run(&["-p", project, "up"]).exits(0);
    for (template, proofs) in all {
        for proof in proofs {
            carry_out(project, &proof).unwrap_or_else(|said| panic!("`{template}`: {said}"));
        }
    }
}
