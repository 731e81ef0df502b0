//! Starts the engine, and waits until it answers.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::process::as_root;
use crate::cli::{CliError, Context};
use crate::diagnostic::Diagnostic;
use crate::engine::connect::{ConnectError, connect};
use crate::engine::{EngineError, Unreachable};
use crate::ui::Waiting;

/// How long an engine may take to answer.
const LIMIT: Duration = Duration::from_mins(1);
/// How often it is asked.
const PAUSE: Duration = Duration::from_millis(100);
/// So many lines of the log are shown where it does not start.
const SHOWN: usize = 15;

/// Starts it with a command, which may end when the engine has started or be the engine itself.
pub(super) async fn start(
    context: &Context,
    command: &[String],
    root: bool,
) -> Result<(), CliError> {
    let words = if root {
        as_root(command).await?
    } else {
        command.to_vec()
    };
    let typed = shell_words::join(&words);
    let log = log_file(context);
    let failed = |reason: &str| {
        CliError::failed(
            Diagnostic::error(format!("the engine did not start: `{typed}` {reason}"))
                .evidence("log", tail(&log))
                .note(format!("the whole log: {}", log.display())),
        )
    };
    let output = context.output();
    output.say(&format!("running: {typed}   (log: {})", log.display()));
    let mut child =
        spawn(&words, &log).map_err(|error| failed(&format!("cannot be run: {error}")))?;
    let waiting = Waiting::new(output);
    waiting.on("waiting until the engine answers");
    let deadline = Instant::now() + LIMIT;
    let mut ended: Option<ExitStatus> = None;
    loop {
        if answers(context).await {
            drop(waiting);
            output.say("the engine answers");
            return Ok(());
        }
        if ended.is_none() {
            ended = child.try_wait().unwrap_or_default();
        }
        if let Some(status) = ended.filter(|status| !status.success()) {
            return Err(failed(&format!("ended ({status})")));
        }
        if Instant::now() >= deadline {
            return Err(failed(&format!(
                "brought none that answers within {} s",
                LIMIT.as_secs()
            )));
        }
        sleep(PAUSE).await;
    }
}

/// Whether it does. One that does not let us in has started too.
async fn answers(context: &Context) -> bool {
    match connect(&context.connect_options()).await {
        Ok(_) => true,
        Err(ConnectError::Engine { error, .. }) => matches!(
            error,
            EngineError::Unreachable {
                reason: Unreachable::Permission,
                ..
            }
        ),
        Err(_) => false,
    }
}

/// Starts a program in a session of its own, so that it outlives us and our terminal.
fn spawn(words: &[String], log: &Path) -> io::Result<Child> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = File::create(log)?;
    let with = |words: &mut dyn Iterator<Item = &String>| {
        let mut command = Command::new(words.next().map_or("", String::as_str));
        command
            .args(words)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file.try_clone()?);
        io::Result::Ok(command)
    };
    let setsid = "setsid".to_owned();
    match with(&mut std::iter::once(&setsid).chain(words))?.spawn() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            with(&mut words.iter())?.process_group(0).spawn()
        }
        spawned => spawned,
    }
}

/// Where the engine's own words go.
fn log_file(context: &Context) -> PathBuf {
    let settings = context.settings();
    let state = settings
        .environment
        .get("XDG_STATE_HOME")
        .filter(|folder| !folder.is_empty());
    let folder = match (state, &settings.home) {
        (Some(state), _) => PathBuf::from(state),
        (None, Some(home)) => home.join(".local/state"),
        (None, None) => std::env::temp_dir(),
    };
    folder.join("devstack/engine.log")
}

fn tail(log: &Path) -> Vec<String> {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}
