//! The engine: gone, stopped, not installed, closed to us, too old, on a full disk, on a slow one, out of time.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;

use crate::lab::{Lab, Ran, busybox, docker};

/// Hides the engine of the machine behind empty folders, so that a second one may start in its place: in a namespace of
/// its own, with a disk of 64 MB. Its control groups are the machine's.
const OWN_MACHINE: &str = "\
mount --make-rprivate /
mount -t tmpfs none /run
mount -t tmpfs -o size=64m none /var/lib/docker
ip link set lo up";

/// Users and groups of the lab's own, in which `nobody` may become root.
const OWN_USERS: &str = "\
mount --make-rprivate /
if [ ! -d etc ]; then
    cp -a /etc etc
    echo 'nobody ALL=(ALL) NOPASSWD: ALL' >etc/sudoers.d/nobody
    chmod 440 etc/sudoers.d/nobody
fi
mount --bind etc /etc";

/// Ends that second engine.
const END: &str = "\
if [ -s /run/docker.pid ]; then
    pid=$(cat /run/docker.pid)
    kill $pid
    tail --pid=$pid -f /dev/null
fi";

#[test]
fn a_stopped_engine_is_started_and_its_full_disk_is_found() {
    let lab = Lab::new().setup(OWN_MACHINE).cleanup(END);
    let stopped = lab.doctor(&[]).exits(3);
    stopped
        .finds("found", "error", "/var/run/docker.sock` cannot be reached")
        .fixes("found", "dockerd");
    stopped.finds("disk", "skipped", "no engine answers");
    stopped.finds("proxy", "ok", "none is set");
    let mended = lab.doctor(&["--fix", "--yes"]).exits(1);
    assert_eq!(mended.mended(), ["start_engine"]);
    mended
        .finds("found", "ok", "unix:///var/run/docker.sock")
        .finds("version", "ok", "API 1.");
    mended
        .finds("disk", "error", "the engine's disk is full")
        .fixes("disk", "docker image prune");
    assert!(
        mended.stderr.contains("the engine answers"),
        "{}",
        mended.stderr
    );
}

#[test]
fn an_engine_with_an_odd_disk_little_memory_and_a_dead_proxy_is_told_with_the_reasons() {
    // An overlay cannot lie on another one.
    let own = format!(
        "{OWN_MACHINE}\nmkdir /run/l /var/lib/docker/u /var/lib/docker/w\n\
         mount -t overlay -o lowerdir=/run/l,upperdir=/var/lib/docker/u,workdir=/var/lib/docker/w none /var/lib/docker\n\
         sed 's/^MemTotal:.*/MemTotal: 1000000 kB/' /proc/meminfo >/run/memory\n\
         mount --bind /run/memory /proc/meminfo\n\
         HTTPS_PROXY=http://ada:pr0xy@127.0.0.1:1 setsid dockerd >/run/log 2>&1 </dev/null &\n\
         until docker version >/dev/null 2>&1; do :; done\n\
         echo x >/run/x && tar -C /run -c x | docker import - tiny:1 >/dev/null"
    );
    let report = Lab::new().setup(&own).cleanup(END).doctor(&[]).exits(1);
    report
        .finds("storage", "warning", "`vfs`")
        .fixes("storage", "overlay2");
    report
        .finds("layers", "warning", "data is copied")
        .fixes("layers", "data-root");
    report
        .finds("memory", "warning", "the engine has only 1.0 GB of memory")
        .fixes("memory", "give it more");
    report
        .finds(
            "proxy",
            "error",
            "the engine's proxy http://127.0.0.1:1 does not answer",
        )
        .fixes("proxy", "daemon.json");
    assert!(!report.json.to_string().contains("pr0xy"));
}

#[test]
fn a_run_that_fails_for_a_full_disk_says_how_full_it_is() {
    let image = busybox();
    let manifest = format!(
        "services:\n  fill:\n    image: '{image}'\n    pull_policy: never\n    \
         command: [dd, if=/dev/zero, of=/full, bs=1M, count=100]\n"
    );
    let lab = Lab::with(&manifest);
    let archive = lab.path().join("image.tar").display().to_string();
    docker(&["save", "--output", &archive, &image]);
    let own = format!(
        "{OWN_MACHINE}\nsetsid dockerd >/run/log 2>&1 </dev/null &\n\
         until docker version >/dev/null 2>&1; do :; done\ndocker load --quiet --input {archive} >/dev/null"
    );
    let up = lab.setup(&own).cleanup(END).run(&["up"]);
    assert_eq!(up.code, 1, "{}", up.stderr);
    for words in [
        "the engine's disk is full: 0 B of 67.1 MB are free",
        "docker image prune",
    ] {
        assert!(up.stderr.contains(words), "no {words} in {}", up.stderr);
    }
}

