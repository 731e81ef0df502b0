//! A folder with a manifest, devstack run in it in surroundings of the test's own, and its report.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tempfile::TempDir;

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// A folder of a project, and what devstack finds around it.
pub(crate) struct Lab {
    pub(crate) name: String,
    folder: TempDir,
    variables: Vec<(String, String)>,
    /// Shell commands that are run first, in mount and network namespaces of their own.
    setup: Option<String>,
    /// Shell commands that are run last there.
    cleanup: String,
    /// How `setpriv` is told of the groups of the user `nobody`, if that one runs devstack.
    nobody: Option<&'static str>,
}

impl Lab {
    /// A folder without a manifest.
    pub(crate) fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let folder = tempfile::tempdir().expect("a folder");
        // Other users run devstack here too.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("allowed");
        Self {
            name: format!("doc{}x{number}", std::process::id()),
            folder,
            variables: vec![("DEVSTACK_REGISTRY_MIRROR".to_owned(), mirror())],
            setup: None,
            cleanup: String::new(),
            nobody: None,
        }
    }

    /// A folder with this manifest.
    pub(crate) fn with(manifest: &str) -> Self {
        let lab = Self::new();
        lab.file("devstack.yaml", manifest);
        lab
    }

    /// Sets a variable.
    pub(crate) fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Runs devstack in namespaces of its own, after these shell commands.
    pub(crate) fn setup(mut self, commands: &str) -> Self {
        self.setup = Some(commands.to_owned());
        self
    }

    /// Runs these shell commands there at the end.
    pub(crate) fn cleanup(mut self, commands: &str) -> Self {
        commands.clone_into(&mut self.cleanup);
        self
    }

    /// Runs devstack as `nobody`, who has no rights to speak of; `groups` is the option of `setpriv` for its groups.
    pub(crate) fn for_nobody(mut self, groups: &'static str) -> Self {
        self.nobody = Some(groups);
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file.
    pub(crate) fn file(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        path
    }

    /// Puts a program first into `PATH` that writes down how it was called, in `calls`.
    pub(crate) fn program(mut self, name: &str) -> Self {
        let calls = self.path().join("calls");
        let script = format!("#!/bin/sh\necho \"{name} $*\" >>{}\n", calls.display());
        let program = self.file(&format!("bin/{name}"), script);
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("allowed");
        let path = std::env::var("PATH").expect("a PATH");
        let path = format!("{}:{path}", self.path().join("bin").display());
        self.variables.push(("PATH".to_owned(), path));
        self
    }

    /// How those programs were called.
    pub(crate) fn calls(&self) -> String {
        fs::read_to_string(self.path().join("calls")).unwrap_or_default()
    }

    /// devstack with these arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let binary = env!("CARGO_BIN_EXE_devstack");
        let copy = self.path().join("devstack");
        let mut words = vec![binary];
        if let Some(groups) = self.nobody {
            // Not everybody may look into the folder where it was built.
            fs::copy(binary, &copy).expect("copied");
            let copy = copy.to_str().expect("a plain path");
            words = vec!["setpriv", "--reuid=65534", "--regid=65534", groups, copy];
        }
        let mut command = match &self.setup {
            None if self.nobody.is_some() => as_root(&words),
            None => Command::new(binary),
            Some(setup) => {
                // What is started there ends there, whatever happens in between.
                let end = &self.cleanup;
                let script = format!(
                    "set -e\nend() {{\n:\n{end}\n}}\ntrap end EXIT\n{setup}\n\"$0\" \"$@\""
                );
                let shell = ["unshare", "--mount", "--net", "--", "sh", "-c", &script];
                as_root(&[&shell, words.as_slice()].concat())
            }
        };
        command.args(["-p", &self.name]).args(arguments);
        self.surround(&mut command);
        if self.nobody.is_some() {
            command.env("HOME", self.path());
        }
        command
    }

    fn surround(&self, command: &mut Command) {
        command
            .current_dir(self.path())
            .env_clear()
            .stdin(Stdio::null());
        for name in ["PATH", "HOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("LANG", "C.UTF-8")
            .env("XDG_STATE_HOME", self.path().join("state"))
            .env("DOCKER_CONFIG", self.path().join("docker"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
    }

    /// Runs `devstack doctor --json` with further arguments.
    #[track_caller]
    pub(crate) fn doctor(&self, arguments: &[&str]) -> Report {
        let mut all = vec!["doctor", "--json"];
        all.extend(arguments);
        Report::of(&self.command(&all).output().expect("devstack runs"))
    }

    /// Runs devstack to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().expect("devstack runs"))
    }
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
}

/// What the doctor found.
pub(crate) struct Report {
    pub(crate) code: i32,
    pub(crate) json: Value,
    pub(crate) stderr: String,
}

impl Report {
    #[track_caller]
    pub(crate) fn of(output: &Output) -> Self {
        let ran = Ran::of(output);
        let json = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{error}:\n{}\n{}", ran.stdout, ran.stderr));
        Self {
            code: ran.code,
            json,
            stderr: ran.stderr,
        }
    }

    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{:#}\n{}", self.json, self.stderr);
        self
    }

    /// The findings of a check.
    pub(crate) fn of_check(&self, check: &str) -> Vec<&Value> {
        let all = self.json["findings"].as_array().expect("findings");
        all.iter()
            .filter(|finding| finding["check"] == check)
            .collect()
    }

    /// Checks that a check came out in this way and says this.
    #[track_caller]
    pub(crate) fn finds(&self, check: &str, state: &str, words: &str) -> &Self {
        let found = self.of_check(check);
        let fits = |finding: &&&Value| {
            let summary = finding["summary"].as_str().unwrap_or_default();
            finding["state"] == state && summary.contains(words)
        };
        assert!(
            found.iter().any(|finding| fits(&finding)),
            "no {state} {check} with {words:?} in {found:#?}\n{}",
            self.stderr
        );
        self
    }

    /// Checks what the fix of a problem of this check is.
    #[track_caller]
    pub(crate) fn fixes(&self, check: &str, words: &str) -> &Self {
        let fixes: Vec<&str> = self
            .of_check(check)
            .iter()
            .filter_map(|finding| finding["problem"]["fix"].as_str())
            .collect();
        assert!(
            fixes.iter().any(|fix| fix.contains(words)),
            "no {words:?} in {fixes:?}"
        );
        self
    }

    /// What was mended, in order.
    pub(crate) fn mended(&self) -> Vec<&str> {
        let all = self.json["mended"].as_array().expect("a list");
        all.iter().filter_map(|mend| mend["do"].as_str()).collect()
    }
}

/// A command that root runs.
pub(crate) fn as_root(words: &[&str]) -> Command {
    let root = Command::new("id")
        .arg("-u")
        .output()
        .expect("id runs")
        .stdout
        == b"0\n";
    let mut command = if root {
        Command::new(words[0])
    } else {
        // The variables of the test have to get through, and a `sudo` of the test's own must not be taken for it.
        let through = "exec /usr/bin/sudo -n -E env \"PATH=$PATH\" \"$@\"";
        let mut sudo = Command::new("sh");
        sudo.args(["-c", through, "sh", words[0]]);
        sudo
    };
    command.args(&words[1..]);
    command
}

/// An address of this machine that is no loopback address: with a registry there the engine is strict.
pub(crate) fn strict_address() -> Ipv4Addr {
    let subnet = docker(&[
        "network",
        "inspect",
        "bridge",
        "--format",
        "{{(index .IPAM.Config 0).Subnet}}",
    ]);
    let first = subnet.split('/').next().and_then(|text| text.parse().ok());
    let first: Ipv4Addr = first.expect("the engine has a bridge");
    // Nothing is sent: the kernel says which of our addresses would be.
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a port");
    let neighbour = Ipv4Addr::from(u32::from(first) + 2);
    socket.connect((neighbour, 9)).expect("the bridge is ours");
    match socket.local_addr().expect("an address").ip() {
        IpAddr::V4(address) => address,
        IpAddr::V6(address) => panic!("{address}"),
    }
}

/// The mirror that `scripts/images` fills.
pub(crate) fn mirror() -> String {
    std::env::var("DEVSTACK_REGISTRY_MIRROR").unwrap_or_else(|_| "127.0.0.1:5055".to_owned())
}

/// A local image with a shell.
pub(crate) fn busybox() -> String {
    let image = format!("{}/library/busybox:1", mirror());
    if try_docker(&["image", "inspect", &image]).is_err() {
        docker(&["pull", "--quiet", &image]);
    }
    image
}

/// Runs the engine's own command line; it must succeed.
#[track_caller]
pub(crate) fn docker(arguments: &[&str]) -> String {
    try_docker(arguments).unwrap_or_else(|error| panic!("docker {}: {error}", arguments.join(" ")))
}

/// Runs the engine's own command line.
pub(crate) fn try_docker(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("docker")
        .args(arguments)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
