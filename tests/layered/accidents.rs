//! Things that go wrong, or are done behind devstack's back.

use std::collections::BTreeMap;

use crate::databases::{Databases, assert_tidy, layers, layers_are, named_layers, row};
use crate::family::Family;
use crate::project::{Project, docker};

/// A stack of this family with one seed.
fn stack(family: Family, token: &str) -> Databases {
    let value = format!("{token}p{}", std::process::id());
    Databases::new(BTreeMap::from([(family, vec![row("seeded", &value)])]))
}

#[test]
fn a_seed_that_fails_in_its_last_line_leaves_no_trace() {
    for (family, wrong) in [
        (Family::Postgres, "insert into nothing values (1);\n"),
        (Family::Redis, "LPUSH things oops\n"),
    ] {
        let stack = stack(family, "lastline");
        let file = family.seed_file(0);
        let rows = stack.seeded().remove(&family).expect("it has rows");
        let right = family.seed(&rows);
        let line = right.lines().count() + 1;
        stack.project.file(&file, format!("{right}{wrong}"));
        let ran = stack.project.run(&["up"]).exits(1);
        ran.says(&[&format!("{file}:{line}"), wrong.trim()]);
        let seeded = docker(&[
            "volume",
            "ls",
            "--filter",
            "label=dev.devstack.snapshot",
            "--format",
            "{{.Label \"dev.devstack.snapshot\"}}",
        ]);
        let own = format!("\"project\":\"{}\"", stack.project.name());
        assert!(!seeded.contains(&own), "something was kept: {seeded}");
        stack.project.file(&file, right);
        stack.run(&["up"]);
        assert_eq!(stack.holds(), stack.seeded());
        assert_tidy(&stack.project, "mended");
    }
}

/// Removes layers of a stack that is down, as `docker volume rm` and `docker volume prune` do.
fn lose(project: &Project, which: impl Fn(&str) -> bool) {
    for layer in layers(project).iter().filter(|layer| which(layer)) {
        docker(&["volume", "rm", layer]);
    }
}

#[test]
fn a_layer_removed_behind_its_back_is_told_and_reset_gets_out_of_it() {
    let _overlays = layers_are("overlay");
    let stack = stack(Family::Redis, "lost");
    stack.run(&["up"]);
    stack.write(&row("mine", "before"));
    stack.run(&["snapshot", "save", "kept"]);
    stack.write(&row("mine", "after"));
    stack.run(&["down"]);
    let live = docker(&[
        "volume",
        "inspect",
        "--format",
        "{{index .Labels \"dev.devstack.data\"}}",
        &format!("{}_redis", stack.project.name()),
    ]);
    let live: serde_json::Value = serde_json::from_str(&live).expect("JSON");
    let top = live["top"].as_str().expect("a layer").to_owned();

    // The layer that is written to: the snapshot below it is whole.
    lose(&stack.project, |layer| layer == top);
    let told = [
        "`redis`",
        "layer",
        "_redis",
        "devstack reset redis",
        "docker volume prune",
    ];
    stack.project.run(&["up"]).exits(1).says(&told);
    stack.run(&["snapshot", "restore", "kept", "--yes"]);
    stack.run(&["up"]);
    assert_eq!(stack.holds()[&Family::Redis]["mine"], "before");

    // All of them, the seeds' too.
    stack.run(&["down"]);
    lose(&stack.project, |_| true);
    stack.project.run(&["up"]).exits(1).says(&told);
    stack
        .project
        .run(&["snapshot", "restore", "kept", "--yes"])
        .exits(1)
        .says(&["`kept` is gone", "devstack snapshot remove kept"]);
    stack.run(&["reset", "--yes"]);
    assert_eq!(stack.holds(), stack.seeded());
    stack.run(&["down"]);
    stack.run(&["up"]);
    assert_eq!(stack.holds(), stack.seeded());
}

#[test]
fn layers_removed_behind_its_back_are_not_missed_where_data_is_copied() {
    let _copies = layers_are("copy");
    let stack = stack(Family::Redis, "copied");
    stack.run(&["up"]);
    stack.run(&["snapshot", "save", "kept"]);
    stack.write(&row("mine", "after"));
    let mine = stack.holds();
    stack.run(&["down"]);
    lose(&stack.project, |_| true);
    stack.run(&["up"]);
    assert_eq!(stack.holds(), mine);
    stack
        .project
        .run(&["snapshot", "restore", "kept", "--yes"])
        .exits(1)
        .says(&["`kept` is gone", "devstack snapshot remove kept"]);
    // Nothing was touched.
    assert_eq!(stack.holds(), mine);
    stack.run(&["reset", "--yes"]);
    assert_eq!(stack.holds(), stack.seeded());
}

#[test]
fn volume_prune_of_a_running_stack_is_told_and_reset_gets_out_of_it() {
    let _overlays = layers_are("overlay");
    let stack = stack(Family::Postgres, "pruned");
    stack.run(&["up"]);
    stack.write(&row("mine", "here"));
    // No container mounts a layer by itself.
    let own = format!("label=dev.devstack.layer={}", stack.project.name());
    docker(&["volume", "prune", "-f", "--filter", &own]);
    assert!(layers(&stack.project).is_empty());
    stack
        .project
        .run(&["up"])
        .exits(1)
        .says(&["`postgres`", "layer", "devstack reset postgres"]);
    stack.run(&["reset", "--yes"]);
    assert_eq!(stack.holds(), stack.seeded());
    assert_tidy(&stack.project, "reset");
    assert!(layers(&stack.project).is_subset(&named_layers()));
}
