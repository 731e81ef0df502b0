//! An ssh tunnel to an engine's socket on another host.

use std::fmt;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::{Instant, sleep, timeout};

use super::address::SshAddress;
use super::{ConnectError, ConnectOptions};

/// How long ssh may take to connect; it gives up itself before that.
const LIMIT: Duration = Duration::from_secs(45);
/// The same, as told to ssh.
const SSH_LIMIT: &str = "ConnectTimeout=30";
/// How often the socket is looked for.
const PAUSE: Duration = Duration::from_millis(20);
/// Where its socket lies if the user has no folder for such things.
const SHARED: &str = "/tmp";
/// How much of ssh's words is kept.
const WORDS: u64 = 4096;

/// A running ssh; dropped, it ends, and its socket goes.
pub(super) struct Tunnel {
    socket: PathBuf,
    _ssh: Child,
    _folder: Folder,
}

impl Tunnel {
    /// Starts ssh and waits until its socket answers.
    pub(super) async fn open(
        address: &SshAddress,
        options: &ConnectOptions,
    ) -> Result<Self, ConnectError> {
        let failed = |reason: String, fix| ConnectError::Tunnel {
            address: address.to_string(),
            reason,
            fix,
        };
        let folder = Folder::make(options.runtime_dir.as_deref())
            .map_err(|error| failed(format!("no folder for its socket: {error}"), None))?;
        let socket = folder.0.join("docker.sock");
        let mut command = command(address, &socket);
        if let Some(path) = &options.search_path {
            command.env("PATH", path);
        }
        let mut ssh = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed(
                "there is no program `ssh`".to_owned(),
                Some("sudo apt-get install openssh-client"),
            ),
            _ => failed(format!("`ssh` cannot be started: {error}"), None),
        })?;
        let words = ssh.stderr.take();
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Ok(Some(_)) = ssh.try_wait() {
                let words = last_words(words).await;
                let fix = advice(&words);
                return Err(failed(words, fix));
            }
            if UnixStream::connect(&socket).await.is_ok() {
                return Ok(Self {
                    socket,
                    _ssh: ssh,
                    _folder: folder,
                });
            }
            if Instant::now() >= deadline {
                let reason = format!("ssh took longer than {} s", LIMIT.as_secs());
                return Err(failed(reason, None));
            }
            sleep(PAUSE).await;
        }
    }

    /// Our end of it.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }
}

/// ssh without a terminal, in a process group of its own: Ctrl-C must reach devstack, which still has to talk to the
/// engine, and not the tunnel. It could not ask for a password so, hence `BatchMode`.
fn command(address: &SshAddress, socket: &Path) -> Command {
    let mut command = Command::new("ssh");
    command.arg("-nNT");
    for option in [
        "BatchMode=yes",
        "ExitOnForwardFailure=yes",
        "ServerAliveInterval=15",
        SSH_LIMIT,
    ] {
        command.arg("-o").arg(option);
    }
    if let Some(user) = &address.user {
        command.arg("-l").arg(user);
    }
    if let Some(port) = address.port {
        command.arg("-p").arg(port.to_string());
    }
    let mut forward = socket.as_os_str().to_owned();
    forward.push(":");
    forward.push(&address.socket);
    command.arg("-L").arg(forward).arg("--").arg(&address.host);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    command
}

/// What ssh said at last, in one line.
async fn last_words(stderr: Option<ChildStderr>) -> String {
    let mut text = Vec::new();
    if let Some(stderr) = stderr {
        // A child of ssh may hold the pipe open after ssh has ended.
        let read = stderr.take(WORDS);
        tokio::pin!(read);
        let _ = timeout(Duration::from_millis(200), read.read_to_end(&mut text)).await;
    }
    String::from_utf8_lossy(&text)
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())
        .map_or_else(
            || "ssh ended without a word".to_owned(),
            |line| line.chars().filter(|c| !c.is_control()).collect(),
        )
}

/// What may help against what ssh said.
fn advice(words: &str) -> Option<&'static str> {
    if words.contains("Permission denied") {
        Some("load your key with `ssh-add`: ssh cannot ask for a password here")
    } else if words.contains("Host key verification failed") {
        Some("log in once with `ssh`, and check the host's key")
    } else {
        None
    }
}

