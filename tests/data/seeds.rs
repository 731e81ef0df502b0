//! SQL seeds through the real clients, and the line that a server does not accept.

use devstack::event::{EventKind, Progress};
use devstack::seed::{SeedFailure, SeedProblem};
use devstack::source::Span;

use crate::lab::{Lab, image, seed_command, seed_file};

async fn postgres() -> Lab {
    let lab = image("postgres:17")
        .env("POSTGRES_USER", "shop")
        .env("POSTGRES_PASSWORD", "dev")
        .env("POSTGRES_DB", "orders")
        .start()
        .await;
    lab.ready().await;
    lab
}

async fn mariadb() -> Lab {
    let lab = image("mariadb:11.8")
        .env("MARIADB_ROOT_PASSWORD", "root")
        .env("MARIADB_USER", "shop")
        .env("MARIADB_PASSWORD", "dev")
        .env("MARIADB_DATABASE", "orders")
        .start()
        .await;
    lab.ready().await;
    lab
}

async fn psql(lab: &Lab, statement: &str) -> String {
    lab.ask(&format!("psql -XAtq -U shop orders -c \"{statement}\""))
        .await
}

async fn mysql(lab: &Lab, statement: &str) -> String {
    lab.ask(&format!(
        "MYSQL_PWD=dev mariadb -N -u shop orders -e \"{statement}\""
    ))
    .await
}

/// 9,000 lines; line 1 makes the table `name`, line 7,000 is `wrong`, if that is given.
fn script(name: &str, wrong: Option<&str>) -> String {
    let mut lines: Vec<String> = (1..=9000)
        .map(|number| format!("insert into {name} values ({number}, 'é');"))
        .collect();
    lines[0] = format!("create table {name} (a int primary key, b varchar(9));");
    if let Some(wrong) = wrong {
        wrong.clone_into(&mut lines[6999]);
    }
    lines.join("\n") + "\n"
}

/// The place that a failure names, and the message.
fn place(failure: &SeedFailure) -> (Span, String) {
    match &failure.problem {
        SeedProblem::Statement {
            error,
            place: Some(place),
        } => (place.clone(), error.message.clone()),
        other => panic!("{other:?}"),
    }
}

const FORMATS: [&str; 5] = ["sql", "sql.gz", "sql.zst", "sql.xz", "sql.bz2"];

#[tokio::test]
async fn seeds_are_applied_from_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let (postgres, mariadb) = tokio::join!(postgres(), mariadb());
    for format in FORMATS {
        let table = format!("t_{}", format.replace('.', "_"));
        let file = format!("{table}.{format}");
        let seed = seed_file(folder.path(), &file, &script(&table, None)).await;
        postgres
            .seed(std::slice::from_ref(&seed))
            .await
            .expect("applied");
        mariadb.seed(&[seed]).await.expect("applied");
        let count = format!("select count(*), max(b) from {table}");
        assert_eq!(psql(&postgres, &count).await, "8999|é");
        assert_eq!(mysql(&mariadb, &count).await, "8999\té");
    }
}

#[tokio::test]
async fn an_error_in_line_7000_is_shown_there_in_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let (postgres, mariadb) = tokio::join!(postgres(), mariadb());
    for format in FORMATS {
        let table = format!("t_{}", format.replace('.', "_"));
        let file = format!("{table}.{format}");
        let seed = seed_file(folder.path(), &file, &script(&table, Some("inser into x;"))).await;
        for (lab, words) in [
            (&postgres, "syntax error at or near \"inser\""),
            (&mariadb, "You have an error in your SQL syntax"),
        ] {
            let failure = lab
                .seed(std::slice::from_ref(&seed))
                .await
                .expect_err("wrong");
            let (place, message) = place(&failure);
            assert_eq!(place.to_string(), format!("{file}:7000:1"));
            assert_eq!(place.text(), "inser into x;");
            assert!(message.contains(words), "{message}");
            let around: Vec<&str> = place.source().text().lines().collect();
            assert_eq!(around.len(), 5);
            assert!(around[1].contains("6999") && around[3].contains("7001"));
            let diagnostic = failure.diagnostic();
            assert!(
                diagnostic
                    .message
                    .starts_with(&format!("`it` does not accept the seed `{file}`: "))
            );
            assert_eq!(diagnostic.related[0].span.source().name(), "devstack.yaml");
        }
        // The statement stopped the seed.
        let count = format!("select count(*) from {table}");
        assert_eq!(psql(&postgres, &count).await, "6998");
        assert_eq!(mysql(&mariadb, &count).await, "6998");
    }
}

