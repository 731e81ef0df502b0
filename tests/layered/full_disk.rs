//! The disk of the engine is full while data is seeded.

use crate::databases::assert_tidy;
use crate::private_engine::PrivateEngine;
use crate::project::{Project, docker};

/// A row of about a hundred bytes, which do not get smaller by being compressed, for each number.
const ROWS: &str = "create table things as
    select i, md5(i::text) || md5((-i)::text) || md5((i * 7)::text) as words from generate_series(1, 500000) i;
";

#[test]
fn a_full_disk_during_seeding_leaves_no_trace_and_the_next_up_works_when_there_is_room() {
    let engine = PrivateEngine::start(600);
    let _within = engine.enter();
    let project = Project::new(
        "services:
  db:
    image: postgres:17
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: dev, POSTGRES_DB: shop }
    seed: [rows.sql]
",
    );
    project.file("rows.sql", ROWS);
    project.run(&["pull"]).exits(0);
    // What a first boot needs fits in, and not all of the seeds.
    let ballast = engine.data().join("ballast");
    let fill = "free=$(df --output=avail --block-size=1M . | tail -n 1)";
    let data = engine.data();
    engine.shell(&format!(
        "cd {} && {fill} && fallocate -l $((free - 130))M {}",
        data.display(),
        ballast.display()
    ));
    let ran = project.run(&["up"]).exits(1);
    ran.says(&[
        "the engine's disk is full",
        "rows.sql",
        "No space left on device",
    ]);
    let kept = docker(&[
        "volume",
        "ls",
        "-q",
        "--filter",
        "label=dev.devstack.snapshot",
    ]);
    assert_eq!(kept, "", "something was kept");

    engine.shell(&format!("rm {}", ballast.display()));
    project.run(&["up"]).exits(0);
    assert_eq!(
        project.query("select count(*), max(i) from things"),
        "500000|500000"
    );
    assert_tidy(&project, "with room");
}
