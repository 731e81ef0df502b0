//! Which docker command can drive BuildKit.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// The first version of the docker command that leaves BuildKit to its plugin.
const NEEDS_PLUGIN: u32 = 23;

/// A docker command that can build with BuildKit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Client {
    /// It has the buildx plugin.
    Buildx(PathBuf),
    /// An older one with BuildKit's client built in, which knows nothing of further contexts.
    BuiltIn(PathBuf),
}

impl Client {
    /// The program.
    pub(super) fn program(&self) -> &Path {
        match self {
            Self::Buildx(program) | Self::BuiltIn(program) => program,
        }
    }
}

/// The best of the docker commands in these folders, a `PATH`: one with the plugin before one without.
pub(super) async fn find_client(path: &OsStr) -> Option<Client> {
    let mut built_in = None;
    for program in std::env::split_paths(path).map(|folder| folder.join("docker")) {
        if !program.is_file() {
            continue;
        }
        if said(&program, &["buildx", "version"]).await.is_some() {
            return Some(Client::Buildx(program));
        }
        if built_in.is_none()
            && let Some(words) = said(&program, &["--version"]).await
            && major_version(&words).is_some_and(|major| major < NEEDS_PLUGIN)
        {
            built_in = Some(Client::BuiltIn(program));
        }
    }
    built_in
}

async fn said(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Of `Docker version 20.10.24+dfsg1, build 297e128`.
fn major_version(words: &str) -> Option<u32> {
    let version = words.trim().strip_prefix("Docker version ")?;
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    /// A folder with a docker command of this version, with or without the plugin.
    fn docker(version: &str, plugin: bool) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let buildx = i32::from(!plugin);
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = buildx ]; then exit {buildx}; fi\necho 'Docker version {version}, build x'\n"
        );
        let program = folder.path().join("docker");
        std::fs::write(&program, script).expect("a script");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        folder
    }

    async fn found(folders: &[&TempDir]) -> Option<Client> {
        let path =
            std::env::join_paths(folders.iter().map(|folder| folder.path())).expect("a path");
        find_client(&path).await
    }

    #[tokio::test]
    async fn prefers_the_plugin_and_passes_by_commands_that_cannot() {
        let (old, new, plugin) = (
            docker("20.10.24+dfsg1", false),
            docker("28.2.2", false),
            docker("28.2.2", true),
        );
        let program = |folder: &TempDir| folder.path().join("docker");
        assert_eq!(
            found(&[&new, &old, &plugin]).await,
            Some(Client::Buildx(program(&plugin)))
        );
        assert_eq!(
            found(&[&new, &old]).await,
            Some(Client::BuiltIn(program(&old)))
        );
        assert_eq!(found(&[&new]).await, None);
    }
}
