//! Seeds of software that Debian does not package: the exact commands, inputs and requests that its documentation
//! asks for, against programs that write down what they are given.

use std::fmt::Write as _;

use devstack::catalog::Table;
use devstack::seed::{SeedFailure, SeedProblem};

use crate::lab::{Lab, image, seed_of, seed_rows};

/// Writes down its name, its arguments and its input.
const WITNESS: &str = r#"#!/bin/sh
{ printf '%s' "${0##*/}"; printf ' [%s]' "$@"; echo; } >>/tmp/witness
cat >/tmp/input.$(ls /tmp/input.* 2>/dev/null | wc -l)
[ -z "$SAY" ] || { echo "$SAY"; exit 1; }
"#;

/// A container that passes for another family's, with these programs in it.
async fn witnesses(family: &'static str, programs: &[&str], environment: &[(&str, &str)]) -> Lab {
    let mut recipe = image("nginx:1.26").shell("sleep 1000");
    for program in programs {
        recipe = recipe.file(&format!("/usr/local/bin/{program}"), WITNESS);
    }
    for (name, value) in environment {
        recipe = recipe.env(name, value);
    }
    recipe.start().await.family_is(family)
}

/// What the programs were called with, the container's address and temporary folders made plain.
async fn calls(lab: &Lab) -> String {
    let address = lab.address().await;
    let text = lab.ask("cat /tmp/witness; rm /tmp/witness").await;
    let temporary = regex::Regex::new(r"/tmp/tmp\.\w+").expect("a pattern");
    temporary
        .replace_all(&text.replace(&address, "HOST"), "TMP")
        .into_owned()
}

async fn input(lab: &Lab, number: u32) -> String {
    lab.ask(&format!("cat /tmp/input.{number}")).await
}

fn message(failure: &SeedFailure) -> String {
    match &failure.problem {
        SeedProblem::Statement { error, .. } => {
            format!("{}\n{}", error.message, error.details.join("\n"))
        }
        other => panic!("{other:?}"),
    }
}

fn people() -> Table {
    Table {
        name: "people".to_owned(),
        columns: Vec::new(),
        delimiter: ',',
        header: true,
    }
}

#[tokio::test]
async fn mongodb_is_seeded_by_its_tools_and_its_shell() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = [
        ("MONGO_INITDB_ROOT_USERNAME", "root"),
        ("MONGO_INITDB_ROOT_PASSWORD", "p\"w"),
        ("MONGO_INITDB_DATABASE", "shop"),
    ];
    let lab = witnesses(
        "mongodb",
        &["mongorestore", "mongoimport", "mongosh"],
        &root,
    )
    .await;
    let login = "[--host=HOST] [--port=27017] [--config=TMP/login] [--username=root] [--authenticationDatabase=admin]";
    let cases: [(&str, &str, Option<Table>, String, &str); 5] = [
        // Known by how it begins.
        ("backup", "m\u{e2}", None, String::new(), ""),
        ("people.json", " [{\"a\": 1}]", Some(people()), format!("mongoimport {login} [--db=shop] [--collection=people] [--type=json] [--stopOnError] [--jsonArray]"), "[{\"a\": 1}]"),
        ("people.ndjson", "{\"a\": 1}\n", Some(people()), format!("mongoimport {login} [--db=shop] [--collection=people] [--type=json] [--stopOnError]"), "{\"a\": 1}"),
        ("people.csv", "a,b\n1,2\n", Some(people()), format!("mongoimport {login} [--db=shop] [--collection=people] [--type=csv] [--stopOnError] [--fields=a,b]"), "1,2"),
        ("seed.js", "db.people.insertOne({})\n", None, "mongosh [--quiet] [--norc] [mongodb://HOST:27017/shop] [--eval] [if (process.env.DEVSTACK_USER) db.getSiblingDB(\"admin\").auth(process.env.DEVSTACK_USER, process.env.DEVSTACK_PASSWORD);] [--file] [TMP/seed.js]".to_owned(), ""),
    ];
    for (number, (name, text, table, call, body)) in cases.into_iter().enumerate() {
        let path = folder.path().join(name);
        if name == "backup" {
            std::fs::write(&path, b"\x6d\xe2\x99\x81archive").expect("written");
            lab.seed(&[seed_of(&path, None)]).await.expect("restored");
            assert_eq!(
                calls(&lab).await,
                format!("mongorestore {login} [--archive] [--stopOnError]")
            );
            assert!(input(&lab, 0).await.ends_with("archive"));
            continue;
        }
        std::fs::write(&path, text).expect("written");
        lab.seed(&[seed_of(&path, table)])
            .await
            .unwrap_or_else(|error| panic!("{name}: {:#?}", error.diagnostic()));
        assert_eq!(calls(&lab).await, call, "{name}");
        let number = u32::try_from(number).expect("few");
        assert_eq!(input(&lab, number).await, body, "{name}");
    }
    let said = "2026-01-01T10:00:00.000+0000\tFailed: (Unauthorized) not authorized";
    let lab = witnesses("mongodb", &["mongoimport"], &[("SAY", said)]).await;
    let path = folder.path().join("people.ndjson");
    let failure = lab
        .seed(&[seed_of(&path, Some(people()))])
        .await
        .expect_err("refused");
    assert!(
        message(&failure).starts_with("(Unauthorized) not authorized"),
        "{}",
        message(&failure)
    );
}

