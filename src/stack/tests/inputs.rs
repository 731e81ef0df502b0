//! `inputs`.

use crate::manifest::inputs::GivenBy;
use crate::stack::testing::{compose, devstack};

const MANIFEST: &str = r#"
inputs:
  KEY: { prompt: "Stripe test key", secret: true, pattern: "sk_.*" }
  REGION: { choices: [eu, us], default: eu }
  TEAM: { optional: true }
  PORT:
services:
  a:
    image: "x:${REGION}"
    command: ["run", "--key=${KEY}"]
    environment: { TEAM: , URL: "https://${KEY:?needed}@host", PRICE: "5$$" }
    ports: ["127.0.0.1:${PORT}:80"]
    mem_limit: ${PORT}
"#;

#[test]
fn what_nobody_answered_is_no_error_for_those_who_only_look() {
    let loaded = devstack(MANIFEST).load();
    assert!(loaded.stack.is_some(), "{:#?}", loaded.diagnostics);
    assert_eq!(devstack(MANIFEST).errors(), Vec::<String>::new());
    let missing: Vec<&str> = loaded
        .inputs
        .missing()
        .map(|input| input.name.as_str())
        .collect();
    assert_eq!(missing, ["KEY", "PORT"]);
    assert_eq!(loaded.stack.expect("it").services["a"].image, "x:eu");
}

#[test]
fn the_environment_wins_over_answers_which_win_over_env_files_which_win_over_defaults() {
    let answers = "KEY='sk_answer'\nREGION=us\nOLD=1\n";
    let folder = devstack(MANIFEST)
        .file(".devstack/inputs.env", answers)
        .file(".env", "KEY=sk_file\nPORT=8080\nREGION=eu\n")
        .variable("KEY", "sk_environment");
    let loaded = folder.load();
    let given = |name: &str| {
        let input = loaded.inputs.get(name).expect("declared");
        (input.value.as_deref(), input.given_by)
    };
    assert_eq!(
        given("KEY"),
        (Some("sk_environment"), Some(GivenBy::Environment))
    );
    assert_eq!(given("REGION"), (Some("us"), Some(GivenBy::Answer)));
    assert_eq!(given("PORT"), (Some("8080"), Some(GivenBy::EnvFile)));
    assert_eq!(given("TEAM"), (None, None));
    let service = folder.service("a");
    assert_eq!(service.image, "x:us");
    let environment = &service.container.environment;
    assert_eq!(
        environment["URL"].as_deref(),
        Some("https://sk_environment@host")
    );
    assert_eq!(environment["TEAM"].as_deref(), Some(""));
    // What is kept of an input that is gone stays kept.
    assert_eq!(loaded.inputs.answers["OLD"], "1");
}

#[test]
fn config_shows_a_reference_in_place_of_a_secret_and_reads_the_same_again() {
    let folder = devstack(MANIFEST)
        .variable("KEY", "sk_$1 x")
        .variable("PORT", "8080");
    let shown = folder.canonical();
    let text = shown.to_string();
    assert!(!text.contains("sk_$") && !text.contains("sk_1"), "{text}");
    let service = &shown["services"]["a"];
    assert_eq!(service["command"][1], "--key=${KEY}");
    assert_eq!(service["environment"]["URL"], "https://${KEY}@host");
    assert_eq!(service["environment"]["PRICE"], "5$$");
    assert_eq!(service["ports"][0]["published"], "8080");
    let origins = folder.load().origins().join("\n");
    assert!(!origins.contains("sk_$"), "{origins}");
    assert!(
        origins.contains("services.a.command[1]: \"--key=${KEY}\""),
        "{origins}"
    );
    let yaml = serde_json::to_string(&shown).expect("JSON, which YAML reads");
    let again = compose(&yaml)
        .variable("KEY", "sk_$1 x")
        .variable("PORT", "8080");
    let command = again.service("a").container.command;
    assert_eq!(command.expect("one")[1], "--key=sk_$1 x");
}

#[test]
fn nothing_is_put_into_inputs() {
    let text = "inputs: { A: { pattern: \"^[a-z]+$\", command: \"echo $HOME ${B}\", default: x } }\n\
                services: { a: { image: \"${A}\" } }\n";
    let folder = devstack(text);
    let loaded = folder.load();
    let input = loaded.inputs.get("A").expect("declared");
    assert_eq!(input.command.as_deref(), Some("echo $HOME ${B}"));
    assert_eq!(loaded.diagnostics, []);
    let shown = folder.canonical();
    assert_eq!(shown["x-devstack"]["inputs"]["A"]["pattern"], "^[a-z]+$");
}

#[test]
fn what_is_wrong_with_a_declaration_is_told_with_its_place() {
    let found = devstack(
        "inputs:\n  1X: {}\n  A: { pattern: \"[a\" }\n  B: { choices: [x], default: y }\n  C: { promt: C }\n\
         services: { a: { image: x } }\n",
    );
    assert_eq!(
        found.errors(),
        [
            "devstack.yaml:2:3 `1X` cannot be the name of an input",
            "devstack.yaml:3:17 this is no regular expression: unclosed character class",
            "devstack.yaml:4:31 the default of `B` does not fit: it must be one of x",
            "devstack.yaml:5:8 `promt` is not a key that may stand in `C` (did you mean `prompt`?)",
        ]
    );
}

#[test]
fn a_value_that_does_not_fit_is_refused_without_being_told() {
    let loaded = devstack(MANIFEST)
        .variable("KEY", "pk_secret")
        .variable("REGION", "mars")
        .load();
    let wrong: Vec<String> = loaded
        .inputs
        .wrong()
        .into_iter()
        .map(|it| it.message)
        .collect();
    assert_eq!(
        wrong,
        [
            "the input `KEY` has a value that does not fit: it must match the pattern `sk_.*`",
            "the input `REGION` has a value that does not fit: it must be one of eu, us",
        ]
    );
}

#[test]
fn no_error_about_the_manifest_tells_a_secret() {
    let text = "inputs: { KEY: { secret: true } }\n\
                services: { a: { image: x, cpus: \"${KEY}\", ports: [\"${KEY}:80\"] } }\n";
    for name in [".env", ".devstack/inputs.env"] {
        let loaded = devstack(text).file(name, "KEY=sk_live_42\n").load();
        let told = serde_json::to_string(&loaded.diagnostics).expect("plain data");
        assert!(
            told.contains("[hidden]") && !told.contains("sk_live"),
            "{told}"
        );
    }
}
