//! `devstack watch`: files that change here are in the container, an image is built again, a service restarted.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::project::{Project, docker};

/// A session whose lines are read one by one.
struct Session {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Session {
    fn start(project: &Project, arguments: &[&str]) -> Self {
        Self::of(&mut project.command(arguments))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("devstack runs");
        let (told, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] = [
            Box::new(child.stdout.take().expect("a pipe")),
            Box::new(child.stderr.take().expect("a pipe")),
        ];
        for stream in streams {
            let told = told.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = told.send(line);
                }
            });
        }
        Self {
            child,
            lines,
            said: Vec::new(),
        }
    }

    /// Waits for a line that contains this.
    #[track_caller]
    fn says(&mut self, part: &str) -> &mut Self {
        loop {
            let Ok(line) = self.lines.recv_timeout(Duration::from_mins(2)) else {
                panic!("no {part:?} in:\n{}", self.said.join("\n"));
            };
            self.said.push(line);
            if self.said.last().is_some_and(|line| line.contains(part)) {
                return self;
            }
        }
    }

    /// Ctrl-C; gives the exit code and all that was said.
    fn leave(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.expect("kill runs").success());
        let status = self.child.wait().expect("it ends");
        self.said.extend(self.lines.iter());
        (status.code(), self.said.join("\n"))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn files_are_brought_into_the_container_and_taken_out_of_it() {
    let project = Project::new(
        r#"
services:
  app:
    image: busybox:1
    command: [sh, -c, "mkdir -p /app/src && chown 1234:77 /app/src && echo up && exec sleep 1000"]
    init: true
    stop_grace_period: 0s
    ready: { log: up }
    develop:
      watch:
        - { path: ./src, action: sync, target: /app/src, ignore: ["*.log", modules/], initial_sync: true }
        - { path: ./app.conf, action: sync+restart, target: /etc/app/app.conf }
        - path: ./pages
          action: sync+exec
          target: /pages
          include: "**/*.html"
          exec: { command: [sh, -c, "cat /pages/new/*.html; echo reloaded"] }
"#,
    );
    project.file("src/here before.txt", "1");
    project.file("src/much.log", "");
    project.file("src/modules/deep/big.js", "");
    project.file("app.conf", "");
    project.file("pages/index.html", "");
    let ready = format!("+ {} is ready", project.name());
    let mut session = Session::start(&project, &["up", "--watch"]);
    session
        .says("synced src/here before.txt -> /app/src/here before.txt")
        .says("watching src, app.conf, pages for app; Ctrl-C leaves");
    let ls = |path: &str| project.inside("app", &["find", path, "-type", "f"]);
    assert_eq!(ls("/app"), "/app/src/here before.txt\n");

    // New, in a new folder, with a name that nothing may stumble over, and what is ignored beside it.
    project.file("src/modules/more.js", "");
    project.file("src/x.log", "");
    project.file("src/.main.py.swp", "");
    project.file("src/new/-rf 'ü' $HOME.txt", "text");
    session.says("synced src/new/-rf 'ü' $HOME.txt");
    assert_eq!(
        project.inside("app", &["cat", "/app/src/new/-rf 'ü' $HOME.txt"]),
        "text"
    );
    let owner = [
        "stat",
        "-c",
        "%u:%g",
        "/app/src/new",
        "/app/src/here before.txt",
    ];
    assert_eq!(project.inside("app", &owner), "1234:77\n1234:77\n");
    assert_eq!(ls("/app/src").lines().count(), 2, "nothing that is ignored");

    // As editors save: another file takes its place.
    project.file("src/here before.txt~", "2");
    let at = |name: &str| project.path().join(name);
    fs::rename(at("src/here before.txt~"), at("src/here before.txt")).expect("renamed");
    session.says("synced src/here before.txt");
    assert_eq!(
        project.inside("app", &["cat", "/app/src/here before.txt"]),
        "2"
    );

    // Gone.
    fs::remove_dir_all(at("src/new")).expect("removed");
    session.says("removed /app/src/new");
    assert_eq!(ls("/app"), "/app/src/here before.txt\n");
    for number in 0..20 {
        project.file(&format!("src/many/{number}"), vec![b'x'; 200_000]);
    }
    session.says("synced 20 files: src/many/0, src/many/1, src/many/10, ...");
    let all = ["sh", "-c", "cat /app/src/many/* | wc -c"];
    assert_eq!(project.inside("app", &all), "4000000\n");

    // The whole folder goes and comes back, as when branches are switched.
    fs::rename(at("src"), at("aside")).expect("renamed");
    session.says("removed");
    assert_eq!(ls("/app"), "");
    fs::rename(at("aside"), at("src")).expect("renamed");
    session.says("synced 21 files");
    assert_eq!(ls("/app").lines().count(), 21);

    // A restart, a command.
    let started = || project.inspect("app", "{{.State.StartedAt}}");
    let before = started();
    project.file("app.conf", "on");
    session
        .says("synced app.conf -> /etc/app/app.conf")
        .says("restart: app.conf changed")
        .says(&ready);
    assert_ne!(started(), before);
    assert_eq!(project.inside("app", &["cat", "/etc/app/app.conf"]), "on");
    let before = started();
    project.file("pages/new/notes.txt", "");
    project.file("pages/new/a.html", "<a>\n");
    session
        .says("synced pages/new/a.html")
        .says("ran sh -c")
        .says("<a>")
        .says("reloaded");
    assert_eq!(started(), before);
    assert_eq!(ls("/pages"), "/pages/new/a.html\n");

    // Somebody else makes the container anew: it gets all that was copied.
    project.run(&["up", "--force-recreate"]).exits(0);
    assert_eq!(ls("/app"), "");
    project.file("src/last", "");
    session.says("synced 24 files");
    assert_eq!(ls("/app/src").lines().count(), 22);
    assert_eq!(project.inside("app", &["cat", "/etc/app/app.conf"]), "on");

    // A container that does not run is told, and the session goes on.
    project.run(&["stop", "app"]).exits(0);
    fs::remove_file(at("src/last")).expect("removed");
    session.says("what is gone here is still in the container of `app`");
    project.run(&["start", "app"]).exits(0);
    let (code, said) = session.leave();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("error"), "{said}");
    assert_eq!(project.inspect("app", "{{.State.Running}}"), "true");
}

