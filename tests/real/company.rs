//! Company networks: an authority of the company's own and a proxy, in containers and in builds.

use crate::project::Project;

/// Serves HTTPS with a certificate of the company's authority on 443, and as a proxy on 3128.
const SERVER: &str = r#"
import http.server, ssl, threading
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = f"reached {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
proxy = http.server.ThreadingHTTPServer(("", 3128), Answer)
threading.Thread(target=proxy.serve_forever).start()
server = http.server.ThreadingHTTPServer(("", 443), Answer)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/srv/server.pem", "/srv/server-key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"#;

/// Fetches a page over HTTPS, and one of a host that only the proxy knows.
const CLIENT: &str = r"
import sys, urllib.request
for address in sys.argv[1:]:
    print(urllib.request.urlopen(address, timeout=10).read().decode())
";

const MANIFEST: &str = r#"
services:
  server:
    image: python:3.13-slim
    command: [python3, /srv/server.py]
    volumes: ["./srv:/srv:ro"]
    expose: [443, 3128]
    ready: [{ tcp: 443 }, { tcp: 3128 }]
  client:
    image: python:3.13-slim
    command: [sleep, "600"]
    init: true
    read_only: true
    volumes: ["./srv:/srv:ro"]
    environment: { PIP_CERT: /own.pem }
    ready: running
  built:
    build:
      context: ./srv
      network: NETWORK
      dockerfile_inline: |
        FROM python:3.13-slim
        COPY client.py /
        RUN python3 /client.py https://server/build http://nowhere.invalid/build > /answers
    command: [sleep, "600"]
    init: true
    profiles: [built]
    ready: running
"#;

fn project() -> Project {
    let project = Project::new("");
    let network = format!("{}_default", project.name());
    project.manifest(&MANIFEST.replace("NETWORK", &network));
    project.file("srv/server.py", SERVER);
    project.file("srv/client.py", CLIENT);
    let certificates = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/certificates");
    for name in ["server.pem", "server-key.pem"] {
        let from = format!("{certificates}/{name}");
        project.file(
            &format!("srv/{name}"),
            std::fs::read(from).expect("it is there"),
        );
    }
    project.file(
        "config.yaml",
        format!("ca: {certificates}/ca.pem\nproxy: {{ http: http://server:3128 }}\n"),
    );
    project
}

#[test]
fn containers_and_builds_trust_the_companys_authority_and_go_through_its_proxy() {
    let project = project();
    let in_company = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        command
            .env("DEVSTACK_CONFIG", "config.yaml")
            .env("XDG_CACHE_HOME", project.path().join("cache"));
        let output = command.output().expect("devstack runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{told}");
        told
    };
    let fetch = ["python3", "/srv/client.py", "https://server/run"];

    project.up();
    let container = project.container("client");
    let refused = crate::project::try_docker(&[&["exec", &container][..], &fetch].concat());
    let refused = refused.expect_err("nobody trusts it");
    assert!(refused.contains("CERTIFICATE_VERIFY_FAILED"), "{refused}");
    project
        .run(&["--profile", "built", "up"])
        .exits(1)
        .says(&["CERTIFICATE_VERIFY_FAILED"]);

    in_company(&["up"]);
    let through = [&fetch[..], &["http://nowhere.invalid/run"]].concat();
    let answers = project.inside("client", &through);
    assert_eq!(
        answers,
        "reached /run\nreached http://nowhere.invalid/run\n"
    );
    let variables = project.inside("client", &["env"]);
    for line in [
        "PIP_CERT=/own.pem",
        "NODE_EXTRA_CA_CERTS=/etc/devstack/ca.pem",
    ] {
        assert!(variables.contains(line), "no {line} in:\n{variables}");
    }
    assert!(
        variables.contains("no_proxy=localhost,127.0.0.1,::1,server,client"),
        "{variables}"
    );
    // The system's authorities are there beside the company's.
    let bundle = project.inside("client", &["cat", "/etc/devstack/ca.pem"]);
    assert!(bundle.matches("BEGIN CERTIFICATE").count() > 1);

    in_company(&["--profile", "built", "up"]);
    let answers = project.inside("built", &["cat", "/answers"]);
    assert_eq!(
        answers,
        "reached /build\nreached http://nowhere.invalid/build\n"
    );
    // The build's variables are the build's alone.
    let image = project.inspect("built", "{{.Image}}");
    let form = "{{.Config.Env}}";
    let kept = crate::project::docker(&["image", "inspect", "--format", form, &image]);
    assert!(
        !kept.contains("devstack") && !kept.contains("3128"),
        "{kept}"
    );

    let id = project.inspect("client", "{{.Id}}");
    in_company(&["--profile", "built", "up"]);
    assert_eq!(project.inspect("client", "{{.Id}}"), id);
}
