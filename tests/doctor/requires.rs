//! What the manifest requires and asks for, and the user's settings.

use crate::lab::Lab;

const MANIFEST: &str = r#"
requires:
  engine: ">=99"
  disk: 1MB
  tools: { nowhere: "*" }
  env: [DST_TOKEN]
  files: [settings.toml]
inputs:
  REGION: { choices: [eu, us] }
  KEY: { secret: true }
services: { web: { image: "busybox:1" } }
"#;

#[test]
fn requirements_and_inputs_are_part_of_the_report_with_and_without_an_engine() {
    let lab = Lab::with(MANIFEST)
        .variable("REGION", "mars")
        .variable("DST_TOKEN", "t0ken");
    let report = lab.doctor(&[]).exits(1);
    report
        .finds("engine", "error", "the engine has version")
        .fixes("engine", "install an engine of version >=99");
    report
        .finds("nowhere", "error", "`nowhere` is not found in PATH")
        .finds("DST_TOKEN", "ok", "set")
        .finds("settings.toml", "error", "is not there")
        .finds("inputs", "error", "`REGION` has a value that does not fit")
        .finds("inputs", "warning", "no value is known for the input `KEY`")
        .fixes("inputs", "devstack inputs set KEY");
    let disk = report.of_check("disk");
    let disk = disk
        .iter()
        .find(|finding| finding["group"] == "requirements")
        .expect("it is checked");
    assert_eq!(disk["state"], "ok", "{disk:#}");
    assert!(!report.json.to_string().contains("t0ken"));

    let answered = lab.run(&["inputs", "set", "KEY=s3cret-of-inputs"]);
    assert_eq!(answered.code, 0, "{}", answered.stderr);
    lab.file("settings.toml", "");
    let lab = lab
        .variable("REGION", "eu")
        .variable("DOCKER_HOST", "unix:///nowhere/docker.sock");
    let report = lab.doctor(&[]).exits(3);
    report
        .finds("engine", "skipped", "no engine answers")
        .finds("nowhere", "error", "`nowhere` is not found in PATH")
        .finds("settings.toml", "ok", "there")
        .finds("inputs", "ok", "all 2");
    assert!(!report.json.to_string().contains("s3cret-of-inputs"));
}

#[test]
fn settings_that_cannot_be_used_are_told_and_their_proxy_is_asked() {
    let lab = Lab::new().variable("DEVSTACK_CONFIG", "config.yaml");
    lab.file(
        "config.yaml",
        "ca: nowhere.pem\nproxy: { https: 'http://ada:pr0xy@127.0.0.1:1' }\n",
    );
    let report = lab.doctor(&[]).exits(1);
    report
        .finds("settings", "error", "certificates of `ca` cannot be read")
        .fixes("settings", "correct the path");
    report
        .finds(
            "proxy",
            "error",
            "the proxy http://127.0.0.1:1 does not answer",
        )
        .fixes("proxy", "correct it there");
    assert!(!report.json.to_string().contains("pr0xy"));
    let company = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/real/certificates/ca.pem"
    );
    lab.file("config.yaml", format!("ca: {company}\n"));
    let report = lab.doctor(&[]);
    report
        .finds("settings", "ok", "config.yaml is as it should be")
        .finds("certificates", "ok", "ca.pem beside the system's")
        .finds("proxy", "ok", "none is set");
}
