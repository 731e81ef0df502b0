//! A folder with a manifest, and the binary run in it with a clean environment.

use std::path::Path;

use assert_cmd::Command;

/// A folder of one test, and how the binary is run there.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// A folder with this manifest.
    pub(crate) fn with(manifest: &str) -> Self {
        let folder = Self::new();
        folder.write("devstack.yaml", manifest);
        folder
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("the folder can be written");
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The binary with these arguments, with nothing of our environment but the way to the engine.
    pub(crate) fn devstack(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("devstack").expect("the binary is built");
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("LANG", "C.UTF-8");
        for name in ["PATH", "DOCKER_HOST"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// Runs the binary; returns exit code, standard output, standard error.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        finish(&mut self.devstack(arguments))
    }
}

/// Runs a command; returns exit code, standard output, standard error.
pub(crate) fn finish(command: &mut Command) -> (i32, String, String) {
    let output = command.output().expect("the binary runs");
    (
        output.status.code().expect("it was not killed"),
        String::from_utf8(output.stdout).expect("UTF-8"),
        String::from_utf8(output.stderr).expect("UTF-8"),
    )
}
