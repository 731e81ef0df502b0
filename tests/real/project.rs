//! A folder with a manifest, a project name that nobody else has, and devstack run in it.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::surroundings::Surroundings;

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A project; dropping it removes its containers, networks, volumes and notes.
pub(crate) struct Project {
    name: String,
    folder: TempDir,
}

/// What a finished devstack left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Checks the exit code; shows everything if it is another.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Checks that standard error says all of this.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "no {part:?} in:\n{}",
                self.stderr
            );
        }
        self
    }

    /// Checks that standard error does not say this.
    #[track_caller]
    pub(crate) fn does_not_say(self, part: &str) -> Self {
        assert!(!self.stderr.contains(part), "{part:?} in:\n{}", self.stderr);
        self
    }
}

impl Project {
    /// A project whose `devstack.yaml` this is.
    pub(crate) fn new(manifest: &str) -> Self {
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("dst{}x{number}", std::process::id());
        let project = Self {
            name,
            folder: tempfile::tempdir().expect("a folder"),
        };
        project.manifest(manifest);
        project
    }

    /// The project's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes `devstack.yaml` anew.
    pub(crate) fn manifest(&self, text: &str) {
        self.file("devstack.yaml", text);
    }

    /// Writes a file.
    pub(crate) fn file(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        path
    }

    /// devstack with these arguments, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let surroundings = Surroundings::now();
        let program = env!("CARGO_BIN_EXE_devstack").to_owned();
        let mut words = surroundings.through.into_iter().chain([program]);
        let mut command = Command::new(words.next().expect("one at least"));
        command.args(words);
        command.current_dir(self.folder.path()).env_clear();
        for name in [
            "PATH",
            "HOME",
            "DOCKER_HOST",
            "XDG_RUNTIME_DIR",
            "DEVSTACK_LAYERS",
        ] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if let Some(engine) = surroundings.engine {
            command.env("DOCKER_HOST", engine);
        }
        if let Some(layers) = surroundings.layers {
            command.env("DEVSTACK_LAYERS", layers);
        }
        command
            .env("DEVSTACK_REGISTRY_MIRROR", mirror())
            .env("TERM", "xterm-256color");
        command
            .args(["-p", &self.name])
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs devstack to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().expect("devstack runs"))
    }

    /// Starts devstack with its output in pipes.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("devstack runs")
    }

    /// `devstack up`, which must succeed.
    #[track_caller]
    pub(crate) fn up(&self) -> Ran {
        self.run(&["up"]).exits(0)
    }

    /// The name of a service's first container.
    pub(crate) fn container(&self, service: &str) -> String {
        format!("{}-{service}-1", self.name)
    }

    /// Runs a command in a service's container and gives what it printed; it must succeed.
    #[track_caller]
    pub(crate) fn inside(&self, service: &str, command: &[&str]) -> String {
        let container = self.container(service);
        let mut arguments = vec!["exec", &container];
        arguments.extend(command);
        docker(&arguments)
    }

    /// The answer of the project's Postgres (`db`) to a query as the application's user.
    #[track_caller]
    pub(crate) fn query(&self, sql: &str) -> String {
        let password = [
            "env",
            "PGPASSWORD=dev",
            "psql",
            "-h",
            "127.0.0.1",
            "-U",
            "shop",
            "-d",
            "shop",
            "-Atc",
            sql,
        ];
        self.inside("db", &password).trim().to_owned()
    }

    /// A field of `docker inspect` of a service's container.
    #[track_caller]
    pub(crate) fn inspect(&self, service: &str, format: &str) -> String {
        docker(&["inspect", "--format", format, &self.container(service)])
            .trim()
            .to_owned()
    }

    /// The names of the project's containers, running or not.
    pub(crate) fn containers(&self) -> Vec<String> {
        self.list(
            &["ps", "-a", "--format", "{{.Names}}"],
            "com.docker.compose.project",
        )
    }

    /// The names of the project's volumes.
    pub(crate) fn volumes(&self) -> Vec<String> {
        self.list(
            &["volume", "ls", "--format", "{{.Name}}"],
            "com.docker.compose.project",
        )
    }

    /// A label of a volume.
    pub(crate) fn label(volume: &str, label: &str) -> String {
        let form = format!("{{{{ index .Labels \"{label}\" }}}}");
        docker(&["volume", "inspect", "--format", &form, volume])
    }

    /// The names of all notes.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.list(
            &["volume", "ls", "--format", "{{.Name}}"],
            "dev.devstack.project",
        )
    }

    /// The names of the project's networks.
    pub(crate) fn networks(&self) -> Vec<String> {
        self.list(
            &["network", "ls", "--format", "{{.Name}}"],
            "com.docker.compose.project",
        )
    }

    fn list(&self, arguments: &[&str], label: &str) -> Vec<String> {
        let filter = format!("label={label}={}", self.name);
        let mut arguments = arguments.to_vec();
        arguments.extend(["--filter", &filter]);
        let mut names: Vec<String> = docker(&arguments).lines().map(str::to_owned).collect();
        names.sort();
        names
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let own = format!("{}.snapshot.", self.name());
        let volumes = try_docker(&["volume", "ls", "--quiet"]).unwrap_or_default();
        for snapshot in volumes.lines().filter(|name| name.starts_with(&own)) {
            let _ = try_docker(&["volume", "rm", snapshot]);
        }
        // Seeded states stay for others, which may stand on them; the project's other layers go.
        self.run(&["down", "--data", "--yes"]);
        for container in self.containers() {
            let _ = try_docker(&["rm", "-f", "-v", &container]);
        }
        for network in self.networks() {
            let _ = try_docker(&["network", "rm", &network]);
        }
        for volume in self.volumes().into_iter().chain(self.notes()) {
            let _ = try_docker(&["volume", "rm", "-f", &volume]);
        }
    }
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

/// Runs the engine's own command line.
pub(crate) fn try_docker(arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("docker");
    if let Some(engine) = Surroundings::now().engine {
        command.env("DOCKER_HOST", engine);
    }
    let output = command
        .args(arguments)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// A plain HTTP GET of a port of this machine: the status line, headers and body.
#[track_caller]
pub(crate) fn get(port: u16, path: &str) -> String {
    use std::io::Write as _;
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("something listens");
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

/// A port that nothing listens on at this moment.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
