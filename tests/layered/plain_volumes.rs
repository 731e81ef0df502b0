//! Volumes full of a user's data that devstack did not make.

use std::collections::BTreeMap;

use crate::databases::{Databases, row};
use crate::family::Family;
use crate::project::{docker, mirror};

/// A stack whose volume `redis` is there already, with a row of the user's.
fn adopted() -> Databases {
    let seeds = BTreeMap::from([(Family::Redis, vec![row("seeded", "yes")])]);
    let stack = Databases::new(seeds);
    let volume = format!("{}_redis", stack.project.name());
    let container = format!("{}-before", stack.project.name());
    let image = format!("{}/library/redis:8", mirror());
    let project = format!("com.docker.compose.project={}", stack.project.name());
    docker(&["volume", "create", "--label", &project, &volume]);
    let mount = format!("{volume}:/data");
    docker(&[
        "run", "-d", "--name", &container, "--label", &project, "-v", &mount, &image,
    ]);
    let write = ["exec", &container, "sh", "-c"];
    let line = "until redis-cli HSET things mine precious; do :; done; redis-cli SAVE";
    docker(&[&write[..], &[line]].concat());
    docker(&["rm", "-f", &container]);
    stack
}

fn holds(stack: &Databases) -> String {
    stack.holds()[&Family::Redis]
        .get("mine")
        .cloned()
        .unwrap_or_default()
}

#[test]
fn a_plain_volume_of_before_survives_every_command_that_is_not_told_to_remove_it() {
    let stack = adopted();
    let volume = format!("{}_redis", stack.project.name());
    let labels = docker(&["volume", "inspect", "--format", "{{json .Labels}}", &volume]);
    stack
        .project
        .run(&["up"])
        .exits(0)
        .says(&["before its seeds"]);
    assert_eq!(holds(&stack), "precious");
    let status = stack.project.run(&["status"]).exits(0);
    assert!(
        status.stdout.contains(&format!(
            "data is not layered: volume {volume} was there before devstack"
        )),
        "{}",
        status.stdout
    );
    for command in [
        &["seed", "--yes"][..],
        &["prune", "--yes"],
        &["restart"],
        &["down"],
        &["up", "--force-recreate"],
    ] {
        stack.run(command);
    }
    assert_eq!(holds(&stack), "precious");
    // Nothing of it goes into a snapshot, and without a word nothing of it goes.
    let save = stack.project.run(&["snapshot", "save", "one"]).exits(1);
    save.says(&["before devstack"]);
    let reset = stack.project.run(&["reset"]);
    assert_ne!(reset.code, 0, "{}", reset.stderr);
    reset.says(&[&volume, "REMOVED FOR GOOD", "--yes"]);
    let down = stack.project.run(&["down", "--data"]);
    assert_ne!(down.code, 0, "{}", down.stderr);
    stack.run(&["up"]);
    assert_eq!(holds(&stack), "precious");
    let now = docker(&["volume", "inspect", "--format", "{{json .Labels}}", &volume]);
    assert_eq!(now, labels, "it is another volume");

    stack
        .project
        .run(&["reset", "--yes"])
        .exits(0)
        .says(&["REMOVED FOR GOOD"]);
    assert_eq!(stack.holds(), stack.seeded());
    let status = stack.project.run(&["status"]).exits(0);
    assert!(!status.stdout.contains("not layered"), "{}", status.stdout);
}
