//! Project names, profiles, files and folders.

use crate::stack::testing::{Folder, compose, devstack};

const PROFILES: &str = r"
services:
  web: { image: x }
  debug: { image: x, profiles: [debug, dev] }
  tools: { image: x, profiles: [tools], depends_on: [debug] }
";

fn names(folder: &Folder) -> Vec<String> {
    folder.stack().services.into_keys().collect()
}

#[test]
fn profiles_switch_services_on() {
    assert_eq!(names(&compose(PROFILES)), ["web"]);
    assert_eq!(compose(PROFILES).stack().disabled, ["debug", "tools"]);
    let by_option = compose(PROFILES).with(|options| options.profiles = vec!["dev".into()]);
    assert_eq!(names(&by_option), ["web", "debug"]);
    let by_variable = compose(PROFILES).variable("COMPOSE_PROFILES", "tools, debug");
    assert_eq!(names(&by_variable), ["web", "debug", "tools"]);
    let all = compose(PROFILES).with(|options| options.profiles = vec!["*".into()]);
    assert_eq!(names(&all).len(), 3);
    let named = compose(PROFILES).with(|options| options.services = vec!["debug".into()]);
    assert_eq!(names(&named), ["web", "debug"]);
}

#[test]
fn a_dependency_that_is_off_says_which_profile() {
    let found = compose(PROFILES).with(|options| options.profiles = vec!["tools".into()]);
    assert_eq!(
        found.errors(),
        [
            "compose.yaml:5:54 `tools` depends on `debug`, which is switched off by its profile (add `--profile debug`, or write `required: false` for this dependency)"
        ]
    );
}

#[test]
fn a_service_that_is_asked_for_must_be_there() {
    let found = compose(PROFILES).with(|options| options.services = vec!["wbe".into()]);
    assert_eq!(
        found.errors(),
        ["there is no service `wbe` (did you mean `web`?)"]
    );
}

#[test]
fn the_name_comes_from_the_option_the_variable_the_file_and_the_folder() {
    let text = "name: from-file\nservices: { a: { image: x } }\n";
    let name = |folder: &Folder| folder.load().project_name.unwrap_or_default();
    assert_eq!(name(&compose(text)), "from-file");
    assert_eq!(name(&compose("services: {}\n")), "shop");
    let variable = compose(text).variable("COMPOSE_PROJECT_NAME", "from-env");
    assert_eq!(name(&variable), "from-env");
    let dotenv = compose(text).file(".env", "COMPOSE_PROJECT_NAME=dotenv\n");
    assert_eq!(name(&dotenv), "dotenv");
    let option = variable.with(|options| options.project_name = Some("said".into()));
    assert_eq!(name(&option), "said");
    let bad = compose(text).with(|options| options.project_name = Some("My Shop".into()));
    assert_eq!(
        bad.errors(),
        ["`My Shop` (--project) cannot be a project's name (use `myshop`)"]
    );
}

#[test]
fn the_name_is_known_though_the_manifest_is_broken() {
    let broken = devstack("name: shop2\nservices:\n  a: { imgae: x }\n");
    let loaded = broken.load();
    assert!(loaded.stack.is_none());
    assert_eq!(loaded.project_name.as_deref(), Some("shop2"));
    let unreadable = devstack("name: [\n").load();
    assert_eq!(unreadable.project_name.as_deref(), Some("shop"));
}

#[test]
fn is_found_from_a_folder_below() {
    let found = compose("services:\n  a: { image: x, volumes: [\"./data:/d\"] }\n")
        .file("src/deep/x", "")
        .file("data/x", "");
    let root = found.path();
    let found = found.with(|options| options.directory = root.join("src/deep"));
    let stack = found.stack();
    assert_eq!(stack.directory, root);
    assert_eq!(stack.name, "shop");
}

#[test]
fn an_override_file_is_merged() {
    let service =
        compose("services:\n  a: { image: x, environment: { A: 1, B: 1 }, ports: [\"80:80\"] }\n")
            .file(
                "compose.override.yaml",
                "services:\n  a: { environment: [B=2], command: run, ports: [\"81:81\"] }\n",
            )
            .service("a");
    assert_eq!(service.container.environment["B"].as_deref(), Some("2"));
    assert_eq!(service.container.environment["A"].as_deref(), Some("1"));
    assert_eq!(service.container.command, Some(vec!["run".to_owned()]));
    assert_eq!(service.ports.len(), 2);
}

#[test]
fn the_mirror_comes_from_the_file_or_the_environment() {
    let text = "registry: { mirror: \"127.0.0.1:5000\" }\nservices: { a: { image: x } }\n";
    assert_eq!(
        devstack(text).stack().mirror.as_deref(),
        Some("127.0.0.1:5000")
    );
    let other = devstack(text).variable("DEVSTACK_REGISTRY_MIRROR", "mirror:1/hub");
    assert_eq!(other.stack().mirror.as_deref(), Some("mirror:1/hub"));
    let off = devstack(text).variable("DEVSTACK_REGISTRY_MIRROR", "");
    assert_eq!(off.stack().mirror, None);
}
