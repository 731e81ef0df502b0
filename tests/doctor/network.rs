//! Registries, names and proxies.

use std::process::Command;

use serde_json::json;

use crate::lab::{Lab, busybox};

/// The registry of `scripts/registry --auth` lets in `dev` with this password.
const PASSWORD: &str = "s3cret~~~???";

/// The stand-in images behind a login; gives `host:port`.
fn guarded_registry() -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/registry");
    let output = Command::new(script)
        .arg("--auth")
        .output()
        .expect("scripts/registry");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// What `docker login` would have kept.
fn log_in(lab: &Lab, registry: &str, password: &str) {
    use base64::Engine as _;
    let login = base64::prelude::BASE64_STANDARD.encode(format!("dev:{password}"));
    let config = json!({ "auths": { registry: { "auth": login } } });
    lab.file("docker/config.json", config.to_string());
}

#[test]
fn a_registry_is_reached_and_a_wrong_password_recognised() {
    let registry = guarded_registry();
    // A tag that is not here and never will be.
    let image = format!("{registry}/library/busybox:doctor");
    let lab = Lab::with(&format!("services: {{ web: {{ image: '{image}' }} }}"));
    let strange = lab.doctor(&[]).exits(1);
    strange
        .finds("registry", "error", "wants a login, and none is kept")
        .fixes("registry", &format!("docker login {registry}"));
    strange.finds("mirror", "ok", "answers the engine");

    log_in(&lab, &registry, "guess");
    let wrong = lab.doctor(&[]).exits(1);
    wrong
        .finds("registry", "error", "a wrong password")
        .fixes("registry", &format!("docker login {registry}"));
    assert!(!wrong.json.to_string().contains("guess"));
    // At the failure the same is told.
    let up = lab.run(&["up"]);
    assert_eq!(up.code, 1, "{}", up.stderr);
    assert!(
        up.stderr
            .contains("refuses the login that is kept for it: a wrong password"),
        "{}",
        up.stderr
    );

    log_in(&lab, &registry, PASSWORD);
    let right = lab.doctor(&[]);
    right.finds("registry", "ok", "logged in as dev");
    assert!(!right.json.to_string().contains(PASSWORD));
}

#[test]
fn a_mirror_that_is_down_matters_as_far_as_images_are_missing() {
    busybox();
    let dead = "127.0.0.1:1";
    let manifest = "services: { web: { image: 'busybox:no-such-tag' } }";
    let lab = Lab::with(manifest).variable("DEVSTACK_REGISTRY_MIRROR", dead);
    let report = lab.doctor(&[]).exits(1);
    report.finds(
        "mirror",
        "error",
        "`127.0.0.1:1` does not answer the engine",
    );
    let without = Lab::new()
        .variable("DEVSTACK_REGISTRY_MIRROR", dead)
        .doctor(&[]);
    without.finds("mirror", "warning", "does not answer the engine");
}

#[test]
fn a_name_that_only_this_machine_knows_is_told() {
    let image = busybox();
    let name = "registry.devstack-doctor.invalid";
    let manifest =
        format!("services:\n  a: {{ image: '{image}' }}\n  b: {{ image: '{name}:5000/x:1' }}\n");
    let hosts = format!(
        "mount --make-rprivate /\ncp /etc/hosts hosts && echo '127.0.0.1 {name}' >>hosts && mount --bind hosts /etc/hosts"
    );
    let report = Lab::with(&manifest).setup(&hosts).doctor(&[]).exits(1);
    report.finds(
        "names",
        "error",
        &format!("a container does not find `{name}`, though this machine does"),
    );
    report
        .fixes("names", "daemon.json")
        .finds("registry", "error", "does not answer the engine");
    let offline = Lab::with(&manifest).doctor(&[]).exits(1);
    offline.finds(
        "names",
        "warning",
        &format!("neither a container nor this machine finds `{name}`"),
    );
}

#[test]
fn a_proxy_is_asked_and_the_engine_needs_its_own() {
    let lab = Lab::new().variable("HTTPS_PROXY", "http://ada:pr0xy@127.0.0.1:1");
    let report = lab.doctor(&[]).exits(1);
    report
        .finds(
            "proxy",
            "error",
            "the proxy http://127.0.0.1:1 does not answer",
        )
        .fixes("proxy", "unset HTTPS_PROXY");
    report.finds("proxy", "warning", "the engine asks registries without one");
    assert!(!report.json.to_string().contains("pr0xy"));
    let odd = Lab::new()
        .variable("http_proxy", "ftp://x")
        .doctor(&[])
        .exits(1);
    odd.finds(
        "proxy",
        "error",
        "the value of http_proxy is not a proxy's address",
    );
}
