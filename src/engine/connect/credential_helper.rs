//! Credential helpers: programs that keep logins for the Docker command line.
//!
//! The protocol is that of docker-credential-helpers: `docker-credential-NAME get`, the server on standard input, a
//! JSON object with `Username` and `Secret` on standard output.

use std::ffi::OsStr;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::CredentialsError;
use crate::engine::RegistryAuth;

/// What a helper says when it has no such login.
const NOT_FOUND: &str = "credentials not found in native keychain";
/// The user's name that marks an identity token.
const TOKEN: &str = "<token>";
/// No answer is longer than this.
const LONGEST: u64 = 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    secret: String,
}

/// Asks a helper for a server's login; `None` if it has none.
pub(super) async fn ask(
    name: &str,
    server: &str,
    search_path: Option<&OsStr>,
    limit: Duration,
) -> Result<Option<RegistryAuth>, CredentialsError> {
    let program = format!("docker-credential-{name}");
    let failed = |reason: String| CredentialsError::Helper {
        program: program.clone(),
        server: server.to_owned(),
        reason,
    };
    if name.contains(['/', '\0']) {
        return Err(failed("its name makes no sense".to_owned()));
    }
    let mut command = Command::new(&program);
    command
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(path) = search_path {
        command.env("PATH", path);
    }
    let child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => failed("it is not installed".to_owned()),
        _ => failed(format!("it cannot be started: {error}")),
    })?;
    let (success, out, err) = timeout(limit, talk(child, server))
        .await
        .map_err(|_| {
            failed(format!(
                "it did not answer within {} s",
                limit.as_secs_f32()
            ))
        })?
        .map_err(|error| failed(error.to_string()))?;
    if !success {
        let words = [out, err].concat();
        let words = String::from_utf8_lossy(&words);
        if words.contains(NOT_FOUND) {
            return Ok(None);
        }
        return Err(failed(shown(&words)));
    }
    let answer: Answer =
        serde_json::from_slice(&out).map_err(|_| failed("its answer makes no sense".to_owned()))?;
    Ok(Some(if answer.username == TOKEN {
        RegistryAuth {
            username: String::new(),
            password: String::new(),
            identity_token: Some(answer.secret),
        }
    } else {
        RegistryAuth {
            username: answer.username,
            password: answer.secret,
            identity_token: None,
        }
    }))
}

/// Writes the server's name, and reads everything that comes back.
async fn talk(mut child: Child, server: &str) -> io::Result<(bool, Vec<u8>, Vec<u8>)> {
    let input = child.stdin.take();
    let write = async {
        if let Some(mut input) = input {
            // A helper that ends without reading says why in its answer.
            let _ = input.write_all(server.as_bytes()).await;
        }
    };
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let ((), out, err) = tokio::join!(write, read(out), read(err));
    let status = child.wait().await?;
    Ok((status.success(), out?, err?))
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(LONGEST).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// The first line of what a failed helper said; nothing that looks like an answer, which would hold a secret.
fn shown(words: &str) -> String {
    let line = words.lines().map(str::trim).find(|line| !line.is_empty());
    match line {
        Some(line) if !words.contains(['{', '"']) => {
            let line: String = line.chars().filter(|c| !c.is_control()).take(200).collect();
            format!("it failed: {line}")
        }
        _ => "it failed without a reason".to_owned(),
    }
}