#[test]
fn an_engine_that_is_not_installed_is_installed_after_a_yes() {
    // Its program is hidden behind a device, which cannot be executed.
    let hidden = "mount --make-rprivate /\nmount -t tmpfs none /run\n\
                  for file in $(command -v dockerd) /usr/sbin/dockerd /usr/bin/dockerd; do\n\
                  if [ -e $file ]; then mount --bind /dev/null $file; fi; done\n\
                  printf 'ID=debian\\n' >/run/os && mount --bind /run/os /etc/os-release";
    let lab = Lab::new().program("apt-get").program("sudo").setup(hidden);
    let missing = lab.doctor(&[]).exits(3);
    missing
        .finds("found", "error", "no container engine is installed")
        .fixes("found", "apt-get install -y");
    let asked = Ran::of(&lab.command(&["doctor", "--fix"]).output().expect("runs"));
    assert_eq!(asked.code, 2, "{}", asked.stderr);
    assert!(
        asked.stderr.contains("answer with `--yes`"),
        "{}",
        asked.stderr
    );
    assert_eq!(lab.calls(), "");
    let mended = lab.doctor(&["--fix", "--yes"]).exits(3);
    assert_eq!(mended.mended(), ["install_engine"]);
    let calls = lab.calls();
    assert!(calls.contains("apt-get update"), "{calls}");
    assert!(
        calls.contains("install -y --no-install-recommends docker.io"),
        "{calls}"
    );
}

#[test]
fn a_socket_without_permission_is_told_and_opened_by_joining_its_group() {
    let lab = Lab::with("services: { web: { image: 'busybox:1' } }")
        .setup(OWN_USERS)
        .for_nobody("--clear-groups");
    let closed = lab.doctor(&[]).exits(3);
    closed
        .finds("found", "ok", "there is a socket")
        .finds(
            "permitted",
            "error",
            "user `nobody` may not use the engine's socket",
        )
        .fixes("permitted", "sudo usermod -aG docker nobody");
    // Whatever needs the engine says the same, and where the cure is.
    let up = lab.run(&["up"]);
    assert_eq!(up.code, 3, "{}", up.stderr);
    for words in [
        "user `nobody` may not use the engine's socket",
        "sudo usermod -aG docker nobody",
        "devstack doctor --fix",
    ] {
        assert!(up.stderr.contains(words), "no {words} in {}", up.stderr);
    }
    let mended = lab.doctor(&["--fix", "--yes"]).exits(3);
    assert_eq!(mended.mended(), ["join_group"]);
    mended.fixes("permitted", "newgrp docker");
    let later = lab.for_nobody("--init-groups").doctor(&[]);
    later
        .finds("permitted", "ok", "as user `nobody`")
        .finds("version", "ok", "API 1.");
}

#[test]
fn an_engine_that_never_answers_holds_nobody_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let silent = folder.path().join("silent.sock");
    let stuck = folder.path().join("stuck.sock");
    let listener = UnixListener::bind(&silent).expect("a socket");
    thread::spawn(move || {
        // Every connection is kept, and none is served.
        let mut kept = Vec::new();
        for client in listener.incoming().flatten() {
            kept.push(client);
        }
    });
    let listener = UnixListener::bind(&stuck).expect("a socket");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || greets_only(client));
        }
    });
    let labs = [silent, stuck].map(|socket| {
        let address = format!("unix://{}", socket.display());
        thread::spawn(|| {
            Lab::new()
                .variable("DOCKER_HOST", address)
                .doctor(&[])
                .exits(3)
        })
    });
    for report in labs.map(|lab| lab.join().expect("a report")) {
        report
            .finds("found", "error", "it does not answer within 5 s")
            .fixes("found", "restart")
            .finds("version", "skipped", "no engine answers")
            .finds("inotify", "ok", "watches");
        assert!(
            report.stderr.contains("still checking found"),
            "{}",
            report.stderr
        );
    }
}

/// An engine that says hello and then nothing any more.
fn greets_only(mut client: UnixStream) {
    let mut request = [0; 4096];
    while let Ok(count) = client.read(&mut request)
        && count > 0
    {
        let hello = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK";
        let greeted = String::from_utf8_lossy(&request[..count]).contains("/_ping");
        if greeted && client.write_all(hello).is_err() {
            break;
        }
    }
}

