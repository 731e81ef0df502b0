//! `requirements`: an example of `requires` that counts.

use crate::demo::add;
use crate::project::Project;

const MANIFEST: &str =
    "services:\n  web:\n    image: busybox:1\n    command: [sleep, '1000']\n    init: true\n";

#[test]
fn what_is_required_stops_what_cannot_work() {
    let project = Project::new(MANIFEST);
    add(&project, "requirements", &["memory=900000GB"]);
    project.run(&["up"]).exits(1).says(&["memory", "900000GB"]);
    assert!(project.containers().is_empty());
}

#[test]
fn what_is_met_is_not_in_the_way() {
    let project = Project::new(MANIFEST);
    add(&project, "requirements", &["memory=64MB", "disk=10MB"]);
    project.up();
}
