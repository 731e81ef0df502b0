//! Templates of one's own: from a folder, from a git repository, and hostile ones.

use std::process::Command;

use crate::fixture::Folder;

const DEFINITION: &str = "about: Billing, wired to a Postgres\nservice: billing\nfinds:\n  database: { family: [postgres] }\nfiles:\n  - { files: \"*.toml\", fill: true }\n";
const PART: &str = "services:\n  ((name)):\n    image: ghcr.io/example/billing:1\n    environment: { DATABASE_URL: ((database.url)) }\n    volumes: [\"./((name))/config.toml:/etc/billing.toml:ro\"]\n";
const STACK: &str =
    "services:\n  store:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: dev }\n";

/// A template below a folder.
fn template(folder: &Folder, path: &str) {
    folder.write(&format!("{path}/template.yaml"), DEFINITION);
    folder.write(&format!("{path}/devstack.yaml"), PART);
    folder.write(
        &format!("{path}/files/config.toml"),
        "database = \"((database.host))\"\n",
    );
    folder.write(&format!("{path}/files/run.sh"), "#!/bin/sh\n");
}

/// Makes a folder a repository of one commit.
fn commit(folder: &Folder) {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
            .args(arguments)
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message=templates"]);
}

/// Checks that the template of [`template`] was added.
#[track_caller]
fn added(project: &Folder) {
    let text = project.read("devstack.yaml");
    assert!(text.starts_with(STACK), "{text}");
    assert!(
        text.contains("DATABASE_URL: postgresql://postgres:dev@store:5432/postgres"),
        "{text}"
    );
    assert_eq!(
        project.read("billing/config.toml"),
        "database = \"store\"\n"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let facts = project
            .path()
            .join("billing/run.sh")
            .metadata()
            .expect("it is there");
        assert_ne!(facts.permissions().mode() & 0o100, 0, "it can be run");
    }
}

#[test]
fn a_folder_is_a_source() {
    let project = Folder::with("devstack.yaml", STACK);
    template(&project, "templates/billing");
    project
        .run(&["add", "./templates/billing", "--yes"])
        .exits(0);
    added(&project);
    project
        .run(&["add", "templates/billing/", "--yes"])
        .exits(0)
        .says(&["nothing to do"]);
    project.run(&["templates", "./templates/billing"]).exits(0);
    project
        .run(&["add", "./templates/biling"])
        .exits(2)
        .says(&["there is no folder ./templates/biling"]);
}

#[test]
fn a_git_repository_is_a_source_in_every_way_that_git_knows() {
    let repository = Folder::new();
    template(&repository, "all/billing");
    template(&repository, "all/other");
    commit(&repository);
    let path = repository.path().display().to_string();
    for address in [
        format!("{path}#billing"),
        format!("file://{path}#all/billing"),
        format!("file://{path}#billing@main"),
    ] {
        let project = Folder::with("devstack.yaml", STACK);
        project
            .run(&["add", &address, "--yes"])
            .exits(0)
            .says(&["fetching"]);
        added(&project);
        project
            .run(&["add", &address, "--yes"])
            .exits(0)
            .says(&["nothing to do"]);
    }
    let project = Folder::with("devstack.yaml", STACK);
    for (address, said) in [
        (format!("{path}#"), "there are several templates in"),
        (format!("{path}#biling"), "did you mean `billing`?"),
        (format!("{path}#billing@v9"), "there is no `v9` in"),
        (format!("{path}/all#billing"), "git cannot fetch"),
        ("file:///nothing/here#x".to_owned(), "git cannot fetch"),
    ] {
        project
            .run(&["add", &address, "--yes"])
            .exits(2)
            .says(&[said]);
    }
    assert_eq!(project.read("devstack.yaml"), STACK);
    assert_eq!(project.all().len(), 1);
}

#[test]
fn without_git_the_fix_is_named() {
    let project = Folder::new();
    let ran = crate::fixture::finish(
        project
            .command(&["add", "https://127.0.0.1:1/x.git", "--yes"])
            .env("PATH", project.path()),
    );
    ran.exits(2).says(&["`git` cannot be run", "install git"]);
}