#[test]
fn an_engine_elsewhere_that_is_gone_is_not_started_from_here_unless_its_owner_says_how() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("engine.sock");
    let lab = Lab::with("services: { web: { image: 'busybox:1' } }")
        .variable("DOCKER_HOST", format!("unix://{}", socket.display()));
    let gone = lab.doctor(&[]).exits(3);
    gone.finds("found", "error", "there is no such socket")
        .fixes("found", "unset DOCKER_HOST");
    assert_eq!(
        gone.of_check("found")[0]["automatic_fix"],
        serde_json::Value::Null
    );
    // What does not need an engine is checked all the same.
    gone.finds("manifest", "ok", "1 service")
        .finds("ports", "ok", "")
        .finds("inotify", "ok", "watches");
    let up = lab.run(&["up"]);
    assert_eq!(up.code, 3);
    assert!(
        up.stderr.contains("there is no such socket"),
        "{}",
        up.stderr
    );
    // A way to the engine of this machine stands for one that is started there.
    let start = format!("ln -s /var/run/docker.sock {}", socket.display());
    let lab = lab.variable("DEVSTACK_ENGINE_START", start);
    let mended = lab.doctor(&["--fix", "--yes"]);
    assert_eq!(mended.mended(), ["start_engine"]);
    mended.finds("found", "ok", "engine.sock");
    let failing = Lab::new()
        .variable("DOCKER_HOST", "unix:///nowhere/engine.sock")
        .variable("DEVSTACK_ENGINE_START", "sh -c 'echo no licence; exit 7'");
    let failed = failing.run(&["doctor", "--fix", "--yes"]);
    assert_eq!(failed.code, 1);
    for words in ["the engine did not start", "exit status: 7", "no licence"] {
        assert!(
            failed.stderr.contains(words),
            "no {words} in {}",
            failed.stderr
        );
    }
}

#[test]
fn an_engine_that_is_too_old_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nApi-Version: 1.40\r\nContent-Length: 2\r\n\r\nOK");
        }
    });
    let lab = Lab::new().variable("DOCKER_HOST", format!("tcp://{address}"));
    let report = lab.doctor(&[]).exits(3);
    report
        .finds(
            "found",
            "error",
            "it speaks API 1.40, and devstack needs 1.41",
        )
        .fixes("found", "upgrade");
}

#[test]
fn a_clock_that_is_wrong_in_the_engine_or_in_a_container_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("engine.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || an_hour_off(client));
        }
    });
    let lab = Lab::new().variable("DOCKER_HOST", format!("unix://{}", socket.display()));
    let report = lab.doctor(&[]).exits(1);
    report
        .finds("clock", "error", "the engine's clock is ")
        .fixes("clock", "timedatectl");

    let image = skewed_image();
    let lab = Lab::with(&format!(
        "services: {{ web: {{ image: '{image}', pull_policy: never }} }}"
    ));
    let report = lab.doctor(&[]).exits(1);
    docker(&["rmi", "--force", &image]);
    report
        .finds(
            "clock",
            "error",
            &format!("the clock in containers of `{image}` is 2 h"),
        )
        .fixes("clock", "FAKETIME");
}

/// Leads a connection to the engine, whose answers show another hour.
fn an_hour_off(mut client: UnixStream) {
    let mut engine = UnixStream::connect("/var/run/docker.sock").expect("the engine");
    let mut there = client.try_clone().expect("a copy");
    let mut back = engine.try_clone().expect("a copy");
    thread::spawn(move || {
        let _ = std::io::copy(&mut there, &mut engine);
        let _ = engine.shutdown(std::net::Shutdown::Write);
    });
    let mut buffer = vec![0; 1 << 16];
    while let Ok(count) = back.read(&mut buffer) {
        if count == 0 {
            break;
        }
        let key = b"\"SystemTime\":\"2026-01-01T";
        let found = buffer[..count]
            .windows(key.len())
            .position(|window| window.starts_with(b"\"SystemTime\":\""));
        if let Some(hour) = found.map(|at| at + key.len()) {
            // The next hour, and the first one after the last.
            let old: u8 = std::str::from_utf8(&buffer[hour..hour + 2])
                .ok()
                .and_then(|text| text.parse().ok())
                .unwrap_or(0);
            buffer[hour..hour + 2].copy_from_slice(format!("{:02}", (old + 1) % 24).as_bytes());
        }
        if client.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(std::net::Shutdown::Both);
}

/// An image in which every program is told the time of two hours later.
fn skewed_image() -> String {
    let image = format!("doctor-clock-{}", std::process::id());
    let libraries = [
        "/usr/lib/x86_64-linux-gnu/faketime",
        "/usr/lib/aarch64-linux-gnu/faketime",
    ];
    let library = libraries
        .iter()
        .map(|folder| Path::new(folder).join("libfaketime.so.1"))
        .find(|path| path.exists())
        .expect("scripts/test installs libfaketime");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(library, folder.path().join("libfaketime.so.1")).expect("copied");
    let base = format!("{}/library/redis:8", crate::lab::mirror());
    let dockerfile = format!(
        "FROM {base}\nCOPY libfaketime.so.1 /\nENV LD_PRELOAD=/libfaketime.so.1 FAKETIME=+2h\n"
    );
    std::fs::write(folder.path().join("Dockerfile"), dockerfile).expect("a file");
    docker(&[
        "build",
        "--quiet",
        "--tag",
        &image,
        &folder.path().display().to_string(),
    ]);
    image
}

#[test]
fn a_machine_in_order_has_nothing_to_tell_of_its_engine() {
    busybox();
    let report = Lab::new().doctor(&[]);
    for (check, words) in [
        ("found", "docker.sock"),
        ("permitted", ""),
        ("version", "API 1."),
        ("storage", ""),
        ("layers", "overlays"),
        ("clock", "agree"),
    ] {
        report.finds(check, "ok", words);
    }
}
