//! What goes wrong at run time: each time the cause, its evidence and a fix are told, and nothing hangs.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;

use crate::project::{Project, docker, free_port, mirror};

#[test]
fn a_port_that_a_process_holds_is_named_with_the_process() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let project = Project::new(&format!(
        "services:\n  web:\n    image: nginx:1.26\n    ports: [\"{port}:80\"]\n"
    ));
    let pid = std::process::id().to_string();
    project.run(&["up"]).exits(1).says(&[
        &format!("port {port}"),
        &format!("pid {pid}"),
        "devstack.yaml:4:",
    ]);
}

#[test]
fn a_port_that_a_container_holds_is_named_with_the_container() {
    let port = free_port();
    let manifest =
        format!("services:\n  web:\n    image: nginx:1.26\n    ports: [\"{port}:80\"]\n");
    let (first, second) = (Project::new(&manifest), Project::new(&manifest));
    first.up();
    second
        .run(&["up"])
        .exits(1)
        .says(&[&format!("port {port}"), &first.container("web"), "fix:"]);
}

#[test]
fn an_image_that_does_not_exist_is_an_error_with_its_place() {
    let project =
        Project::new("services:\n  a:\n    image: postgres:99\n  b: { image: redis:8 }\n");
    let ran = project.run(&["up"]).exits(1);
    ran.says(&["postgres:99", "devstack.yaml:3:12"]);
    assert_eq!(
        project.inspect("b", "{{.State.Running}}"),
        "true",
        "the other service went on"
    );
}

#[test]
fn a_build_that_fails_shows_its_output() {
    let project = Project::new("services:\n  app:\n    build: ./app\n");
    project.file(
        "app/Dockerfile",
        "FROM busybox:1\nRUN echo compiling && echo 'main.c:3: missing semicolon' && exit 3\n",
    );
    project
        .run(&["up"])
        .exits(1)
        .says(&["main.c:3: missing semicolon", "`app`"]);
}

#[test]
fn an_app_that_exits_at_once_shows_its_log() {
    let project = Project::new(
        "services:\n  app:\n    image: busybox:1\n    command: [sh, -c, \"echo cannot find config.toml; exit 7\"]\n",
    );
    project
        .run(&["up"])
        .exits(1)
        .says(&["`app`", "7", "cannot find config.toml"]);
}

#[test]
fn a_database_without_a_password_says_what_is_missing() {
    let project = Project::new("services:\n  db: { image: postgres:17 }\n");
    project
        .run(&["up"])
        .exits(1)
        .says(&["`db`", "superuser password is not specified"]);
}

#[test]
fn a_service_that_never_gets_ready_ends_at_its_deadline_with_the_last_answer() {
    let project = Project::new(
        "services:\n  web:\n    image: nginx:1.26\n    ready: { http: /nothing-here, timeout: 2s }\n",
    );
    project
        .run(&["up"])
        .exits(1)
        .says(&["`web`", "404", "devstack.yaml:4:"]);
}

#[test]
fn the_whole_run_ends_at_the_wait_timeout() {
    let project = Project::new(
        "services:\n  app:\n    image: busybox:1\n    init: true\n    command: [sleep, '1000']\n    ready: { tcp: 80 }\n",
    );
    project
        .run(&["up", "--wait-timeout", "1s"])
        .exits(1)
        .says(&["`app`"]);
}

#[test]
fn what_depends_on_a_failure_is_not_started_and_says_why() {
    let project = Project::new(
        r#"
services:
  db:
    image: busybox:1
    command: ["false"]
  api:
    image: busybox:1
    depends_on: [db]
"#,
    );
    project.run(&["up"]).exits(1).says(&["`db`", "api"]);
    assert_eq!(project.inspect("api", "{{.State.Status}}"), "created");
}

#[test]
fn a_service_that_dies_after_it_was_ready_fails_the_run() {
    let project = Project::new(
        r#"
services:
  flaky:
    image: busybox:1
    init: true
    command: [sh, -c, "sleep 1.5; echo lost my lease; exit 4"]
    ready: { running: 100ms }
  slow:
    image: busybox:1
    init: true
    command: [sleep, "1000"]
    ready: { running: 4s }
"#,
    );
    project
        .run(&["up"])
        .exits(1)
        .says(&["`flaky`", "lost my lease"]);
}

#[test]
fn no_engine_is_its_own_exit_code() {
    let project = Project::new("services:\n  a: { image: redis:8 }\n");
    let output = project
        .command(&["up"])
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .output()
        .expect("devstack runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(
        text.contains("/nowhere/docker.sock") && text.contains("fix:"),
        "{text}"
    );
}

