//! Commands inside the container that tell by their exit code whether the service is ready.
//!
//! One exec serves all probes: a loop in the container's shell runs the command whenever it reads a line, and says how
//! it ended. The pace stays here, the loop ends by itself when its input is closed (also when devstack is killed),
//! and no probe costs the engine a new exec. An image without a shell gets one exec a probe.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout};

use super::answer::{Answers, lines};
use super::crowd::Seat;
use super::pace::Pace;
use crate::catalog::ClientCommand;
use crate::engine::{Attached, EngineError, EngineHandle, ExecSpec};

/// How long one probe may take if nobody says otherwise, as Compose has it.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);
/// What is added to a probe's time before we stop listening, so that the loop's own limit comes first.
const GRACE: Duration = Duration::from_secs(1);
/// So much of a probe's output is kept.
const KEPT: usize = 4096;
/// So many lines of a probe's output are shown.
const SHOWN: usize = 10;

/// The loop: `$0` marks the end of an answer, `$1` is the limit in seconds, the rest is the command.
const LOOP: &str = r#"limit=$1; shift
if timeout "$limit" true 2>/dev/null; then set -- timeout "$limit" "$@"; fi
while read -r go; do "$@" </dev/null 2>&1; printf '\n%s %s\n' "$0" "$?"; done"#;

/// How a probe ended.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// It held.
    Passed,
    /// It did not, and this is what was printed.
    Failed(String),
    /// The image has no shell for the loop.
    NoShell,
}

/// A command that is run again and again in one container.
pub(super) struct Prober<'a> {
    engine: &'a EngineHandle,
    container: &'a str,
    command: ClientCommand,
    limit: Duration,
    has_shell: bool,
    session: Option<Session>,
}

/// The running loop.
struct Session {
    attached: Attached,
    marker: String,
    unread: Vec<u8>,
}

impl<'a> Prober<'a> {
    /// Probes with this command, each probe limited to `limit`.
    pub(super) fn new(
        engine: &'a EngineHandle,
        container: &'a str,
        command: ClientCommand,
        limit: Duration,
    ) -> Self {
        Self {
            engine,
            container,
            command,
            limit,
            has_shell: true,
            session: None,
        }
    }

    /// Probes until it holds.
    pub(super) async fn hold(mut self, seat: Seat, answers: &Answers) -> Result<(), EngineError> {
        let pace = Pace::new();
        loop {
            let began = Instant::now();
            match self.once().await {
                Ok(Outcome::Passed) => {
                    self.close().await;
                    return Ok(());
                }
                Ok(Outcome::NoShell) => {
                    self.has_shell = false;
                    self.session = None;
                    continue;
                }
                Ok(Outcome::Failed(text)) => answers.send(text),
                Err(error @ EngineError::Unreachable { .. }) => return Err(error),
                // A container that is being restarted takes no commands for a moment; whether it lives is
                // somebody else's business.
                Err(error) => {
                    self.session = None;
                    answers.send(error.to_string());
                }
            }
            pace.pause_at_least(seat.pause_after(began.elapsed())).await;
        }
    }

    async fn once(&mut self) -> Result<Outcome, EngineError> {
        let probed = timeout(self.limit + GRACE, async {
            if self.has_shell {
                self.ask().await
            } else {
                self.run().await
            }
        });
        if let Ok(outcome) = probed.await {
            return outcome;
        }
        // The command hangs where nothing can end it. It loses its input, and the next probe starts afresh.
        self.session = None;
        Ok(Outcome::Failed(format!(
            "no answer within {} s",
            self.limit.as_secs_f64()
        )))
    }

    /// One probe through the loop.
    async fn ask(&mut self) -> Result<Outcome, EngineError> {
        let opened = match self.session.take() {
            Some(session) => Some(session),
            None => self.open().await?,
        };
        let Some(mut session) = opened else {
            return Ok(Outcome::NoShell);
        };
        // An error here means that the loop is over; what it said is told by its output.
        let _ = session.attached.input.write_all(b"\n").await;
        let _ = session.attached.input.flush().await;
        loop {
            if let Some((code, output)) = session.answer() {
                self.session = Some(session);
                return Ok(outcome(code, &output));
            }
            match session.attached.output.next().await {
                Some(output) => session.keep(&output?.bytes),
                None => break,
            }
        }
        let code = self.engine.exec_exit_code(&session.attached.id).await?;
        Ok(match code {
            Some(126 | 127) => Outcome::NoShell,
            _ => outcome(code.unwrap_or(1).max(1), &session.unread),
        })
    }

