//! Programs of this machine: found in `PATH`, and of the right version by their own words.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use indexmap::IndexMap;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::{LIMIT, met, unmet};
use crate::doctor::Finding;
use crate::stack::{Required, Tool, Version};

/// How programs are asked for their version, the usual way first.
const QUESTIONS: [&str; 4] = ["--version", "version", "-version", "-V"];
/// How much of an answer is read.
const ANSWER: u64 = 64 * 1024;

pub(super) async fn check(
    required: &Required<Tool>,
    environment: &IndexMap<String, String>,
    directory: &Path,
) -> Finding {
    let Tool { name, version } = &required.what;
    let needed = if version.is_any() {
        "any version".to_owned()
    } else {
        version.to_string()
    };
    let get = required.get.as_deref();
    let missing = |message: String, found: &str| {
        let fix = if version.is_any() {
            format!("install `{name}`, so that it is found in PATH")
        } else {
            format!("install `{name}` {version}")
        };
        unmet(name, message, &required.span, get, fix)
            .found(found)
            .needed(&needed)
    };
    let search = environment.get("PATH").map(String::as_str);
    let Some(program) = find(name, search.unwrap_or_default()) else {
        return missing(format!("`{name}` is not found in PATH"), "nothing");
    };
    if version.is_any() {
        return met(name, program.display().to_string(), needed);
    }
    let ask = ask(&program, environment, directory);
    let Ok(found) = timeout(LIMIT, ask).await else {
        let seconds = LIMIT.as_secs();
        return missing(
            format!("`{name} --version` does not end within {seconds} seconds"),
            "no answer",
        );
    };
    match found {
        Some(found) if version.accepts(&found) => met(name, found.to_string(), needed),
        Some(found) => missing(
            format!("`{name}` has version {found}, not {version}"),
            &found.to_string(),
        ),
        None => missing(
            format!(
                "`{name} --version` tells no version ({})",
                program.display()
            ),
            "no version",
        ),
    }
}

/// The first program of that name that can be run.
fn find(name: &str, search: &str) -> Option<PathBuf> {
    std::env::split_paths(search)
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| folder.join(name))
        .find(|path| {
            path.metadata()
                .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        })
}

/// What it says of its version. It is asked in the manifest's folder: version managers decide by it.
async fn ask(
    program: &Path,
    environment: &IndexMap<String, String>,
    directory: &Path,
) -> Option<Version> {
    for question in QUESTIONS {
        let mut command = Command::new(program);
        command
            .arg(question)
            .env_clear()
            .envs(environment)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let Ok(mut child) = command.spawn() else {
            continue;
        };
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            continue;
        };
        let (mut answer, mut aside) = (Vec::new(), Vec::new());
        let (mut stdout, mut stderr) = (stdout.take(ANSWER), stderr.take(ANSWER));
        let (status, _, _) = tokio::join!(
            child.wait(),
            stdout.read_to_end(&mut answer),
            stderr.read_to_end(&mut aside),
        );
        if !status.is_ok_and(|status| status.success()) {
            continue;
        }
        let found = [answer, aside]
            .iter()
            .find_map(|bytes| Version::find(&String::from_utf8_lossy(bytes)));
        if found.is_some() {
            return found;
        }
    }
    None
}
