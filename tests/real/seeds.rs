//! Seeds: applied once per content, told where they fail, never half applied.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::project::Project;

const DB: &str = r#"
services:
  db:
    image: postgres:17
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: dev, POSTGRES_DB: shop }
    volumes: ["dbdata:/var/lib/postgresql/data"]
    seed: [SEEDS]
volumes: { dbdata: {} }
"#;

fn db(seeds: &str) -> Project {
    Project::new(&DB.replace("SEEDS", seeds))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

/// 10,000 lines, of which line 7,000 is wrong if `broken`.
fn orders(broken: bool) -> String {
    let mut text = String::from("create table orders (id int primary key);\n");
    for line in 2..=10_000 {
        if broken && line == 7_000 {
            text.push_str("insert into ordres values (0);\n");
        } else {
            writeln!(text, "insert into orders values ({line});").expect("memory");
        }
    }
    text
}

#[test]
fn an_error_in_a_compressed_seed_is_shown_with_its_line_and_nothing_half_applied_stays() {
    let project = db("orders.sql.gz");
    project.file("orders.sql.gz", gzip(&orders(true)));
    project.run(&["up"]).exits(1).says(&[
        "orders.sql.gz:7000",
        "insert into ordres",
        "relation \"ordres\" does not exist",
        "devstack.yaml:7:",
    ]);
    // Mended, it is applied to empty data: the first 6,998 rows of the broken run are gone.
    project.file("orders.sql.gz", gzip(&orders(false)));
    let plan = project.run(&["plan"]).exits(0);
    assert!(
        plan.stdout.contains("seeding was interrupted"),
        "{}",
        plan.stdout
    );
    project.up();
    assert_eq!(project.query("select count(*) from orders"), "9999");
}

#[test]
fn a_changed_seed_is_noticed_and_an_added_one_is_applied() {
    let project = db("schema.sql");
    project.file("schema.sql", "create table a (id int);\n");
    project.up();
    project.file("schema.sql", "create table a (id bigint);\n");
    project.run(&["up"]).exits(0).says(&[
        "schema.sql",
        "changed since it was applied",
        "devstack.yaml:7:",
    ]);
    project.file("schema.sql", "create table a (id int);\n");
    project.run(&["up"]).exits(0).does_not_say("changed");

    project.manifest(&DB.replace("SEEDS", "schema.sql, more.sql"));
    project.file("more.sql", "insert into a values (1);\n");
    project.run(&["up"]).exits(0);
    project.run(&["up"]).exits(0);
    assert_eq!(project.query("select count(*) from a"), "1");
}

#[test]
fn data_that_was_there_before_its_seeds_is_left_alone() {
    let project = db("schema.sql");
    project.file("schema.sql", "create table a (id int);\n");
    project.run(&["up", "--no-seed"]).exits(0);
    project.query("create table mine (id int)");
    project
        .run(&["up"])
        .exits(0)
        .says(&["was there before its seeds"]);
    assert_eq!(project.query("select count(*) from mine"), "0");
}

#[test]
fn a_seed_that_does_not_exist_is_refused_before_anything_starts() {
    let project = db("orders.sqll");
    project.file("orders.sql", "select 1;\n");
    project
        .run(&["up"])
        .exits(2)
        .says(&["orders.sqll", "orders.sql", "devstack.yaml:7:"]);
    assert!(project.containers().is_empty());
}

#[test]
fn seeds_of_every_compression_and_family_are_applied() {
    let project = Project::new(
        r#"
services:
  db:
    image: mariadb:11.8
    environment: { MARIADB_USER: shop, MARIADB_PASSWORD: dev, MARIADB_DATABASE: shop, MARIADB_RANDOM_ROOT_PASSWORD: "1" }
    seed: [one.sql, two.sql.gz]
  cache:
    image: redis:8
    seed: [cache.redis]
"#,
    );
    project.file(
        "one.sql",
        "create table a (id int);\ninsert into a values (1);\n",
    );
    project.file("two.sql.gz", gzip("insert into a values (2);\n"));
    project.file(
        "cache.redis",
        "SET greeting \"hello world\"\nRPUSH list a b c\n",
    );
    project.up();
    let sql = [
        "env",
        "MYSQL_PWD=dev",
        "mariadb",
        "-h127.0.0.1",
        "-ushop",
        "shop",
        "-Ne",
        "select count(*) from a",
    ];
    assert_eq!(project.inside("db", &sql).trim(), "2");
    assert_eq!(
        project
            .inside("cache", &["redis-cli", "GET", "greeting"])
            .trim(),
        "hello world"
    );
    assert_eq!(
        project
            .inside("cache", &["redis-cli", "LLEN", "list"])
            .trim(),
        "3"
    );
}

#[test]
fn an_error_in_redis_commands_is_shown_with_its_line() {
    let project =
        Project::new("services:\n  cache:\n    image: redis:8\n    seed: [cache.redis]\n");
    project.file("cache.redis", "SET a 1\n\nSET b 2\nLPUSH a x\nSET c 3\n");
    project
        .run(&["up"])
        .exits(1)
        .says(&["cache.redis:4", "WRONGTYPE"]);
}