#[test]
fn a_socket_without_permission_says_how_to_get_it() {
    let project = Project::new("services:\n  a: { image: redis:8 }\n");
    let socket = project.path().join("docker.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let open = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(&socket, open(0o600)).expect("a mode");
    std::fs::set_permissions(project.path(), open(0o755)).expect("a mode");
    // Root may use every socket, so devstack runs as nobody, from a copy that nobody may read.
    let copy = project.path().join("devstack");
    std::fs::copy(env!("CARGO_BIN_EXE_devstack"), &copy).expect("a copy");
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&copy)
        .args(["-p", project.name(), "up"])
        .current_dir(project.path())
        .env_clear()
        .env("DOCKER_HOST", format!("unix://{}", socket.display()))
        .stdin(Stdio::null())
        .output()
        .expect("setpriv runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(
        text.contains("user `nobody` may not use the engine's socket")
            && text.contains("no group is given its use"),
        "{text}"
    );
}

/// Passes connections on to the mirror, and goes away for good after so many bytes of answers.
fn dying_mirror(bytes: usize) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let left = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(bytes));
    thread::spawn(move || {
        for inner in listener.incoming().map_while(Result::ok) {
            let left = left.clone();
            if left.load(std::sync::atomic::Ordering::SeqCst) == 0 {
                // Closing the listener refuses all that follows.
                break;
            }
            thread::spawn(move || pass_on(inner, &left));
        }
    });
    address
}

fn pass_on(mut inner: TcpStream, left: &std::sync::atomic::AtomicUsize) {
    use std::sync::atomic::Ordering;
    let Ok(mut outer) = TcpStream::connect(mirror()) else {
        return;
    };
    let (Ok(mut from), Ok(mut to)) = (inner.try_clone(), outer.try_clone()) else {
        return;
    };
    thread::spawn(move || std::io::copy(&mut from, &mut to));
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read) = outer.read(&mut buffer) {
        let before = left.load(Ordering::SeqCst);
        if read == 0 || before < read || inner.write_all(&buffer[..read]).is_err() {
            left.store(if before < read { 0 } else { before }, Ordering::SeqCst);
            break;
        }
        left.fetch_sub(read, Ordering::SeqCst);
    }
    let _ = inner.shutdown(std::net::Shutdown::Both);
    let _ = outer.shutdown(std::net::Shutdown::Both);
}

/// An image that only the mirror has, with a layer of so many bytes that compress badly.
fn publish_large_image(project: &Project, bytes: usize) -> String {
    let name = format!("{}-large:1", project.name());
    let mut state = 88_172_645_463_325_252_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .take(bytes / 8)
    .flatten()
    .collect();
    project.file("large/noise", noise);
    project.file(
        "large/Dockerfile",
        format!("FROM busybox:1\nLABEL of={name}\nCOPY noise /noise\n"),
    );
    let on_mirror = format!("{}/library/{name}", mirror());
    let base = format!("{}/library/busybox:1", mirror());
    docker(&["pull", "-q", &base]);
    docker(&["tag", &base, "busybox:1"]);
    let folder = project.path().join("large");
    docker(&[
        "build",
        "-q",
        "-t",
        &on_mirror,
        &folder.display().to_string(),
    ]);
    docker(&["push", "-q", &on_mirror]);
    docker(&["rmi", "-f", &on_mirror]);
    name
}

#[test]
fn a_registry_that_goes_down_during_a_pull_is_tried_again_and_then_named() {
    let project = Project::new("services: {}\n");
    let image = publish_large_image(&project, 30_000_000);
    project.manifest(&format!("services:\n  large: {{ image: \"{image}\" }}\n"));
    let address = dying_mirror(10_000_000);
    let output = project
        .command(&["up", "--progress", "plain"])
        .env("DEVSTACK_REGISTRY_MIRROR", &address)
        .output()
        .expect("devstack runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains(&image) && text.contains(&address), "{text}");
    assert!(
        text.contains("attempt 3 failed"),
        "it was not tried again: {text}"
    );
    assert!(
        text.contains(&format!("the mirror `{address}` cannot be reached")),
        "{text}"
    );
    assert!(project.containers().is_empty());
    // With the registry back, the next run goes on.
    project.manifest(&format!(
        "services:\n  large: {{ image: \"{image}\", init: true, command: [sleep, '1000'] }}\n"
    ));
    project.up();
    project.run(&["down"]).exits(0);
    docker(&["rmi", "-f", &image]);
}