#[test]
fn an_image_is_built_again_when_what_it_is_made_of_changes() {
    let project = Project::new(
        r#"
services:
  app:
    build: ./app
    command: [sh, -c, "cat /greeting; exec sleep 1000"]
    init: true
    stop_grace_period: 0s
    develop:
      watch:
        - { path: ./app, action: rebuild }
"#,
    );
    project.file(
        "app/Dockerfile",
        "FROM busybox:1\nCOPY greeting /greeting\n",
    );
    project.file("app/greeting", "one");
    project.file("app/.dockerignore", "*.md\n");
    project.up();
    project.file("app/greeting", "two");
    let ready = format!("+ {} is ready", project.name());
    let mut session = Session::start(&project, &["watch"]);
    session.says("watching app for app");
    assert_eq!(
        project.inside("app", &["cat", "/greeting"]),
        "two",
        "it begins with what is here now"
    );
    project.file("app/README.md", "left out of the build");
    project.file("app/greeting", "three");
    session.says("rebuild: app/greeting changed").says(&ready);
    assert_eq!(project.inside("app", &["cat", "/greeting"]), "three");

    // What cannot be built is told, and mended by the next change.
    project.file("app/Dockerfile", "FROM busybox:1\nRUN echo oh no; exit 3\n");
    session
        .says("rebuild: app/Dockerfile changed")
        .says("oh no")
        .says("watch failed");
    assert_eq!(project.inside("app", &["cat", "/greeting"]), "three");
    project.file(
        "app/Dockerfile",
        "FROM busybox:1\nRUN echo four >/greeting\n",
    );
    session.says("rebuild: app/Dockerfile").says(&ready);
    assert_eq!(project.inside("app", &["cat", "/greeting"]), "four\n");
    let (code, said) = session.leave();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("README.md"), "{said}");
    docker(&["rmi", "-f", &format!("{}-app", project.name())]);
}

#[test]
fn what_cannot_be_watched_is_told_with_what_mends_it() {
    let project = Project::new("services:\n  app: { image: busybox:1 }\n");
    for arguments in [&["watch"][..], &["watch", "app"], &["up", "--watch"]] {
        project
            .run(arguments)
            .exits(2)
            .says(&["there is nothing to watch", "develop: { watch: ["]);
    }
    assert_eq!(project.containers(), Vec::<String>::new());
    project.manifest(
        "services:\n  app:\n    image: busybox:1\n    develop:\n      watch:\n        - { path: ./scr, action: restart }\n",
    );
    project.run(&["watch", "--no-up"]).exits(2).says(&[
        "`scr` cannot be followed: No such file",
        "devstack.yaml:6:11",
    ]);

    // The system's limits, lowered for this one process.
    project.file("scr/a/b/c", "");
    for (limit, setting) in [("max_inotify_watches", "2"), ("max_inotify_instances", "0")] {
        let mut command = Command::new("unshare");
        let devstack = project.command(&["watch", "--no-up"]);
        let lowered = format!("echo {setting} >/proc/sys/user/{limit} && exec \"$@\"");
        command
            .args(["--user", "--map-root-user", "sh", "-c", &lowered, "sh"])
            .arg(devstack.get_program())
            .args(devstack.get_args())
            .current_dir(project.path());
        let name = limit.replace("inotify", "user");
        crate::project::Ran::of(&command.output().expect("unshare runs"))
            .exits(1)
            .says(&[&format!("fs.inotify.{name}"), "sudo sysctl -w fs.inotify."]);
    }

    // Nothing runs: files have nowhere to go, and that is said.
    let mut session = Session::start(&project, &["--progress", "json", "watch", "--no-up"]);
    session.says(r#"{"event":"watching","services":["app"],"paths":["scr"]}"#);
    project.file("scr/a/new", "");
    session.says("`app` has no container to bring changes to");
    let (code, said) = session.leave();
    assert_eq!(code, Some(0), "{said}");
}
