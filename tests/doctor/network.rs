//! Registries, names and proxies.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::json;

use crate::lab::{Lab, busybox, strict_address};

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

/// A registry with a certificate that nobody knows.
struct Untrusted {
    server: Child,
    port: u16,
}

impl Untrusted {
    fn start(lab: &Lab, host: Ipv4Addr) -> Self {
        let (key, certificate) = (lab.path().join("key.pem"), lab.path().join("cert.pem"));
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=registry",
            ])
            .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .args(["-addext", &format!("subjectAltName=IP:{host}")])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .expect("scripts/test installs openssl");
        assert!(made.status.success(), "{made:?}");
        let mut server = Command::new("openssl")
            .args(["s_server", "-www", "-accept", "0.0.0.0:0", "-key"])
            .arg(&key)
            .arg("-cert")
            .arg(&certificate)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl runs");
        let lines = BufReader::new(server.stdout.take().expect("is piped")).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            line.strip_prefix("ACCEPT ")?
                .rsplit_once(':')?
                .1
                .parse()
                .ok()
        });
        Self {
            server,
            port: port.expect("it says where it listens"),
        }
    }
}

impl Drop for Untrusted {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn registries_that_speak_wrongly_or_not_at_all_are_told_apart() {
    let host = strict_address();
    let lab = Lab::new();
    let untrusted = Untrusted::start(&lab, host);
    let plain = TcpListener::bind("0.0.0.0:0").expect("a port");
    let silent = TcpListener::bind("0.0.0.0:0").expect("a port");
    let [plain_port, silent_port] =
        [&plain, &silent].map(|listener| listener.local_addr().expect("an address").port());
    thread::spawn(move || {
        for mut client in plain.incoming().flatten() {
            let _ = client.read(&mut [0; 4096]);
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        }
    });
    lab.file(
        "devstack.yaml",
        format!(
            "services:\n  a: {{ image: '{host}:{plain_port}/x:1' }}\n  \
             b: {{ image: '{host}:{}/x:1' }}\n  c: {{ image: '{host}:{silent_port}/x:1' }}\n",
            untrusted.port
        ),
    );
    let report = lab.doctor(&[]).exits(1);
    report
        .finds("registry", "error", "speaks plain HTTP")
        .fixes("registry", "insecure-registries");
    report
        .finds("registry", "error", "is not trusted by the engine")
        .fixes(
            "registry",
            &format!("certs.d/{host}:{}/ca.crt", untrusted.port),
        );
    report
        .finds(
            "registry",
            "error",
            &format!("`{host}:{silent_port}` does not answer"),
        )
        .fixes("registry", "is up");
    drop(silent);
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
