//! A folder with Compose files, a project name that nobody else has, and both programs run in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use crate::facts::{Facts, comparable, shown_differences};

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// The images that the stacks use, as `scripts/images` serves them.
const IMAGES: [&str; 4] = ["busybox:1", "redis:8", "nginx:1.26", "postgres:17"];

/// The label of everything that either program makes.
const PROJECT: &str = "com.docker.compose.project";

/// A stack on disk; dropping it removes what was made of it.
pub(crate) struct Stack {
    name: String,
    folder: TempDir,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
}

impl Stack {
    /// A stack whose `compose.yaml` this is.
    pub(crate) fn new(compose: &str) -> Self {
        images();
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let stack = Self {
            name: format!("dsp{}x{number}", std::process::id()),
            folder: tempfile::tempdir().expect("a folder"),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
        };
        stack.file("compose.yaml", compose)
    }

    /// Adds a file.
    pub(crate) fn file(self, path: &str, content: &str) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// Adds arguments that stand before the command.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    /// Sets a variable of the environment of both programs.
    pub(crate) fn variable(mut self, key: &str, value: &str) -> Self {
        self.environment.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Starts the stack with each program in turn; what the engine then holds must be the same.
    #[track_caller]
    pub(crate) fn is_the_same(&self) {
        self.compose(&["up", "-d"]);
        let wanted = self.facts();
        self.clear();
        self.devstack(&["up"]);
        let got = self.facts();
        let differences = shown_differences(&wanted, &got);
        assert!(
            differences.is_empty(),
            "the engine holds something else (- Compose, + devstack):\n{differences}"
        );
        assert!(!wanted.containers.is_empty(), "nothing was started");
    }

    /// Runs Docker Compose; it must succeed. Gives its standard output.
    #[track_caller]
    pub(crate) fn compose(&self, arguments: &[&str]) -> String {
        self.run(compose(), arguments)
    }

    /// Runs devstack; it must succeed. Gives its standard output.
    #[track_caller]
    pub(crate) fn devstack(&self, arguments: &[&str]) -> String {
        self.run(Path::new(env!("CARGO_BIN_EXE_devstack")), arguments)
    }

    #[track_caller]
    fn run(&self, program: &Path, arguments: &[&str]) -> String {
        let output = self
            .command(program, arguments)
            .output()
            .expect("it can be run");
        assert!(
            output.status.success(),
            "{} {}: {}\n{}{}",
            program.display(),
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env_clear();
        for name in ["PATH", "HOME", "DOCKER_HOST", "XDG_RUNTIME_DIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("DEVSTACK_REGISTRY_MIRROR", mirror())
            .envs(&self.environment)
            .args(["-p", &self.name])
            .args(&self.arguments)
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// What the engine holds of the project.
    #[track_caller]
    pub(crate) fn facts(&self) -> Facts {
        comparable(
            &self.inspect(&["ps", "-aq", "--no-trunc"], &["inspect"]),
            &self.inspect(&["network", "ls", "-q"], &["network", "inspect"]),
            &self.inspect(&["volume", "ls", "-q"], &["volume", "inspect"]),
        )
    }

    /// A field of `docker inspect` of a service's first container.
    #[track_caller]
    pub(crate) fn field(&self, service: &str, format: &str) -> String {
        let container = format!("{}-{service}-1", self.name);
        docker(&["inspect", "--format", format, &container])
            .trim()
            .to_owned()
    }

    /// Runs a command in a service's first container and gives what it printed.
    #[track_caller]
    pub(crate) fn inside(&self, service: &str, command: &[&str]) -> String {
        let container = format!("{}-{service}-1", self.name);
        let mut arguments = vec!["exec", &container];
        arguments.extend(command);
        docker(&arguments).trim().to_owned()
    }

    fn inspect(&self, list: &[&str], inspect: &[&str]) -> Vec<Value> {
        let ids = self.list(list);
        if ids.is_empty() {
            return Vec::new();
        }
        let arguments: Vec<&str> = inspect
            .iter()
            .copied()
            .chain(ids.iter().map(String::as_str))
            .collect();
        serde_json::from_str(&docker(&arguments)).expect("the engine answers in JSON")
    }

    fn list(&self, arguments: &[&str]) -> Vec<String> {
        let filter = format!("label={PROJECT}={}", self.name);
        let mut arguments = arguments.to_vec();
        arguments.extend(["--filter", &filter]);
        docker(&arguments).lines().map(str::to_owned).collect()
    }

    /// Removes everything of the project.
    pub(crate) fn clear(&self) {
        let remove = |list: &[&str], remove: &[&str]| {
            let ids = self.list(list);
            if !ids.is_empty() {
                let arguments: Vec<&str> = remove
                    .iter()
                    .copied()
                    .chain(ids.iter().map(String::as_str))
                    .collect();
                docker(&arguments);
            }
        };
        remove(&["ps", "-aq"], &["rm", "-f", "-v"]);
        remove(&["network", "ls", "-q"], &["network", "rm"]);
        remove(&["volume", "ls", "-q"], &["volume", "rm", "-f"]);
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let filter = format!("label={PROJECT}={}", self.name);
        let images = try_docker(&["image", "ls", "-q", "--filter", &filter]).unwrap_or_default();
        if std::thread::panicking() {
            // A second panic would hide the first.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.clear()));
        } else {
            self.clear();
        }
        for image in images.lines() {
            let _ = try_docker(&["image", "rm", "-f", image]);
        }
    }
}

/// The program that `scripts/compose` fetches.
fn compose() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/compose");
        let output = Command::new(script).output().expect("scripts/compose runs");
        assert!(output.status.success(), "scripts/compose failed");
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
    })
}

/// Makes sure that the engine knows the images under the names that the files use: Docker Compose has no mirror.
fn images() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        for image in IMAGES {
            if try_docker(&["image", "inspect", image]).is_err() {
                let reference = format!("{}/library/{image}", mirror());
                docker(&["pull", "-q", &reference]);
                docker(&["tag", &reference, image]);
            }
        }
    });
}

/// The mirror that `scripts/images` fills.
pub(crate) fn mirror() -> String {
    std::env::var("DEVSTACK_REGISTRY_MIRROR").unwrap_or_else(|_| "127.0.0.1:5055".to_owned())
}

/// Runs the engine's own command line; it must succeed.
#[track_caller]
pub(crate) fn docker(arguments: &[&str]) -> String {
    try_docker(arguments).unwrap_or_else(|error| panic!("docker {}: {error}", arguments.join(" ")))
}

fn try_docker(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("docker")
        .args(arguments)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
