//! Stacks of unusual shapes.

use crate::databases::{assert_tidy, layers_are};
use crate::private_engine::PrivateEngine;
use crate::project::{Project, docker, mirror};

/// What a file in a service's container says.
#[track_caller]
fn read(project: &Project, service: &str, path: &str) -> String {
    project.inside(service, &["cat", path]).trim().to_owned()
}

#[track_caller]
fn write(project: &Project, service: &str, path: &str, text: &str) {
    project.inside(service, &["sh", "-c", &format!("echo {text} > {path}")]);
}

#[test]
fn services_that_share_a_volume_see_the_same_data_after_every_change() {
    let project = Project::new(
        "services:
  a: { image: 'busybox:1', init: true, command: [sleep, '1000'], volumes: ['my-data.v1_x:/a', 'own:/own'] }
  b: { image: 'busybox:1', init: true, command: [sleep, '1000'], volumes: ['my-data.v1_x:/b'] }
volumes: { my-data.v1_x: {}, own: {} }
",
    );
    project.up();
    write(&project, "a", "/a/file", "one");
    write(&project, "a", "/own/file", "one");
    project.run(&["snapshot", "save", "1_odd.name-"]).exits(0);
    write(&project, "b", "/b/file", "two");
    write(&project, "a", "/own/file", "two");
    project
        .run(&["snapshot", "restore", "1_odd.name-", "--yes"])
        .exits(0);
    for (service, path) in [("a", "/a/file"), ("b", "/b/file"), ("a", "/own/file")] {
        assert_eq!(read(&project, service, path), "one", "{path}");
    }
    project.run(&["reset", "--yes"]).exits(0);
    assert_eq!(project.inside("b", &["ls", "/b"]), "");
    assert_eq!(project.inside("a", &["ls", "/own"]), "");
    project.run(&["reset", "--undo", "--yes"]).exits(0);
    assert_eq!(read(&project, "b", "/b/file"), "one");
    project
        .run(&["snapshot", "save", "not a name"])
        .exits(2)
        .says(&["letters, digits"]);
    project
        .run(&["snapshot", "restore", "1_odd.nam", "--yes"])
        .exits(2)
        .says(&["did you mean `1_odd.name-`"]);
    project
        .run(&["snapshot", "save", "1_odd.name-"])
        .exits(1)
        .says(&["there is a snapshot `1_odd.name-` already"]);
    assert_tidy(&project, "at the end");
}

#[test]
fn an_images_own_volume_is_kept_and_a_stopped_stack_can_be_saved_and_restored() {
    let project = Project::new("services:\n  cache: { image: 'redis:8' }\n");
    project.up();
    let set = |value| project.inside("cache", &["redis-cli", "SET", "key", value]);
    let get = || {
        project
            .inside("cache", &["redis-cli", "GET", "key"])
            .trim()
            .to_owned()
    };
    set("one");
    project.run(&["up", "--force-recreate"]).exits(0);
    assert_eq!(get(), "one");
    project.run(&["down"]).exits(0);
    project.run(&["snapshot", "save", "asleep"]).exits(0);
    assert!(
        project.containers().is_empty(),
        "nothing was asked to start"
    );
    project.up();
    set("two");
    project.run(&["stop"]).exits(0);
    project.run(&["snapshot", "save", "stopped"]).exits(0);
    project
        .run(&["snapshot", "restore", "asleep", "--yes"])
        .exits(0);
    project.up();
    assert_eq!(get(), "one");
    project
        .run(&["snapshot", "restore", "stopped", "--yes"])
        .exits(0);
    assert_eq!(get(), "two");
    assert_tidy(&project, "at the end");
}

#[test]
fn a_volume_gets_what_the_image_has_there_and_a_plain_user_may_write_to_it() {
    let project = Project::new("");
    project.file(
        "app/Dockerfile",
        format!(
            "FROM {}/library/busybox:1\nRUN mkdir /site && echo original > /site/page && chown -R 1000:1000 /site && chmod 750 /site\nUSER 1000\n",
            mirror()
        ),
    );
    project.manifest(
        "services:
  app: { build: app, init: true, command: [sleep, '1000'], volumes: ['site:/site'] }
volumes: { site: {} }
",
    );
    project.up();
    assert_eq!(read(&project, "app", "/site/page"), "original");
    write(&project, "app", "/site/page", "edited");
    project.run(&["snapshot", "save", "edited"]).exits(0);
    write(&project, "app", "/site/more", "more");
    assert_eq!(read(&project, "app", "/site/page"), "edited");
    project.run(&["reset", "--yes"]).exits(0);
    assert_eq!(read(&project, "app", "/site/page"), "original");
    write(&project, "app", "/site/page", "again");
    project
        .run(&["snapshot", "restore", "edited", "--yes"])
        .exits(0);
    assert_eq!(read(&project, "app", "/site/page"), "edited");
    assert_eq!(project.inside("app", &["ls", "/site"]), "page\n");
    let owner = project.inside("app", &["stat", "-c", "%u:%g %a", "/site"]);
    assert_eq!(owner.trim(), "1000:1000 750");
    docker(&["rmi", "-f", &format!("{}-app", project.name())]);
}

