//! No engine.

use crate::fixture::{Folder, finish};

#[test]
fn an_engine_that_cannot_be_reached_has_its_own_exit_code() {
    let folder = Folder::with("name: shop\nservices: { a: { image: x } }\n");
    for command in [&["status"][..], &["up"], &["logs"], &["exec", "a", "ls"]] {
        let (code, stdout, stderr) = finish(
            folder
                .devstack(command)
                .env("DOCKER_HOST", "unix:///nowhere/docker.sock"),
        );
        assert_eq!((code, stdout.as_str()), (3, ""), "{command:?}: {stderr}");
        assert!(
            stderr.contains("`unix:///nowhere/docker.sock` cannot be reached"),
            "{command:?}: {stderr}"
        );
        assert!(stderr.contains("fix: "), "{command:?}: {stderr}");
    }
}

#[test]
fn an_address_that_makes_no_sense_is_wrong_usage() {
    let folder = Folder::with("name: shop\nservices: { a: { image: x } }\n");
    let (code, _, stderr) = folder.run(&["--host", "gopher://x", "status"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("gopher"), "{stderr}");
}
