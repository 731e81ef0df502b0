//! Commands of the system that a fix needs, as root.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::cli::{CliError, Context};
use crate::diagnostic::Diagnostic;
use crate::ui::Waiting;

/// So many lines of a failed command's output are shown.
const SHOWN: usize = 15;

/// The words of a command that root is to carry out. A password is asked for here, before anything is drawn over it.
pub(super) async fn as_root(command: &[String]) -> Result<Vec<String>, CliError> {
    if rustix::process::geteuid().is_root() {
        return Ok(command.to_vec());
    }
    let typed = format!("sudo {}", shell_words::join(command));
    let refused = |reason: String| {
        let problem = Diagnostic::error(format!("`sudo` does not make you root: {reason}"));
        CliError::failed(problem.fix(format!("have somebody who may run it: {typed}")))
    };
    let asked = Command::new("sudo").arg("-v").status().await;
    let status = asked.map_err(|error| refused(error.to_string()))?;
    if !status.success() {
        return Err(refused(status.to_string()));
    }
    let sudo = ["sudo", "-n"].map(str::to_owned);
    Ok(sudo.into_iter().chain(command.iter().cloned()).collect())
}

/// Runs a command to its end. What it prints is shown only if it fails.
pub(super) async fn run_as_root(context: &Context, command: &[String]) -> Result<(), CliError> {
    let words = as_root(command).await?;
    let typed = shell_words::join(&words);
    let output = context.output();
    output.say(&format!("running: {typed}"));
    let failed = |reason: String, lines: Vec<String>| {
        CliError::failed(
            Diagnostic::error(format!("`{typed}` {reason}"))
                .evidence("output", lines)
                .fix(format!("run it yourself: {typed}")),
        )
    };
    let Some((program, arguments)) = words.split_first() else {
        return Ok(());
    };
    let child = Command::new(program)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = child.map_err(|error| failed(format!("cannot be run: {error}"), Vec::new()))?;
    let (sender, mut lines) = unbounded_channel();
    tokio::spawn(pass_on(child.stdout.take(), sender.clone()));
    tokio::spawn(pass_on(child.stderr.take(), sender));
    let waiting = Waiting::new(output);
    waiting.on(program);
    let mut last: Vec<String> = Vec::new();
    while let Some(line) = lines.recv().await {
        waiting.on(&line);
        if last.len() == SHOWN {
            last.remove(0);
        }
        last.push(line);
    }
    drop(waiting);
    let status = child
        .wait()
        .await
        .map_err(|error| failed(format!("was lost: {error}"), Vec::new()))?;
    if status.success() {
        return Ok(());
    }
    Err(failed(format!("failed ({status})"), last))
}

async fn pass_on(stream: Option<impl AsyncRead + Unpin>, lines: UnboundedSender<String>) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream).lines();
    while let Ok(Some(line)) = reader.next_line().await {
        if lines.send(line).is_err() {
            break;
        }
    }
}