/// A folder that only this user may enter; it goes with the tunnel.
struct Folder(PathBuf);

impl Folder {
    fn make(runtime_dir: Option<&Path>) -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);

        let parent = runtime_dir.unwrap_or_else(|| Path::new(SHARED));
        // A folder of that name that is there already belongs to somebody else.
        for _ in 0..100 {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!("devstack-ssh-{}-{number}", std::process::id()));
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nobody is left to be told if this fails.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl fmt::Display for SshAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ssh://")?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;

    use super::*;

    /// A folder with a program `ssh` in it, written by another process so that no fork holds it open.
    fn with_ssh(script: &str) -> (tempfile::TempDir, ConnectOptions) {
        let folder = tempfile::tempdir().expect("a folder");
        let (text, program) = (folder.path().join("text"), folder.path().join("ssh"));
        fs::write(&text, format!("#!/bin/sh\n{script}\n")).expect("a file");
        let status = std::process::Command::new("install")
            .arg("-m755")
            .args([&text, &program])
            .status()
            .expect("runs");
        assert!(status.success());
        let mut path = OsString::from(folder.path());
        path.push(":/usr/bin:/bin");
        let options = ConnectOptions {
            runtime_dir: Some(folder.path().to_owned()),
            search_path: Some(path),
            ..ConnectOptions::default()
        };
        (folder, options)
    }

    fn address(socket: &str) -> SshAddress {
        SshAddress {
            user: Some("ada".to_owned()),
            host: "build.example.com".to_owned(),
            port: Some(2222),
            socket: socket.to_owned(),
        }
    }

    #[tokio::test]
    async fn forwards_to_the_far_socket_and_ends_with_the_guard() {
        // Stands for a remote host that is this one: the forwarded socket is a link to the far one.
        let (folder, options) = with_ssh(
            r#"echo "$@" > "$(dirname "$0")/arguments"
            while [ "$1" != -L ]; do shift; done
            echo $$ > "$(dirname "$0")/pid"
            ln -s "${2#*:}" "${2%%:*}"
            exec sleep 600"#,
        );
        let far = folder.path().join("far.sock");
        let _engine = std::os::unix::net::UnixListener::bind(&far).expect("a socket");
        let tunnel = Tunnel::open(&address(&far.to_string_lossy()), &options)
            .await
            .expect("opens");
        let arguments = fs::read_to_string(folder.path().join("arguments")).expect("was run");
        assert!(arguments.starts_with("-nNT "), "{arguments}");
        assert!(
            arguments.trim().ends_with("-- build.example.com"),
            "{arguments}"
        );
        assert!(arguments.contains("-l ada -p 2222"), "{arguments}");
        let socket = tunnel.socket().to_owned();
        UnixStream::connect(&socket).await.expect("answers");
        let pid = fs::read_to_string(folder.path().join("pid")).expect("was run");
        drop(tunnel);
        assert!(!socket.exists());
        // The process is reaped by the runtime a moment after it was killed.
        let process = PathBuf::from(format!("/proc/{}", pid.trim()));
        timeout(Duration::from_secs(10), async {
            while process.exists() {
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("ssh ends");
    }

    #[tokio::test]
    async fn tells_what_ssh_said_and_what_may_help() {
        let (_folder, options) =
            with_ssh("echo 'ada@build.example.com: Permission denied (publickey).' >&2; exit 255");
        let error = Tunnel::open(&address("/var/run/docker.sock"), &options)
            .await
            .err()
            .expect("is refused");
        assert_eq!(
            error.to_string(),
            "no ssh tunnel to `ssh://ada@build.example.com:2222`: ada@build.example.com: Permission denied (publickey)."
        );
        assert!(error.diagnostic().fix.expect("a fix").contains("ssh-add"));
    }

    #[tokio::test]
    async fn says_when_there_is_no_ssh() {
        let (folder, mut options) = with_ssh("true");
        fs::remove_file(folder.path().join("ssh")).expect("goes");
        options.search_path = Some(folder.path().into());
        let error = Tunnel::open(&address("/x"), &options).await.err();
        let error = error.expect("there is none");
        assert!(error.to_string().ends_with("there is no program `ssh`"));
    }
}
