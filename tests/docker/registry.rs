//! A registry of a test's own, with a login, on a free port of this machine.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// The binary of Debian's package `docker-registry`.
const BINARY: &str = "docker-registry";

/// A running registry; it ends with this value.
pub(crate) struct Registry {
    /// `host:port`.
    pub(crate) address: String,
    process: Child,
    _folder: TempDir,
}

impl Registry {
    /// Starts a registry that lets in `user` with `password`, or everybody.
    pub(crate) async fn start(login: Option<(&str, &str)>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let auth = login.map_or_else(String::new, |(user, password)| {
            let file = folder.path().join("htpasswd");
            std::fs::write(&file, htpasswd(user, password)).expect("a password file");
            format!("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", file.display())
        });
        loop {
            let address = free_address();
            let process = spawn(folder.path(), &address, &auth);
            let mut registry = Self {
                address,
                process,
                _folder: TempDir::new().expect("a folder"),
            };
            if registry.answers().await {
                registry._folder = folder;
                return registry;
            }
            // Somebody was faster to take the port.
        }
    }

    /// Waits until it answers; false if it has ended instead.
    async fn answers(&mut self) -> bool {
        loop {
            if tokio::net::TcpStream::connect(&self.address).await.is_ok() {
                return true;
            }
            if self.process.try_wait().expect("its state").is_some() {
                return false;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("its end");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have been killed by the test already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

fn spawn(folder: &Path, address: &str, auth: &str) -> Child {
    let config = format!(
        "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n{auth}",
        folder.join("data").display()
    );
    let file = folder.join("config.yml");
    std::fs::write(&file, config).expect("a configuration");
    Command::new(BINARY)
        .arg("serve")
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the tests need Debian's docker-registry")
}

/// A line for the registry, which wants bcrypt.
fn htpasswd(user: &str, password: &str) -> String {
    let output = Command::new("htpasswd")
        .args(["-nbB", user, password])
        .output()
        .expect("the tests need htpasswd (Debian's apache2-utils)");
    assert!(output.status.success(), "htpasswd failed");
    String::from_utf8(output.stdout).expect("text")
}