#[tokio::test]
async fn the_line_within_a_statement_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let (postgres, mariadb) = tokio::join!(postgres(), mariadb());
    let cases: [(&str, &str, &str); 4] = [
        // What the server points at.
        (
            "syntax",
            "-- why\nselect 1;\n\nselect 1,\n  2,\n  frm 3 4\n  where 5;\n",
            "  frm 3 4",
        ),
        // A statement that fails as a whole: its first line.
        (
            "key",
            "create table k (a int primary key);\ninsert into k values (1);\n/* a\n note */\ninsert into k\n  values (2),\n  (1);\nselect 1;\n",
            "insert into k",
        ),
        // Without a semicolon at the end of the file.
        ("end", "select 1;\nselect 1\nfrom nowhere", "select 1"),
        // Windows line ends.
        (
            "crlf",
            "select 1;\r\nselect 2;\r\nbroken;\r\nselect 3;\r\n",
            "broken;",
        ),
    ];
    for (name, text, wrong) in cases {
        let seed = seed_file(folder.path(), &format!("{name}.sql"), text).await;
        for (database, lab) in [("postgres", &postgres), ("mariadb", &mariadb)] {
            let failure = lab
                .seed(std::slice::from_ref(&seed))
                .await
                .expect_err("wrong");
            let (place, message) = place(&failure);
            // Postgres knows the very line of an unknown table, MariaDB its statement only.
            let wrong = if (name, database) == ("end", "postgres") {
                "from nowhere"
            } else {
                wrong
            };
            assert_eq!(
                place.text(),
                wrong,
                "{name} on {database}: {place:?} {message}"
            );
        }
    }
}

#[tokio::test]
async fn a_dump_with_copied_data_and_meta_commands_is_applied() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = postgres().await;
    psql(&lab, "create table people (a int, b text); insert into people select n, E'tab\\there' from generate_series(1, 500) n")
        .await;
    let dump = lab.ask("pg_dump -U shop --clean --if-exists orders").await;
    let dump = format!(
        "\\set size 7\n{dump}\n\\echo done\ncreate table public.sized as select :size as n;\n"
    );
    let seed = seed_file(folder.path(), "dump.sql.gz", &dump).await;
    lab.seed(&[seed]).await.expect("applied");
    assert_eq!(
        psql(
            &lab,
            "select count(*), max(b), (select n from sized) from people"
        )
        .await,
        "500|tab\there|7"
    );

    let mut lines: Vec<String> = (1..=3000).map(|number| format!("{number}\tx")).collect();
    lines[1233] = "bad\tx".to_owned();
    let text = format!(
        "create table c (a int, b text);\n-- copy nothing from stdin;\nCOPY c (a, b)\n  FROM stdin;\n{}\n\\.\nselect 1;\n",
        lines.join("\n")
    );
    let seed = seed_file(folder.path(), "copy.sql.zst", &text).await;
    let failure = lab.seed(&[seed]).await.expect_err("bad");
    let (place, message) = place(&failure);
    assert_eq!((place.text(), place.position().line), ("bad x", 4 + 1234));
    assert!(
        message.contains("invalid input syntax for type integer"),
        "{message}"
    );

    let seed = seed_file(folder.path(), "meta.sql", "select 1;\n\\nonsense\n").await;
    let failure = lab.seed(&[seed]).await.expect_err("bad");
    assert_eq!(self::place(&failure).0.to_string(), "meta.sql:2:1");
}

#[tokio::test]
async fn mariadb_takes_dumps_with_routines_and_delimiters() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = mariadb().await;
    let text = "create table t (a int);\ndelimiter //\ncreate procedure fill(in n int)\nbegin\n  insert into t values (n);\nend //\ndelimiter ;\ncall fill(3);\n";
    let seed = seed_file(folder.path(), "routine.sql", text).await;
    lab.seed(&[seed]).await.expect("applied");
    let dump = lab
        .ask("MYSQL_PWD=root mariadb-dump -u root --routines --triggers orders")
        .await;
    mysql(&lab, "insert into t values (4)").await;
    let seed = seed_file(folder.path(), "dump.sql.xz", &dump).await;
    lab.seed(&[seed]).await.expect("applied");
    assert_eq!(mysql(&lab, "call fill(5); select sum(a) from t").await, "8");
}

#[tokio::test]
async fn files_that_are_not_whole_are_named_with_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = postgres().await;
    let seed = seed_file(folder.path(), "cut.sql.gz", &script("cut", None)).await;
    let path = folder.path().join("cut.sql.gz");
    let whole = std::fs::read(&path).expect("read");
    std::fs::write(&path, &whole[..whole.len() - 9]).expect("cut");
    let failure = lab
        .seed(std::slice::from_ref(&seed))
        .await
        .expect_err("cut");
    assert_eq!(
        failure.diagnostic().message,
        "cannot read the seed `cut.sql.gz`: the gzip data breaks off: the file is not whole"
    );
    std::fs::remove_file(&path).expect("removed");
    let failure = lab.seed(&[seed]).await.expect_err("missing");
    assert!(matches!(failure.problem, SeedProblem::File(_)));
    for name in ["empty.sql", "empty.sql.gz", "empty.sql.zst"] {
        let seed = seed_file(folder.path(), name, "").await;
        lab.seed(&[seed]).await.expect("nothing to do");
    }
}