#[test]
fn an_image_without_a_shell_has_layered_data_too() {
    let project = Project::new("");
    project.file(
        "app/Dockerfile",
        format!(
            "FROM {}/library/busybox:1 AS tools\nFROM scratch\nCOPY --from=tools /bin/busybox /busybox\nENTRYPOINT [\"/busybox\"]\n",
            mirror()
        ),
    );
    project.manifest(
        "services:
  app: { build: app, init: true, command: [sleep, '1000'], volumes: ['data:/data'] }
volumes: { data: {} }
",
    );
    project.up();
    let touch =
        |name: &str| project.inside("app", &["/busybox", "touch", &format!("/data/{name}")]);
    let list = || project.inside("app", &["/busybox", "ls", "/data"]);
    touch("one");
    project.run(&["snapshot", "save", "one"]).exits(0);
    touch("two");
    assert_eq!(list(), "one\ntwo\n");
    project
        .run(&["snapshot", "restore", "one", "--yes"])
        .exits(0);
    assert_eq!(list(), "one\n");
    docker(&["rmi", "-f", &format!("{}-app", project.name())]);
}

#[test]
fn what_a_snapshot_does_not_know_stays_as_it_is_when_it_is_restored() {
    let service = |name: &str, volumes: &str, more: &str| {
        format!(
            "  {name}: {{ image: 'busybox:1', init: true, command: [sleep, '1000'], volumes: [{volumes}]{more} }}\n"
        )
    };
    let before = service("a", "'one:/one'", "");
    let project = Project::new(&format!("services:\n{before}volumes: {{ one: {{}} }}\n"));
    project.up();
    write(&project, "a", "/one/file", "old");
    project.run(&["snapshot", "save", "before"]).exits(0);
    let after = service("a", "'one:/one', 'two:/two'", "");
    let side = service("side", "'three:/three'", ", profiles: [side]");
    project.manifest(&format!(
        "services:\n{after}{side}volumes: {{ one: {{}}, two: {{}}, three: {{}} }}\n"
    ));
    project.run(&["up", "a"]).exits(0);
    project.run(&["--profile", "side", "up", "side"]).exits(0);
    write(&project, "a", "/one/file", "new");
    write(&project, "a", "/two/file", "new");
    write(&project, "side", "/three/file", "new");
    project
        .run(&["snapshot", "restore", "before", "--yes"])
        .exits(0);
    assert_eq!(read(&project, "a", "/one/file"), "old");
    assert_eq!(read(&project, "a", "/two/file"), "new");
    assert_eq!(read(&project, "side", "/three/file"), "new");
    project
        .run(&["reset", "--undo", "--yes"])
        .exits(2)
        .says(&["before-reset"]);
    assert_tidy(&project, "at the end");
}

#[test]
fn a_snapshot_that_would_be_a_layer_too_many_is_a_copy_and_more_can_follow() {
    // The longer the path of its data, the sooner the options of a mount are a page.
    let engine = PrivateEngine::start_with_data_in(500, &"long".repeat(60));
    let _within = engine.enter();
    let _overlays = layers_are("overlay");
    let project = Project::new(
        "services:
  a: { image: 'busybox:1', init: true, command: [sleep, '1000'], volumes: ['data:/data'] }
volumes: { data: {} }
",
    );
    project.up();
    write(&project, "a", "/data/file", "first");
    let volume = format!("{}_data", project.name());
    let layers = || {
        let live: serde_json::Value =
            serde_json::from_str(&Project::label(&volume, "dev.devstack.data")).expect("JSON");
        live["below"].as_array().expect("a list").len()
    };
    let mut deepest = 0;
    let copied = (0..30).find(|number| {
        project
            .run(&["snapshot", "save", &format!("s{number}")])
            .exits(0);
        let (before, now) = (deepest, layers());
        deepest = now.max(before);
        now < before
    });
    let copied = copied.expect("a page is full at some point");
    assert!(copied > 5, "only {copied}");
    assert_eq!(layers(), 1);
    assert_eq!(read(&project, "a", "/data/file"), "first");
    write(&project, "a", "/data/file", "second");
    project.run(&["snapshot", "save", "after"]).exits(0);
    for (name, content) in [("s3", "first"), ("after", "second")] {
        project
            .run(&["snapshot", "restore", name, "--yes"])
            .exits(0);
        assert_eq!(read(&project, "a", "/data/file"), content, "{name}");
    }
    // The way back from the deepest one is not too deep either.
    let deepest = format!("s{}", copied - 1);
    project
        .run(&["snapshot", "restore", &deepest, "--yes"])
        .exits(0);
    project.run(&["reset", "--yes"]).exits(0);
    project.run(&["reset", "--undo", "--yes"]).exits(0);
    assert_eq!(read(&project, "a", "/data/file"), "first");
    assert_tidy(&project, "at the end");
}
