//! Seeds.

use crate::stack::testing::{Folder, devstack};
use crate::stack::{Compression, SeedKind};

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

#[test]
fn patterns_are_sorted_and_compression_is_seen() {
    let folder = devstack(
        "services:\n  db:\n    image: postgres:17\n    seed: [first.sql, \"seeds/*.sql*\", { file: last.sql.zst }]\n",
    )
    .file("first.sql", "")
    .file("seeds/b.sql.gz", "")
    .file("seeds/a.sql", "")
    .file("seeds/deep/c.sql", "")
    .file("last.sql.zst", "");
    let seeds = folder.service("db").seeds;
    let seen: Vec<_> = seeds
        .iter()
        .map(|seed| match &seed.kind {
            SeedKind::File { path, compression } => {
                assert!(path.is_absolute());
                (seed.label.as_str(), *compression)
            }
            SeedKind::Exec { .. } => panic!("a command"),
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("first.sql", Compression::None),
            ("seeds/a.sql", Compression::None),
            ("seeds/b.sql.gz", Compression::Gzip),
            ("last.sql.zst", Compression::Zstd),
        ]
    );
}

#[test]
fn a_file_must_be_in_the_language_of_the_software() {
    let found = devstack("services:\n  db:\n    image: postgres:17\n    seed: [notes.txt.gz]\n")
        .file("notes.txt.gz", "");
    let errors = found.errors();
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].starts_with("devstack.yaml:4:12 `notes.txt.gz` does not look like a seed for postgres: its files end in `.sql`"),
        "{}",
        errors[0]
    );
}
