//! Variables, env files and the environment of containers.

use crate::stack::testing::{compose, devstack};

#[test]
fn env_files_stand_below_environment_and_later_ones_win() {
    let service = compose(
        "services:\n  a:\n    image: x\n    env_file: [one.env, { path: two.env, required: false }, { path: no.env, required: false }]\n    environment: { C: own, D: , HOST: }\n",
    )
    .file("one.env", "A=1\nB=1\nC=1\n")
    .file("two.env", "B=2 # two\nE=\"$A-$HOST\"\n")
    .variable("HOST", "box")
    .service("a");
    let environment: Vec<_> = service
        .container
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref()))
        .collect();
    assert_eq!(
        environment,
        [
            ("A", Some("1")),
            ("B", Some("2")),
            ("C", Some("own")),
            ("E", Some("1-box")),
            ("D", None),
            ("HOST", Some("box")),
        ]
    );
}

#[test]
fn a_missing_env_file_is_an_error_with_the_nearest_file() {
    let found = compose("services:\n  a: { image: x, env_file: .env.dev }\n").file(".env.deb", "");
    assert_eq!(
        found.errors(),
        ["compose.yaml:2:28 `.env.dev` does not exist (create it, or did you mean `.env.deb`?)"]
    );
}

#[test]
fn problems_of_env_files_have_their_line() {
    let found =
        compose("services:\n  a: { image: x, env_file: a.env }\n").file("a.env", "A=1\nB C=2\n");
    assert_eq!(
        found.errors(),
        ["a.env:2:1 a variable's name cannot contain a space (write `NAME=value`, one a line)"]
    );
}

#[test]
fn the_process_wins_over_dotenv_and_both_reach_the_manifest() {
    let service = compose("services:\n  a: { image: \"x:$TAG-$OTHER\" }\n")
        .file(".env", "TAG=file\nOTHER=file\n")
        .variable("TAG", "process")
        .service("a");
    assert_eq!(service.image, "x:process-file");
}

#[test]
fn env_files_given_by_option_replace_dotenv() {
    let service = compose("services:\n  a: { image: \"x:${TAG:-none}-${ONE:-none}\" }\n")
        .file(".env", "TAG=file\n")
        .file("ci.env", "ONE=ci\n")
        .with(|options| options.env_files = vec!["ci.env".into()])
        .service("a");
    assert_eq!(service.image, "x:none-ci");
}

#[test]
fn numbers_keep_their_spelling_where_a_text_is_wanted() {
    let service = compose(
        "services:\n  a:\n    image: x\n    environment: { V: 1.10, M: 0644, B: true, T: \"a b\" }\n",
    )
    .service("a");
    let environment = &service.container.environment;
    let values: Vec<_> = environment.values().map(|value| value.as_deref()).collect();
    assert_eq!(
        values,
        [Some("1.10"), Some("0644"), Some("true"), Some("a b")]
    );
}

#[test]
fn one_warning_a_variable() {
    let found = compose("services:\n  a: { image: \"x:$A\", hostname: $A, user: $B }\n");
    let warnings = found.warnings();
    assert_eq!(
        warnings
            .iter()
            .filter(|line| line.contains("`A` is not set"))
            .count(),
        1
    );
    assert_eq!(
        warnings
            .iter()
            .filter(|line| line.contains("`B` is not set"))
            .count(),
        1
    );
}

#[test]
fn a_required_variable_is_an_error_with_its_message_and_the_name_is_known_all_the_same() {
    let found = devstack("name: shop\nservices:\n  a: { image: \"x:${TAG:?choose a tag}\" }\n");
    assert_eq!(
        found.errors(),
        [
            "devstack.yaml:3:18 `TAG` must be set: choose a tag (add `TAG=…` to .env, or set it in the environment)"
        ]
    );
    assert_eq!(found.load().project_name.as_deref(), Some("shop"));
}

#[test]
fn the_project_name_is_a_variable() {
    let service = devstack(
        "name: shop\nservices:\n  a: { image: \"x\", hostname: \"$COMPOSE_PROJECT_NAME\" }\n",
    )
    .service("a");
    assert_eq!(service.container.hostname.as_deref(), Some("shop"));
}
