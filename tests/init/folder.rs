//! A copy of a project, and devstack run in it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A copy of a project in a folder of its own, and a name for its stack that no other has.
pub(crate) struct Folder {
    folder: TempDir,
    name: String,
}

impl Folder {
    /// A copy of a project of `tests/init/projects`.
    pub(crate) fn of(project: &str) -> Self {
        let folder = Self::empty();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/init/projects");
        copy(&from.join(project), folder.path());
        folder
    }

    /// A folder without anything.
    pub(crate) fn empty() -> Self {
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            name: format!("dsti{}x{number}", std::process::id()),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The name for its stack.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The text of a file.
    pub(crate) fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// Writes a file.
    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).expect("the folder can be written");
    }

    /// Every file and folder, sorted.
    pub(crate) fn content(&self) -> Vec<String> {
        fn walk(top: &Path, folder: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(folder).expect("it can be listed") {
                let path = entry.expect("it can be listed").path();
                let own = path.strip_prefix(top).expect("it is below");
                found.push(own.display().to_string());
                if path.is_dir() {
                    walk(top, &path, found);
                }
            }
        }
        let mut found = Vec::new();
        walk(self.path(), self.path(), &mut found);
        found.sort();
        found
    }

    /// The environment of devstack.
    pub(crate) fn environment() -> Vec<(&'static str, OsString)> {
        let mirror = std::env::var_os("DEVSTACK_REGISTRY_MIRROR")
            .unwrap_or_else(|| OsString::from("127.0.0.1:5055"));
        let own = ["PATH", "HOME", "DOCKER_HOST", "XDG_RUNTIME_DIR"];
        let mut environment: Vec<(&str, OsString)> = own
            .into_iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?)))
            .collect();
        environment.extend([
            ("DEVSTACK_REGISTRY_MIRROR", mirror),
            ("LANG", OsString::from("C.UTF-8")),
            ("TERM", OsString::from("xterm")),
            ("NO_COLOR", OsString::from("1")),
        ]);
        environment
    }

    /// Runs devstack without a terminal; returns exit code, standard output, standard error.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_devstack"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(Self::environment())
            .stdin(Stdio::null())
            .output()
            .expect("devstack runs");
        (
            output.status.code().expect("it was not killed"),
            String::from_utf8(output.stdout).expect("UTF-8"),
            String::from_utf8(output.stderr).expect("UTF-8"),
        )
    }

    /// Runs devstack, which must succeed; returns standard output.
    #[track_caller]
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}:\n{stdout}\n{stderr}");
        stdout
    }

    /// Runs a command in the container of a service; it must succeed.
    #[track_caller]
    pub(crate) fn inside(&self, service: &str, command: &[&str]) -> String {
        let container = format!("{}-{service}-1", self.name);
        let mut arguments = vec!["exec", container.as_str()];
        arguments.extend(command);
        docker(&arguments)
    }

    /// What the application answers on its port.
    #[track_caller]
    pub(crate) fn get(&self, service: &str, port: u16, path: &str) -> String {
        use std::io::{Read as _, Write as _};
        let container = format!("{}-{service}-1", self.name);
        let published = docker(&["port", &container, &port.to_string()]);
        let address = published.lines().next().expect("it is published");
        let mut stream = std::net::TcpStream::connect(address).expect("it listens");
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let label = format!("label=com.docker.compose.project={}", self.name);
        let containers = try_docker(&["ps", "-aq", "--filter", &label]);
        let containers: Vec<&str> = containers.split_whitespace().collect();
        if !containers.is_empty() {
            // Many programs wait ten seconds for the kill that follows a stop.
            try_docker(&[&["rm", "-f"], &containers[..]].concat());
        }
        let left = ["volume", "network"].map(|what| {
            let listed = try_docker(&[what, "ls", "-q", "--filter", &label]);
            !listed.trim().is_empty()
        });
        if left.contains(&true) {
            self.run(&["-p", &self.name, "down", "--data", "--yes"]);
        }
    }
}

/// Runs the engine's own command line; it must succeed.
#[track_caller]
fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .output()
        .expect("it runs");
    assert!(
        output.status.success(),
        "docker {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn try_docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output();
    output.map_or(String::new(), |output| {
        String::from_utf8_lossy(&output.stdout).into_owned()
    })
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("the project is there") {
        let entry = entry.expect("it can be listed");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("it can be made");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("it can be copied");
        }
    }
}
