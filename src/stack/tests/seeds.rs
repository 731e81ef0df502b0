//! Seeds.

use crate::stack::SeedKind;
use crate::stack::testing::{Folder, devstack};

fn seeded(seeds: &str) -> Folder {
    devstack(&format!(
        "services:\n  a:\n    image: me/a\n    seed: {seeds}\n"
    ))
}

#[test]
fn commands_are_seeds() {
    let seeds = seeded("[{ exec: \"echo 1\" }, { exec: [a, b] }]")
        .service("a")
        .seeds;
    let commands: Vec<_> = seeds
        .iter()
        .map(|seed| match &seed.kind {
            SeedKind::Exec { command } => command.join(" "),
            SeedKind::File { path, .. } => panic!("a file: {path:?}"),
        })
        .collect();
    assert_eq!(commands, ["sh -c echo 1", "a b"]);
    assert_eq!(seeds[1].label, "a b");
}

#[test]
fn says_what_is_wrong() {
    for (seeds, expected) in [
        (
            "[seeds/schem.sql]",
            "4:12 the seed `seeds/schem.sql` does not exist (did you mean `seeds/schema.sql`?)",
        ),
        (
            "[\"seeds/*.csv\"]",
            "4:12 no file matches the seed `seeds/*.csv` (correct the pattern, or take the entry out)",
        ),
        (
            "[{ file: x.csv, table: t }]",
            "4:27 seeds with `table` are not supported yet (use a file, or `exec` with a command in the service)",
        ),
        (
            "[{ fil: x }]",
            "4:14 `fil` is not a key of a seed (did you mean `file`?)",
        ),
        ("[{}]", "4:12 a seed must have either `file` or `exec`"),
        (
            "[seeds/schema.sql]",
            "4:12 devstack does not know what software `a` runs, so it cannot apply a file to it (say it with `ready: postgres` (or mysql, redis, …), or seed with `exec`)",
        ),
        ("seeds/schema.sql", "4:11 `seed` must be a list, not a text"),
    ] {
        let found = seeded(seeds).file("seeds/schema.sql", "");
        assert_eq!(
            found.errors(),
            [format!("devstack.yaml:{expected}")],
            "{seeds}"
        );
    }
}