#[tokio::test]
async fn clickhouse_is_seeded_by_its_client() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = witnesses(
        "clickhouse",
        &["clickhouse-client"],
        &[("CLICKHOUSE_DB", "shop"), ("CLICKHOUSE_USER", "app")],
    )
    .await;
    let login = "[--host] [HOST] [--user] [app] [--database] [shop]";
    let path = folder.path().join("schema.sql");
    std::fs::write(&path, "select 1;\n").expect("written");
    lab.seed(&[seed_of(&path, None)]).await.expect("applied");
    assert_eq!(
        calls(&lab).await,
        format!("clickhouse-client {login} [--multiquery]")
    );
    assert_eq!(input(&lab, 0).await, "select 1;");
    let table = Table {
        delimiter: ';',
        ..people()
    };
    let seed = seed_rows(folder.path(), "people.csv.gz", "a;b\n1;2\n", table).await;
    lab.seed(&[seed]).await.expect("applied");
    assert_eq!(
        calls(&lab).await,
        format!(
            "clickhouse-client {login} [--query] [INSERT INTO `people` (`a`, `b`) FORMAT CSV] [--format_csv_delimiter=;] [--input_format_csv_skip_first_lines=1]"
        )
    );
    assert_eq!(input(&lab, 1).await, "a;b\n1;2");
    let said = "Code: 60. DB::Exception: Table shop.people does not exist (line 1, col 13). (UNKNOWN_TABLE)";
    let lab = witnesses("clickhouse", &["clickhouse-client"], &[("SAY", said)]).await;
    let failure = lab
        .seed(&[seed_of(&path, None)])
        .await
        .expect_err("refused");
    match failure.problem {
        SeedProblem::Statement {
            place: Some(place), ..
        } => assert_eq!(place.to_string(), "schema.sql:1:1"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn minio_gets_a_folder_of_buckets() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = witnesses(
        "minio",
        &["mc"],
        &[
            ("MINIO_ROOT_USER", "me"),
            ("MINIO_ROOT_PASSWORD", "secret12"),
        ],
    )
    .await;
    let big = "x".repeat(1_000_001);
    for (name, text) in [
        ("images/a b.txt", "one"),
        ("images/deep/b", ""),
        ("logs/big", big.as_str()),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("below")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    lab.seed(&[seed_of(folder.path(), None)])
        .await
        .unwrap_or_else(|error| panic!("{:#?}", error.diagnostic()));
    assert_eq!(
        calls(&lab).await,
        "mc [--quiet] [mb] [--ignore-existing] [devstack/images]\n\
         mc [--quiet] [pipe] [devstack/images/a b.txt]\n\
         mc [--quiet] [pipe] [devstack/images/deep/b]\n\
         mc [--quiet] [mb] [--ignore-existing] [devstack/logs]\n\
         mc [--quiet] [pipe] [devstack/logs/big]"
    );
    assert_eq!(input(&lab, 1).await, "one");
    assert_eq!(input(&lab, 2).await, "");
    assert_eq!(lab.ask("wc -c </tmp/input.4").await, "1000001");
    std::fs::write(folder.path().join("stray"), "x").expect("written");
    let failure = lab
        .seed(&[seed_of(folder.path(), None)])
        .await
        .expect_err("no bucket");
    assert!(
        message(&failure).contains("it lies in no bucket")
            && message(&failure).contains("object: stray"),
        "{}",
        message(&failure)
    );
}

/// A real server keeps the bodies and gives prepared answers; the client is the real curl.
#[tokio::test]
async fn elasticsearch_gets_lines_in_batches() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = r#"
server {
    listen 9200;
    client_max_body_size 100m;
    location = /_bulk {
        if ($http_authorization != "Basic ZWxhc3RpYzpwIlx3") { return 401 '{"error":{"reason":"who are you?"},"status":401}'; }
        if ($content_type != "application/x-ndjson") { return 406; }
        client_body_in_file_only on;
        client_body_temp_path /tmp/bodies;
        proxy_pass http://127.0.0.1:9201/answer;
    }
    location = /_refresh { access_log /tmp/refreshed; return 200 '{}'; }
    location / { return 200 '{}'; }
}
server { listen 9201; client_max_body_size 100m; location / { root /tmp; try_files /answer =404; error_page 405 =200 /answer; } }
"#;
    let fine = r#"{"errors":false,"items":[{"index":{"status":201}}]}"#;
    let start = |password: &str| {
        image("nginx:1.26")
            .file("/etc/nginx/conf.d/default.conf", server)
            .file("/tmp/answer", fine)
            .env("ELASTIC_PASSWORD", password)
            .start()
    };
    let lab = start("p\"\\w").await.family_is("elasticsearch");
    lab.ready().await;
    // More than one batch, and pairs that must not be torn apart.
    let pad = "x".repeat(1000);
    let mut text = String::new();
    for number in 0..6000 {
        let deleted = number % 7 == 0;
        let action = if deleted { "delete" } else { "index" };
        writeln!(
            text,
            "{{\"{action}\":{{\"_index\":\"a\",\"_id\":\"{number}\"}}}}"
        )
        .expect("memory");
        if !deleted {
            writeln!(text, "{{\"n\":{number},\"pad\":\"{pad}\"}}\n").expect("memory");
        }
    }
    let seed = seed_rows(folder.path(), "bulk.ndjson.zst", &text, people()).await;
    lab.seed(std::slice::from_ref(&seed))
        .await
        .unwrap_or_else(|error| panic!("{:#?}", error.diagnostic()));
    let bodies = lab.ask("ls /tmp/bodies/* | wc -l").await;
    assert_eq!(bodies, "2");
    let expected: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let sent = lab.ask("cat $(ls /tmp/bodies/* | sort)").await;
    assert!(
        sent.lines().eq(expected.iter().copied()),
        "the lines arrive in order"
    );
    let starts = lab
        .ask("for body in /tmp/bodies/*; do head -c 9 $body; echo; done")
        .await;
    assert!(
        starts
            .lines()
            .all(|line| line.starts_with("{\"index\"") || line.starts_with("{\"delete\"")),
        "{starts}"
    );
    assert_ne!(lab.ask("cat /tmp/refreshed").await, "");

    let refused = r#"{"errors":true,"items":[{"delete":{"status":200}},{"index":{"status":400,"error":{"reason":"failed to parse field [n]"}}}]}"#;
    lab.ask(&format!("printf '%s' '{refused}' >/tmp/answer"))
        .await;
    let failure = lab.seed(&[seed]).await.expect_err("refused");
    match &failure.problem {
        SeedProblem::Statement {
            place: Some(place), ..
        } => assert_eq!(place.to_string(), "bulk.ndjson.zst:2:1"),
        other => panic!("{other:?}"),
    }
    assert!(message(&failure).starts_with("failed to parse field [n]"));

    let lab = start("another").await.family_is("elasticsearch");
    lab.ready().await;
    let seed = seed_rows(
        folder.path(),
        "one.ndjson",
        "{\"index\":{}}\n{}\n",
        people(),
    )
    .await;
    let failure = lab.seed(&[seed]).await.expect_err("not let in");
    assert!(
        message(&failure).starts_with("who are you?"),
        "{}",
        message(&failure)
    );
}
