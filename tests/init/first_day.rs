//! `up` on what `init` wrote, with flags alone.

use crate::folder::Folder;

#[test]
fn what_is_proposed_is_ready_at_the_first_up() {
    let folder = Folder::of("plain-python");
    folder.succeeds(&["-p", folder.name(), "init", "--yes"]);
    folder.succeeds(&["up"]);
    let answer = folder.get("app", 8100, "/");
    assert!(answer.ends_with("visit 1 in corner\n"), "{answer}");
}

#[test]
fn a_folder_of_dumps_becomes_a_database_with_the_newest_one() {
    let folder = Folder::of("dumps");
    folder.succeeds(&["-p", folder.name(), "init", "--yes"]);
    folder.succeeds(&["up"]);
    let manifest = folder.text("devstack.yaml");
    let user = manifest
        .lines()
        .find_map(|line| line.trim().strip_prefix("POSTGRES_USER: "))
        .expect("it says who comes in");
    let query = "SELECT title FROM works ORDER BY id";
    let titles = folder.inside("db", &["psql", "-U", user, "-Atc", query]);
    assert_eq!(titles, "Sunrise\nHarbour\n");
}
