//! Names, ports and files that are taken, networks, secrets, and manifests that cannot be changed.

use crate::fixture::Folder;

#[test]
fn a_name_that_is_taken_by_something_else_gives_way() {
    let folder = Folder::with("devstack.yaml", "services:\n  db:\n    image: mariadb:11\n");
    folder
        .run(&["add", "postgres", "--yes"])
        .exits(0)
        .says(&["`db` is something else here, so the service is called `postgres`"]);
    folder.run(&["add", "mysql", "--yes"]).exits(0);
    let text = folder.read("devstack.yaml");
    for line in [
        "  postgres:",
        "  mysql:",
        "  postgres-data: {}",
        "  mysql-data: {}",
    ] {
        assert!(text.lines().any(|it| it == line), "no {line:?} in:\n{text}");
    }
}

#[test]
fn a_name_that_was_chosen_does_not_give_way() {
    let manifest = "services:\n  orders:\n    image: nginx:1.26\n";
    let folder = Folder::with("devstack.yaml", manifest);
    let ran = folder.run(&["add", "postgres", "--name", "orders", "--yes"]);
    ran.exits(2).says(&[
        "there is a service `orders` already, and it is something else",
        "devstack.yaml:",
        "--name NAME",
    ]);
    assert_eq!(folder.read("devstack.yaml"), manifest);
}

#[test]
fn the_same_with_other_answers_stays_and_is_told() {
    let folder = Folder::new();
    folder.run(&["add", "postgres", "--yes"]).exits(0);
    let before = folder.read("devstack.yaml");
    folder
        .run(&["add", "postgres", "--set", "user=ada", "--yes"])
        .exits(0)
        .says(&["`db` is there already and stays as it is"]);
    assert_eq!(folder.read("devstack.yaml"), before);
}

#[test]
fn a_port_that_the_manifest_publishes_is_passed_over() {
    let folder = Folder::with(
        "devstack.yaml",
        "services:\n  web:\n    image: nginx:1.26\n    ports: [\"9092:80\", \"9093-9094:90-91\"]\n",
    );
    folder
        .run(&["add", "kafka", "--yes"])
        .exits(0)
        .says(&["port 9092 is taken in the manifest, so it is 9095"]);
    assert!(folder.read("devstack.yaml").contains("\"9095:9092\""));
}

#[test]
fn a_file_that_is_there_stays_as_it_is() {
    let folder = Folder::with("mqtt/mosquitto.conf", "mine\n");
    folder
        .run(&["add", "mosquitto", "--yes"])
        .exits(0)
        .says(&["mqtt/mosquitto.conf is there with other content and stays as it is"]);
    assert_eq!(folder.read("mqtt/mosquitto.conf"), "mine\n");
}

#[test]
fn what_is_wired_joins_the_networks_of_what_it_is_wired_to() {
    let folder = Folder::with(
        "devstack.yaml",
        "services:\n  db:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: x }\n    networks: [back]\nnetworks: { back: {} }\n",
    );
    folder
        .run(&["add", "adminer", "--yes"])
        .exits(0)
        .says(&["adminer joins back"]);
    let text = folder.read("devstack.yaml");
    assert_eq!(text.matches("networks: [back]\n").count(), 2, "{text}");
}

#[test]
fn secrets_are_told_as_they_are_written_and_never_by_their_value() {
    let template = "about: x\nservice: job\nfinds:\n  database: { family: [postgres] }\n";
    let part = "services:\n  ((name)):\n    image: x\n    environment: { URL: ((database.url)) }\n";
    for (environment, files) in [
        (
            "environment: { POSTGRES_PASSWORD: \"${DB_PASSWORD}\" }",
            ".env",
        ),
        ("env_file: [db.env]", "db.env"),
    ] {
        let folder = Folder::with(
            "devstack.yaml",
            &format!("services:\n  db:\n    image: postgres:17\n    {environment}\n"),
        );
        folder.write(files, "DB_PASSWORD=hunter2\nPOSTGRES_PASSWORD=hunter2\n");
        folder.write("t/template.yaml", template);
        folder.write("t/devstack.yaml", part);
        let ran = folder.run(&["add", "./t", "--yes"]);
        let said = format!(
            "{}{}{}",
            ran.stdout,
            ran.stderr,
            folder.read("devstack.yaml")
        );
        assert!(!said.contains("hunter2"), "{said}");
        if files == ".env" {
            ran.exits(0);
            let text = folder.read("devstack.yaml");
            assert!(text.contains("postgres:${DB_PASSWORD}@db:5432"), "{text}");
        } else {
            ran.exits(2).says(&[
                "the password of `db` is not known from the manifest",
                "--set database.password=",
            ]);
        }
    }
}

#[test]
fn a_find_without_anything_to_find_says_what_to_add_first() {
    let folder = Folder::new();
    folder.write(
        "t/template.yaml",
        "about: x\nfinds:\n  database: { family: postgres }\n",
    );
    folder.write("t/devstack.yaml", "services:\n  a:\n    image: x\n");
    folder
        .run(&["add", "./t", "--yes"])
        .exits(2)
        .says(&["needs a service of postgres", "devstack add postgres"]);
    assert!(!folder.path().join("devstack.yaml").exists());
}

#[test]
fn a_manifest_that_is_broken_is_told_with_its_place_and_left_alone() {
    let manifest = "services:\n  db: [\n";
    let folder = Folder::with("devstack.yaml", manifest);
    folder
        .run(&["add", "redis", "--yes"])
        .exits(2)
        .says(&["devstack.yaml:"]);
    assert_eq!(folder.read("devstack.yaml"), manifest);
}

#[test]
fn services_that_are_an_alias_cannot_be_added_to() {
    let manifest = "x-all: &all\n  web:\n    image: nginx:1.26\nservices: *all\n";
    let folder = Folder::with("devstack.yaml", manifest);
    folder.run(&["add", "redis", "--yes"]).exits(2).says(&[
        "nothing can be added to `services`, which is an alias of something that stands elsewhere",
        "devstack.yaml:4:11",
    ]);
    assert_eq!(folder.read("devstack.yaml"), manifest);
}

#[test]
fn empty_sections_are_filled_in_place() {
    for (before, after) in [
        ("services: {}\n", "services:\n  cache:\n"),
        ("# mine\n", "# mine\n\nservices:\n  cache:\n"),
        ("services: # all\n", "services: # all\n  cache:\n"),
        ("{}\n", "services:\n  cache:\n"),
        ("", "services:\n  cache:\n"),
    ] {
        let folder = Folder::with("devstack.yaml", before);
        folder.run(&["add", "redis", "--yes"]).exits(0);
        let text = folder.read("devstack.yaml");
        assert!(text.starts_with(after), "{before:?} became:\n{text}");
        folder
            .run(&["add", "redis", "--yes"])
            .exits(0)
            .says(&["nothing to do"]);
    }
}

#[test]
fn a_template_in_a_subfolder_goes_into_the_manifest_above() {
    let folder = Folder::with("devstack.yaml", "services: {}\n");
    folder.write("src/deep/x", "");
    let ran = crate::fixture::finish(
        folder
            .command(&["add", "mosquitto", "--yes"])
            .current_dir(folder.path().join("src/deep")),
    );
    ran.exits(0);
    assert!(folder.read("devstack.yaml").contains("eclipse-mosquitto"));
    assert!(folder.path().join("mqtt/mosquitto.conf").exists());
}
