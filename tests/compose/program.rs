//! The two programs: Docker Compose as a process, devstack's loader in this one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use devstack::stack::{LoadOptions, config_hashes, load, with_names_of_go};
use serde_json::Value;

use crate::case::Case;

/// How many Compose processes run at a time.
const AT_A_TIME: usize = 4;

/// What a program says of a project.
pub(crate) enum Verdict {
    /// The resolved model, and `service hash` a line.
    Accepted(Value, String),
    /// Why not.
    Refused(String),
}

/// The program, fetched if it is not there.
pub(crate) fn compose() -> PathBuf {
    let output = Command::new("scripts/compose")
        .stderr(Stdio::inherit())
        .output()
        .expect("scripts/compose runs");
    assert!(output.status.success(), "scripts/compose failed");
    PathBuf::from(String::from_utf8(output.stdout).expect("a path").trim())
}

/// Applies a function to all cases, several at a time.
pub(crate) fn in_parallel<T: Send>(cases: &[Case], of: impl Fn(&Case) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = of(case);
                    results
                        .lock()
                        .expect("no thread panics with it")
                        .push(result);
                }
            });
        }
    });
    results.into_inner().expect("no thread panics with it")
}

/// What Compose says.
pub(crate) fn of_compose(case: &Case, program: &Path) -> Verdict {
    let output = run(case, program, &["config", "--format", "json"]);
    if output.status.success() {
        let model = serde_json::from_slice(&output.stdout).expect("JSON");
        let hashes = run(case, program, &["config", "--hash", "*"]);
        Verdict::Accepted(model, String::from_utf8_lossy(&hashes.stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Verdict::Refused(said.lines().last().unwrap_or_default().to_owned())
    }
}

fn run(case: &Case, program: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    for file in &case.files {
        command.args(["-f", file]);
    }
    for profile in &case.profiles {
        command.args(["--profile", profile]);
    }
    command
        .args(arguments)
        .current_dir(&case.folder)
        .env_clear()
        .env("HOME", &case.folder)
        // It ends before there is anything worth collecting, and half of its time goes there.
        .env("GOGC", "off")
        .envs(case.environment.iter().cloned())
        .stdin(Stdio::null())
        .output()
        .expect("Compose runs")
}

/// What devstack says.
pub(crate) fn of_devstack(case: &Case) -> Verdict {
    let mut environment: Vec<(String, String)> = case.environment.clone();
    environment.push(("HOME".to_owned(), case.folder.display().to_string()));
    let options = LoadOptions {
        directory: case.folder.clone(),
        files: case.files.iter().map(PathBuf::from).collect(),
        profiles: case.profiles.clone(),
        environment: environment.into_iter().collect(),
        home: Some(case.folder.clone()),
        ..LoadOptions::default()
    };
    let loaded = load(&options);
    match loaded.canonical() {
        Some(mut model) => {
            with_names_of_go(&mut model);
            let mut hashes = String::new();
            for (name, hash) in config_hashes(&options) {
                let _ = writeln!(hashes, "{name} {hash}");
            }
            Verdict::Accepted(model, hashes)
        }
        None => Verdict::Refused(
            loaded
                .diagnostics
                .first()
                .map(|problem| problem.message.clone())
                .unwrap_or_default(),
        ),
    }
}
