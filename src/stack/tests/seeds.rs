//! Seeds.

use crate::catalog::Table;
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
            other => panic!("{other:?}"),
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
            "[{ fil: x }]",
            "4:14 `fil` is not a key that may stand in `seed` (did you mean `file`?)",
        ),
        (
            "[{ table: t }]",
            "4:12 a seed must have one of `file`, `exec`, `run` or `http`",
        ),
        (
            "[{ exec: a, run: b }]",
            "4:12 a seed can be of one kind only (make it several entries of `seed`, in the order in which they are to be applied)",
        ),
        (
            "[{ exec: a, table: t }]",
            "4:23 `table` means nothing beside `exec` (take it out: it belongs to `file`)",
        ),
        (
            "[{ run: a, in: aa }]",
            "4:19 a seed of `a` runs in `aa`, which is not a service (did you mean `a`?)",
        ),
        (
            "[{ run: a, inputs: [\"seeds/*.sq\"] }]",
            "4:31 no file matches the input `seeds/*.sq` (correct the pattern, or take the entry out)",
        ),
        (
            "[{ http: /x }]",
            "4:20 devstack does not know which port `a` listens on (write `http: { path: …, port: … }`)",
        ),
        (
            "[{ http: { path: x, port: 1 } }]",
            "4:28 the path `x` of a request must begin with `/`",
        ),
        (
            "[{ http: { url: \"http://b/\", port: 1 } }]",
            "4:27 `http` asks the service itself, which is not `b` (move the seed to the service that answers there, or ask it with `run` and `in: a`)",
        ),
        (
            "[{ http: { path: /, port: 1, expect: [2000] } }]",
            "4:49 `2000` is not a status code or a range of them",
        ),
        (
            "[{ http: { path: /, port: 1, method: get, body: x } }]",
            "4:48 a GET request has no body (use `method: POST` or `PUT`, or take the body out)",
        ),
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
            SeedKind::File {
                path, compression, ..
            } => {
                assert!(path.is_absolute());
                (seed.label.as_str(), *compression)
            }
            other => panic!("{other:?}"),
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

#[test]
fn rows_need_a_table_and_only_rows_have_one() {
    let csv = |seed: &str| {
        devstack(&format!(
            "services:\n  db:\n    image: postgres:17\n    seed: [{seed}]\n"
        ))
        .file("people.csv", "a;b\n1;2\n")
        .file("rows.tsv.gz", "")
        .file("a.sql", "")
    };
    for (seed, expected) in [
        (
            "people.csv",
            "4:12 `people.csv` does not say which table its rows go to (write `{ file: people.csv, table: people }`)",
        ),
        (
            "{ file: a.sql, table: people }",
            "4:27 `table` is for files with rows, and `a.sql` is SQL (take `table` out)",
        ),
        (
            "{ file: people.csv, table: people, delimiter: ab }",
            "4:58 `ab` cannot stand between two values",
        ),
        (
            "{ file: people.csv, table: people, header: maybe }",
            "4:55 `header` must be `true` or `false`, not `maybe`",
        ),
    ] {
        assert_eq!(
            csv(seed).errors(),
            [format!("devstack.yaml:{expected}")],
            "{seed}"
        );
    }
    let seeds = csv("{ file: people.csv, table: p.q, columns: [x, y], delimiter: ;, header: false }, { file: rows.tsv.gz, table: rows }")
        .service("db")
        .seeds;
    let tables: Vec<_> = seeds
        .iter()
        .filter_map(|seed| match &seed.kind {
            SeedKind::File { table, .. } => table.clone(),
            _ => None,
        })
        .collect();
    assert_eq!(
        tables,
        [
            Table {
                name: "p.q".to_owned(),
                columns: vec!["x".to_owned(), "y".to_owned()],
                delimiter: ';',
                header: false,
            },
            Table {
                name: "rows".to_owned(),
                columns: Vec::new(),
                delimiter: '\t',
                header: true,
            },
        ]
    );
}

#[test]
fn archives_are_known_by_their_content_and_folders_by_what_is_in_them() {
    let folder = devstack(
        "services:\n  db:\n    image: postgres:17\n    seed: [backup.bin, folder, other]\n",
    )
    .file("backup.bin", "PGDMP")
    .file("folder/toc.dat", "PGDMP")
    .file("other/1.sql", "");
    assert_eq!(
        folder.errors(),
        [
            "devstack.yaml:4:32 the seed `other` is a folder, and not one that postgres takes (to apply the files in it, write `other/*`)"
        ]
    );
    let folder = devstack("services:\n  db:\n    image: postgres:17\n    seed: [dump.sql]\n")
        .file("dump.sql", "\u{1f}");
    assert!(matches!(
        folder.service("db").seeds[0].kind,
        SeedKind::File {
            compression: Compression::None,
            ..
        }
    ));
}

#[test]
fn runs_know_their_service_its_image_and_their_inputs() {
    let folder = devstack(
        "services:\n  db:\n    image: postgres:17\n    seed: [{ run: \"npm run migrate\", in: api, inputs: [migrations, package.json] }, { run: [psql, -c, x] }]\n  api:\n    build: .\n",
    )
    .file("Dockerfile", "FROM scratch\n")
    .file("migrations/2.sql", "")
    .file("migrations/deep/1.sql", "")
    .file("package.json", "{}");
    let stack = folder.stack();
    let runs: Vec<_> = stack.services["db"]
        .seeds
        .iter()
        .map(|seed| match &seed.kind {
            SeedKind::Run(run) => run.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        (runs[0].service.as_str(), runs[1].service.as_str()),
        ("api", "db")
    );
    assert_eq!(runs[0].command, ["sh", "-c", "npm run migrate"]);
    assert_eq!(runs[1].command, ["psql", "-c", "x"]);
    assert_eq!(runs[0].image, stack.services["api"].image);
    assert_eq!(runs[1].image, "postgres:17");
    let names: Vec<_> = runs[0]
        .inputs
        .iter()
        .map(|input| {
            input
                .strip_prefix(folder.path())
                .expect("below")
                .display()
                .to_string()
        })
        .collect();
    assert_eq!(
        names,
        ["migrations/2.sql", "migrations/deep/1.sql", "package.json"]
    );
}

#[test]
fn requests_have_sensible_defaults() {
    let stack = devstack(
        "services:\n  web:\n    image: me/web\n    expose: [\"8000\"]\n    seed: [{ http: /warm }, { http: { path: /items, body: \"{}\", headers: { X-A: 1 }, expect: [201, 400-499] } }]\n",
    )
    .stack();
    let requests: Vec<_> = stack.services["web"]
        .seeds
        .iter()
        .map(|seed| match &seed.kind {
            SeedKind::Http(request) => request,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        (requests[0].method.as_str(), requests[0].port),
        ("GET", 8000)
    );
    assert_eq!(requests[0].expect, [(200, 299)]);
    assert_eq!(
        (requests[1].method.as_str(), requests[1].path.as_str()),
        ("POST", "/items")
    );
    assert_eq!(requests[1].headers["X-A"], "1");
    assert_eq!(requests[1].expect, [(201, 201), (400, 499)]);
    assert_eq!(stack.services["web"].seeds[1].label, "POST /items");
}
