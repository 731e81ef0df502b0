//! An engine of the test's own, which may be killed, and whose disk may be full.
//!
//! It lives in namespaces of its own (network, mounts, processes), for a second engine beside the first would take the
//! first one's bridge away. Its data is in memory, with a limit, and everything goes with the first process of these
//! namespaces, which waits for the end of a pipe that the test holds. The stand-in images come from a second registry
//! in there, which serves what the first one has.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::project::{mirror, try_docker};
use crate::surroundings::{Surroundings, Within};

/// How long an engine may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_mins(1);

/// The engine; dropping it ends it and removes whatever it held.
pub(crate) struct PrivateEngine {
    folder: TempDir,
    /// Where it keeps its data, for a process inside.
    data: PathBuf,
    /// The process that keeps the namespaces.
    holder: Child,
    /// The first process in them, by its number outside.
    inside: String,
    engine: Option<Child>,
    registry: Child,
}

impl PrivateEngine {
    /// An engine with room for this many megabytes.
    pub(crate) fn start(megabytes: u32) -> Self {
        Self::start_with_data_in(megabytes, "data")
    }

    /// The same, with its data in a folder of this name.
    pub(crate) fn start_with_data_in(megabytes: u32, name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join(name);
        fs::create_dir(&data).expect("a folder");
        let script = format!(
            "ip link set lo up && mount -t tmpfs -o size={megabytes}m engine {} && echo there && cat >/dev/null",
            data.display()
        );
        let mut holder = as_root("unshare")
            .args(["--net", "--mount", "--pid", "--fork", "--mount-proc"])
            .args(["sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare runs");
        let mut line = String::new();
        let said = holder.stdout.as_mut().expect("a pipe");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(said), &mut line)
            .expect("it says something");
        assert_eq!(line.trim(), "there", "no namespaces");
        let inside = first_in_namespaces(&holder);
        let registry = registry(&folder, &inside);
        let mut own = Self {
            data,
            folder,
            holder,
            inside,
            engine: None,
            registry,
        };
        own.run();
        own
    }

    /// Has this thread's commands use it.
    pub(crate) fn enter(&self) -> Within {
        self.surroundings().enter()
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        let through = self.entering(&["--net"]);
        Surroundings {
            engine: Some(format!("unix://{}", self.path("sock").display())),
            through,
            layers: None,
        }
    }

    /// Where it keeps its data, for a process inside.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Kills it, as a crash would; containers stay as they are.
    pub(crate) fn kill(&mut self) {
        self.shell(&format!("kill -9 $(cat {})", self.path("pid").display()));
        let mut engine = self.engine.take().expect("it runs");
        engine.wait().expect("it ended");
    }

    /// Stops it, as the machine does when it is shut down: with its containers.
    pub(crate) fn stop(&mut self) {
        self.shell(&format!("kill $(cat {})", self.path("pid").display()));
        let mut engine = self.engine.take().expect("it runs");
        engine.wait().expect("it ended");
    }

    /// Starts it, and waits until it answers.
    pub(crate) fn run(&mut self) {
        let until = Instant::now() + ANSWERS_WITHIN;
        let _within = self.enter();
        loop {
            if self.has_ended() {
                self.spawn();
            }
            if try_docker(&["version"]).is_ok() {
                return;
            }
            let log = || fs::read_to_string(self.path("log")).unwrap_or_default();
            assert!(Instant::now() < until, "no engine:\n{}", log());
        }
    }

    /// One that is started right after another was killed may end at once: what was left behind takes a moment to go.
    fn has_ended(&mut self) -> bool {
        let engine = self.engine.as_mut();
        engine.is_none_or(|engine| engine.try_wait().expect("a child").is_some())
    }

