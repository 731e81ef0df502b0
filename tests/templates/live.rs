//! The templates whose servers Debian packages, for real: added without a question, brought up, and proved by their own
//! checks.

use std::collections::BTreeMap;
use std::process::Command;

use devstack::stack::LoadOptions;
use devstack::templates::{Interview, Proof, Target, Template, embedded};
use indexmap::IndexMap;

use crate::fixture::Folder;

/// One stack after the other: together they would be more than a small machine starts at once.
const LIVE: [&[&str]; 2] = [
    &["postgres", "mariadb", "redis", "rabbitmq", "web"],
    &["mysql", "valkey", "nats", "mosquitto", "memcached"],
];

/// The proofs of a template that is about to be added to a folder with the default answers.
fn proofs(name: &str, folder: &Folder) -> Vec<Proof> {
    let template = Template::read(embedded(name).expect("it is there")).expect("it can be read");
    let options = LoadOptions {
        directory: folder.path().to_path_buf(),
        ..LoadOptions::default()
    };
    let target = Target::open(&options).expect("the manifest can be read");
    let mut interview =
        Interview::new(&template, &target, None, IndexMap::new()).expect("nothing is wrong");
    while let Some(asked) = interview.next_question().expect("nothing is wrong") {
        let default = asked.default.expect("every question has a default");
        interview.answer(&default).expect("a default is right");
    }
    let answers = interview.finish();
    let filled = template.checks.iter().map(|check| check.proof(&answers));
    filled
        .map(|proof| proof.expect("everything is known"))
        .collect()
}

/// Removes what a project made.
struct Cleanup<'a>(&'a Folder, String);

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        self.0.run(&["-p", &self.1, "down", "--data", "--yes"]);
        // What devstack noted of the project; states that others may stand on stay.
        let filter = format!("label=dev.devstack.project={}", self.1);
        let listed = Command::new("docker")
            .args(["volume", "ls", "--quiet", "--filter", &filter])
            .output();
        let names = listed.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
        for name in names.unwrap_or_default().lines() {
            let _ = Command::new("docker")
                .args(["volume", "rm", "-f", name])
                .output();
        }
    }
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
        all.insert(*template, proofs(template, &folder));
        folder.run(&["add", template, "--yes"]).exits(0);
    }
    let _cleanup = Cleanup(&folder, project.to_owned());
    folder.run(&["-p", project, "up"]).exits(0);
    for (template, proofs) in all {
        assert!(!proofs.is_empty(), "`{template}` has no check");
        for proof in proofs {
            let container = format!("{project}-{}-1", proof.service);
            let output = Command::new("docker")
                .args(["exec", &container, "sh", "-c", &proof.run])
                .output()
                .expect("docker runs");
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && said.contains(&proof.expect),
                "`{template}`: {proof:?}: {output:?}"
            );
        }
    }
}
