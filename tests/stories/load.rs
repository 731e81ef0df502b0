//! `load`: the same visitors, evenly spread and in a crowd, with and without the pool.

use serde_json::Value;

use crate::project::Project;

/// A crowd uses up Postgres' connections, unless there is a pool; an average shows nothing of it.
pub(crate) fn a_crowd_is_turned_away_without_the_pool(project: &Project) {
    let ran = project.run(&[
        "run",
        "--rm",
        "-T",
        "-e",
        "LOAD_SECONDS=7",
        "-e",
        "LOAD_RATE=22",
        "-e",
        "LOAD_STAY=1",
        "-e",
        "LOAD_FORMAT=json",
        "load",
    ]);
    let ran = ran.exits(0);
    let runs: Value = serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}:\n{}\n{}", ran.stdout, ran.stderr));
    let run = |target: &str, shape: &str| {
        let all = runs.as_array().into_iter().flatten();
        let mut fitting = all.filter(|run| run["target"] == target && run["shape"] == shape);
        fitting
            .next()
            .cloned()
            .unwrap_or_else(|| panic!("no {target} {shape} in {runs}"))
    };
    for (target, shape) in [
        ("direct", "uniform"),
        ("pool", "uniform"),
        ("pool", "bursty"),
    ] {
        assert_eq!(
            run(target, shape)["turned_away"],
            0,
            "{target} {shape}: {runs}"
        );
    }
    assert_eq!(
        run("direct", "uniform")["visitors"],
        run("direct", "bursty")["visitors"]
    );
    let crowd = run("direct", "bursty");
    assert!(crowd["turned_away"].as_u64() > Some(0), "{runs}");
    let reason = crowd["reasons"][0]["reason"].as_str().expect("a reason");
    assert!(reason.contains("too many clients"), "{runs}");
}