    fn spawn(&mut self) {
        let log = File::create(self.path("log")).expect("a file");
        let mut words = self.entering(&["--net", "--mount", "--pid"]).into_iter();
        let engine = Command::new(words.next().expect("a program"))
            .args(words)
            .arg("dockerd")
            .arg("--data-root")
            .arg(&self.data)
            .arg("--exec-root")
            .arg(self.path("exec"))
            .arg("--pidfile")
            .arg(self.path("pid"))
            .arg("--host")
            .arg(format!("unix://{}", self.path("sock").display()))
            .env("PATH", path_of_root())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file"))
            .stderr(log)
            .spawn();
        self.engine = Some(engine.expect("nsenter runs"));
    }

    /// What enters these namespaces and then becomes, or runs, what follows.
    fn entering(&self, namespaces: &[&str]) -> Vec<String> {
        let mut words = root_words();
        words.extend(["nsenter", "--target", &self.inside].map(str::to_owned));
        words.extend(namespaces.iter().map(|&word| word.to_owned()));
        words.push("--".to_owned());
        words
    }

    /// Runs a line of shell inside; it must succeed.
    #[track_caller]
    pub(crate) fn shell(&self, line: &str) {
        let mut words = self.entering(&["--net", "--mount", "--pid"]).into_iter();
        let ran = Command::new(words.next().expect("a program"))
            .args(words)
            .args(["sh", "-c", line])
            .output()
            .expect("nsenter runs");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{line}: {said}");
    }
}

impl Drop for PrivateEngine {
    fn drop(&mut self) {
        // Its first process ends with its input, and takes all others along.
        drop(self.holder.stdin.take());
        let children = [Some(&mut self.holder), Some(&mut self.registry)];
        for child in children.into_iter().chain([self.engine.as_mut()]).flatten() {
            let _ = child.wait();
        }
        // What the engine left outside of its data belongs to root.
        let _ = as_root("rm").arg("-rf").arg(self.folder.path()).status();
    }
}

/// The registry inside, on the mirror's own address.
fn registry(folder: &TempDir, inside: &str) -> Child {
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/registry");
    let told = |option| {
        let ran = Command::new(scripts).arg(option).output().expect("it runs");
        String::from_utf8(ran.stdout)
            .expect("text")
            .trim()
            .to_owned()
    };
    let settings = format!(
        "version: 0.1
log: {{ level: warn, accesslog: {{ disabled: true }} }}
storage:
  filesystem: {{ rootdirectory: {}/storage }}
  maintenance: {{ readonly: {{ enabled: true }} }}
http: {{ addr: '{}' }}
",
        told("--state"),
        mirror()
    );
    let file = folder.path().join("registry.yml");
    fs::write(&file, settings).expect("a file");
    let log = File::create(folder.path().join("registry.log")).expect("a file");
    as_root("nsenter")
        .args(["--target", inside, "--net", "--pid", "--"])
        .arg(told("--program"))
        .arg("serve")
        .arg(file)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file"))
        .stderr(log)
        .spawn()
        .expect("nsenter runs")
}

/// The first process in the namespaces that a process made for its child.
fn first_in_namespaces(holder: &Child) -> String {
    let until = Instant::now() + ANSWERS_WITHIN;
    let mut number = holder.id().to_string();
    // `sudo`, if it is there, `unshare`, and then the one in question, which waits.
    while Instant::now() < until {
        let children = fs::read_to_string(format!("/proc/{number}/task/{number}/children"));
        match children.unwrap_or_default().split_whitespace().next() {
            Some(child) if name(child) == "cat" => return number,
            Some(child) => child.clone_into(&mut number),
            None => number = holder.id().to_string(),
        }
    }
    panic!("the namespaces' first process is not there")
}

fn name(process: &str) -> String {
    let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    name.trim().to_owned()
}

fn root_words() -> Vec<String> {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    if id.stdout == b"0\n" {
        Vec::new()
    } else {
        vec!["sudo".to_owned(), "-n".to_owned()]
    }
}

/// A program, run by root.
fn as_root(program: &str) -> Command {
    let mut words = root_words().into_iter().chain([program.to_owned()]);
    let mut command = Command::new(words.next().expect("one at least"));
    command.args(words).env("PATH", path_of_root());
    command
}

/// With the folders of root's programs, which a user's path may lack.
fn path_of_root() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{path}:/usr/sbin:/sbin")
}