#[tokio::test]
async fn a_client_that_is_killed_does_not_block_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = postgres().await;
    // The first statement never ends; behind it is more than any pipe holds.
    let text = format!(
        "select pg_sleep(1000);\n{}",
        "select 1;\n".repeat(2_000_000)
    );
    let seed = seed_file(folder.path(), "long.sql", &text).await;
    let seeds = [seed];
    let kill = async {
        while psql(&lab, "select count(*) from pg_stat_activity where query like '%pg_sleep(1000)%' and pid <> pg_backend_pid()").await != "1" {}
        lab.ask("for p in /proc/[0-9]*; do if [ \"$(cat $p/comm 2>/dev/null)\" = psql ]; then kill -9 ${p#/proc/}; fi; done").await;
    };
    let (applied, ()) = tokio::join!(lab.seed(&seeds), kill);
    let failure = applied.expect_err("killed");
    assert!(
        matches!(
            failure.problem,
            SeedProblem::Ended {
                code: Some(137),
                ..
            }
        ),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_container_that_dies_under_a_seed_is_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = mariadb().await;
    let text = format!("select sleep(1000);\n{}", "select 1;\n".repeat(2_000_000));
    let seeds = [seed_file(folder.path(), "long.sql", &text).await];
    let kill = async {
        while mysql(&lab, "select count(*) from information_schema.processlist where info like 'select sleep(1000)%'").await == "0" {
            // The application's user sees its own queries only; root's are seen by root.
            let seen = lab.ask("MYSQL_PWD=root mariadb -N -u root -e \"select count(*) from information_schema.processlist where info = 'select sleep(1000)'\"").await;
            if seen == "1" { break; }
        }
        lab.engine
            .kill_container(&lab.container, "SIGKILL")
            .await
            .expect("killed");
    };
    let (applied, ()) = tokio::join!(lab.seed(&seeds), kill);
    applied.expect_err("killed");
}

#[tokio::test]
async fn an_interruption_ends_a_seed() {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = postgres().await;
    let seeds = [seed_file(folder.path(), "long.sql", "select pg_sleep(1000);\n").await];
    let cancel = async {
        while psql(&lab, "select count(*) from pg_stat_activity where query like '%pg_sleep(1000)%' and pid <> pg_backend_pid()").await != "1" {}
        lab.cancel.cancel();
    };
    let (applied, ()) = tokio::join!(lab.seed(&seeds), cancel);
    assert!(matches!(
        applied.expect_err("interrupted").problem,
        SeedProblem::Cancelled
    ));
}

#[tokio::test]
async fn progress_reaches_the_size_of_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut lab = postgres().await;
    let seed = seed_file(folder.path(), "seed.sql.gz", &script("t", None)).await;
    let size = std::fs::metadata(folder.path().join("seed.sql.gz"))
        .expect("there")
        .len();
    lab.seed(&[seed]).await.expect("applied");
    let mut last = None;
    while let Ok(event) = lab.events.try_recv() {
        if let EventKind::StepProgress {
            progress: Progress::Bytes { done, total, what },
        } = event.kind
        {
            last = Some((done, total, what));
        }
    }
    assert_eq!(last, Some((size, size, "seed.sql.gz".to_owned())));
}

#[tokio::test]
async fn commands_show_their_output_and_fail_with_it() {
    let mut lab = image("busybox:1").shell("sleep 1000").start().await;
    lab.seed(&[seed_command(&[
        "sh",
        "-c",
        "echo one; printf two; touch /seeded",
    ])])
    .await
    .expect("run");
    lab.ask("ls /seeded").await;
    let mut lines = Vec::new();
    while let Ok(event) = lab.events.try_recv() {
        if let EventKind::Output { line } = event.kind {
            lines.push(line);
        }
    }
    assert_eq!(lines, ["one", "two"]);
    let failure = lab
        .seed(&[seed_command(&["sh", "-c", "echo oh no >&2; exit 9"])])
        .await
        .expect_err("fails");
    let diagnostic = failure.diagnostic();
    assert_eq!(
        diagnostic.message,
        "applying the seed `exec` to `it` ended early (exit code 9)"
    );
    assert_eq!(diagnostic.evidence[0].lines, ["oh no"]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = seed_file(folder.path(), "a.sql", "select 1;").await;
    let failure = lab.seed(&[file]).await.expect_err("no database");
    assert!(matches!(failure.problem, SeedProblem::NoLanguage));
}