#[test]
fn no_template_writes_outside_of_the_folder() {
    let outside = Folder::new();
    let path = outside.path().display().to_string();
    for into in ["..", "/tmp", "a/../..", ".git", ".git/hooks", path.as_str()] {
        let project = Folder::with("inner/devstack.yaml", STACK);
        let inner = |name: &str| format!("inner/{name}");
        template(&project, &inner("t"));
        project.write(
            &inner("t/template.yaml"),
            format!("{DEFINITION}into: \"{into}\"\n"),
        );
        let before = project.all();
        let ran = crate::fixture::finish(
            project
                .command(&["add", "./t", "--yes"])
                .current_dir(project.path().join("inner")),
        );
        ran.exits(2)
            .says(&["a template writes only below the folder of the manifest"]);
        assert_eq!(project.all(), before, "{into}");
    }
    assert_eq!(outside.all().len(), 0);
}

#[test]
fn links_are_neither_followed_nor_made() {
    let secret = Folder::with("key", "hunter2");
    let link = |folder: &Folder, path: &str, to: &std::path::Path| {
        std::os::unix::fs::symlink(to, folder.path().join(path)).expect("a link");
    };
    // In a folder, in a repository, and in the project itself.
    let project = Folder::with("devstack.yaml", STACK);
    template(&project, "t");
    link(&project, "t/files/key", &secret.path().join("key"));
    project
        .run(&["add", "./t", "--yes"])
        .exits(2)
        .says(&["t/files/key is a link"]);

    let repository = Folder::new();
    template(&repository, "t");
    link(&repository, "t/files/key", &secret.path().join("key"));
    commit(&repository);
    let address = format!("{}#t", repository.path().display());
    project
        .run(&["add", &address, "--yes"])
        .exits(2)
        .says(&["files/key is a link"]);

    let project = Folder::with("devstack.yaml", STACK);
    template(&project, "t");
    link(&project, "billing", secret.path());
    project
        .run(&["add", "./t", "--yes"])
        .exits(2)
        .says(&["is a link to another place"]);
    assert_eq!(secret.all().len(), 1);
    assert_eq!(project.read("devstack.yaml"), STACK);
}

#[test]
fn whatever_is_wrong_with_a_template_is_told_at_once_with_its_place() {
    let project = Folder::with("devstack.yaml", STACK);
    project.write(
        "t/template.yaml",
        "abut: x\nquestions:\n  version: { default: ((nmae)) }\nfinds:\n  database: { family: postgress }\n",
    );
    project.write(
        "t/devstack.yaml",
        "services:\n  a:\n    image: x:((verzion))\n    # ((when x == y))\n    ports: []\n",
    );
    project.run(&["add", "./t", "--yes"]).exits(2).says(&[
        "t/template.yaml:1:1",
        "did you mean `about`?",
        "a template must say what it brings",
        "t/template.yaml:3:3",
        "t/template.yaml:5:23",
        "did you mean `postgres`?",
        "t/devstack.yaml:3:14",
        "did you mean `version`?",
        "t/devstack.yaml:4:5",
        "this is no condition",
        "this begins and never ends",
    ]);
    project.write("t/template.yaml", "about: x\n");
    project.write("t/devstack.yaml", "services:\n  a:\n    imge: x\n");
    project
        .run(&["add", "./t", "--yes"])
        .exits(2)
        .says(&["imge", "nothing was written"]);
    project.write("t/devstack.yaml", [0xff, 0xfe, b'a']);
    project
        .run(&["add", "./t", "--yes"])
        .exits(2)
        .says(&["is not UTF-8 text"]);
    std::fs::remove_file(project.path().join("t/devstack.yaml")).expect("it was there");
    project
        .run(&["add", "./t", "--yes"])
        .exits(2)
        .says(&["has no devstack.yaml"]);
    assert_eq!(project.read("devstack.yaml"), STACK);
}