    /// Starts the loop; `None` if there is no shell for it.
    async fn open(&mut self) -> Result<Option<Session>, EngineError> {
        let marker = format!(
            "devstack-{:016x}",
            RandomState::new().build_hasher().finish()
        );
        let limit = self.limit.as_secs_f64().ceil().max(1.0);
        let mut command: Vec<String> = ["/bin/sh", "-c", LOOP].map(str::to_owned).into();
        command.push(marker.clone());
        command.push(limit.to_string());
        command.extend(self.command.command.iter().cloned());
        match self.exec(command, true).await {
            Ok(attached) => Ok(Some(Session {
                attached,
                marker,
                unread: Vec::new(),
            })),
            // Some engines refuse the start of a missing program instead of ending it with 126 or 127.
            Err(error) if is_missing_program(&error.to_string()) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One probe as an exec of its own.
    async fn run(&mut self) -> Result<Outcome, EngineError> {
        let mut attached = self.exec(self.command.command.clone(), false).await?;
        let mut output = Vec::new();
        while let Some(piece) = attached.output.next().await {
            output.extend_from_slice(&piece?.bytes);
            trim_front(&mut output);
        }
        let code = self.engine.exec_exit_code(&attached.id).await?;
        Ok(outcome(code.unwrap_or(1), &output))
    }

    fn exec(
        &self,
        command: Vec<String>,
        stdin: bool,
    ) -> impl Future<Output = Result<Attached, EngineError>> + Send + use<'a> {
        let spec = ExecSpec {
            command,
            environment: self.command.environment.clone(),
            stdin,
            ..ExecSpec::default()
        };
        let (engine, container) = (self.engine, self.container);
        async move { engine.exec(container, &spec).await }
    }

    /// Ends the loop and sees it end, so that no process is left behind.
    async fn close(&mut self) {
        if let Some(mut session) = self.session.take() {
            let _ = session.attached.input.shutdown().await;
            let drained = async { while session.attached.output.next().await.is_some() {} };
            let _ = timeout(GRACE, drained).await;
        }
    }
}

impl Session {
    /// Takes a piece of output in.
    fn keep(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        trim_front(&mut self.unread);
    }

    /// The answer that is complete by now, if one is: exit code and output.
    fn answer(&mut self) -> Option<(i64, Vec<u8>)> {
        let start = find(&self.unread, format!("\n{} ", self.marker).as_bytes())?;
        let number = start + self.marker.len() + 2;
        let length = self.unread[number..]
            .iter()
            .position(|&byte| byte == b'\n')?;
        let code = std::str::from_utf8(&self.unread[number..number + length])
            .ok()?
            .parse()
            .ok()?;
        let output = self.unread[..start].to_vec();
        self.unread.drain(..=number + length);
        Some((code, output))
    }
}

fn outcome(code: i64, output: &[u8]) -> Outcome {
    if code == 0 {
        return Outcome::Passed;
    }
    let lines = lines(output);
    let shown = &lines[lines.len().saturating_sub(SHOWN)..];
    Outcome::Failed(match (shown.is_empty(), code) {
        (false, _) => shown.join("\n"),
        // What `timeout` ends with when it had to end the command.
        (true, 124 | 143) => "no answer in time".to_owned(),
        (true, code) => format!("exit code {code}"),
    })
}

/// Whether an engine's words say that a program is not in the image.
fn is_missing_program(message: &str) -> bool {
    message.contains("executable file not found") || message.contains("no such file or directory")
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// Keeps the last [`KEPT`] bytes, once there are twice as many.
fn trim_front(bytes: &mut Vec<u8>) {
    if bytes.len() > 2 * KEPT {
        bytes.drain(..bytes.len() - KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_end_of_the_output_or_the_exit_code() {
        assert_eq!(outcome(0, b"whatever"), Outcome::Passed);
        assert_eq!(
            outcome(3, b" \n"),
            Outcome::Failed("exit code 3".to_owned())
        );
        let many: String = (0..30).fold(String::new(), |text, number| {
            format!("{text}line {number}\n")
        });
        let Outcome::Failed(text) = outcome(1, many.as_bytes()) else {
            unreachable!("a failed probe never passes")
        };
        assert_eq!(text.lines().count(), SHOWN);
        assert!(text.ends_with("line 29"));
    }

    #[test]
    fn knows_a_missing_program_in_an_engines_words() {
        assert!(is_missing_program(
            "OCI runtime exec failed: exec failed: unable to start container process: exec: \"/bin/sh\": \
             stat /bin/sh: no such file or directory: unknown"
        ));
        assert!(!is_missing_program("container is not running"));
    }
}
