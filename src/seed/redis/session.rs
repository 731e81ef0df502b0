//! Sending a seed's commands and matching the answers with their lines.

use std::collections::VecDeque;

use bytes::Buf as _;
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use super::command::encode;
use super::reply::{Replies, Reply};
use crate::catalog::{ClientCommand, Family, SeedError};
use crate::engine::{Attached, EngineHandle, ExecSpec, OutputStream};
use crate::seed::apply::Destination;
use crate::seed::failure::SeedProblem;
use crate::seed::progress::FileProgress;
use crate::seed::reader::SeedReader;
use crate::seed::script::{Refusal, last_lines};
use crate::seed::transcript::Transcript;

/// So many commands may be under way. A seed stops at an error, but what is under way then is carried out.
const WINDOW: usize = 4096;
/// So many bytes are gathered before they are sent.
const BATCH: usize = 1 << 16;
/// A line may be so long.
const LONGEST: usize = 32 << 20;
/// What is sent first. The answers before its own belong to the login that the relay makes by itself.
const GREETING: &[u8] = b"devstack";

/// Sends the seed's commands through the relay.
pub(in crate::seed) async fn run(
    engine: &EngineHandle,
    to: &Destination<'_>,
    family: &dyn Family,
    relay: ClientCommand,
    reader: &mut SeedReader,
    progress: &mut FileProgress<'_>,
) -> Result<(), Refusal> {
    let spec = ExecSpec {
        command: relay.command,
        environment: relay.environment,
        stdin: true,
        ..ExecSpec::default()
    };
    let Attached {
        id: _,
        mut input,
        mut output,
    } = engine
        .exec(to.container, &spec)
        .await
        .map_err(SeedProblem::Engine)?;
    let mut session = Session::new();
    let mut words = Transcript::default();
    while session.fill(reader).await? {
        progress.tick(reader);
        tokio::select! {
            // Sending never waits for the answers to be read, nor the other way round.
            written = input.write(session.request.chunk()), if session.request.has_remaining() => match written {
                Ok(length) if length > 0 => session.request.advance(length),
                // The relay is gone; its output ends, too.
                _ => session.request.clear(),
            },
            piece = output.next() => match piece {
                Some(Ok(piece)) if piece.stream == OutputStream::Stdout => session.answered(&piece.bytes)?,
                Some(Ok(piece)) => words.push(&piece.bytes),
                Some(Err(error)) => return Err(SeedProblem::Engine(error).into()),
                None => return Err(session.lost(family, &words.text())),
            },
        }
    }
    progress.now(reader);
    // Every answer is here: that the relay has ended need not be waited for.
    let _ = input.shutdown().await;
    Ok(())
}

/// What is under way.
struct Session {
    request: bytes::BytesMut,
    replies: Replies,
    /// The lines whose answers are not here yet, oldest first.
    waiting: VecDeque<u64>,
    /// The last line read.
    line: u64,
    greeted: bool,
    over: bool,
}

impl Session {
    fn new() -> Self {
        let mut request = bytes::BytesMut::with_capacity(2 * BATCH);
        request
            .extend_from_slice(format!("*2\r\n$4\r\nECHO\r\n${}\r\n", GREETING.len()).as_bytes());
        request.extend_from_slice(GREETING);
        request.extend_from_slice(b"\r\n");
        Self {
            request,
            replies: Replies::default(),
            waiting: VecDeque::with_capacity(WINDOW),
            line: 0,
            greeted: false,
            over: false,
        }
    }

    /// Reads commands while there is room for them; `false` when all are sent and answered.
    async fn fill(&mut self, reader: &mut SeedReader) -> Result<bool, Refusal> {
        // The first commands go out when the login is known to be right.
        if self.greeted && self.request.is_empty() {
            let mut batch = Vec::new();
            let mut text = Vec::new();
            while !self.over && self.waiting.len() < WINDOW && batch.len() < BATCH {
                text.clear();
                self.over = !next_line(reader, &mut text)
                    .await
                    .map_err(|error| refuse(self.line + 1, error))?;
                if self.over {
                    break;
                }
                self.line += 1;
                if encode(&text, &mut batch)
                    .map_err(|error| refuse(self.line, LineError::Wrong(error)))?
                {
                    self.waiting.push_back(self.line);
                }
            }
            self.request.extend_from_slice(&batch);
        }
        Ok(!(self.over && self.request.is_empty() && self.waiting.is_empty()))
    }

    /// Takes answers in; the first error ends the seed.
    fn answered(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let lost = |line, message: String| Refusal::Statement(SeedError::plain(line, message));
        let replies = self
            .replies
            .feed(bytes)
            .map_err(|error| lost(self.waiting.front().copied(), error))?;
        for reply in replies {
            if !self.greeted {
                match reply {
                    Reply::Error(message) => return Err(lost(None, message)),
                    reply => self.greeted = reply == Reply::Text(GREETING.to_vec()),
                }
                continue;
            }
            let line = self.waiting.pop_front();
            if let Reply::Error(message) = reply {
                return Err(lost(line, message));
            }
        }
        Ok(())
    }

    /// The relay ended before everything was answered.
    fn lost(&self, family: &dyn Family, words: &str) -> Refusal {
        match family.seed_error(words) {
            Some(error) => Refusal::Statement(error),
            None if self.greeted => Refusal::Statement(SeedError::plain(
                self.waiting.front().copied(),
                "the server closed the connection",
            )),
            None => SeedProblem::Ended {
                code: None,
                output: last_lines(words),
            }
            .into(),
        }
    }
}

/// A line that cannot be sent.
fn refuse(line: u64, error: LineError) -> Refusal {
    match error {
        LineError::File(why) => SeedProblem::File(why).into(),
        LineError::Wrong(why) => Refusal::Statement(SeedError::plain(Some(line), why)),
    }
}

/// Why a line cannot be read.
enum LineError {
    File(String),
    Wrong(String),
}

/// Reads the next line, without its line break; `false` at the end.
async fn next_line(reader: &mut SeedReader, line: &mut Vec<u8>) -> Result<bool, LineError> {
    loop {
        let piece = reader
            .piece()
            .await
            .map_err(|error| LineError::File(error.to_string()))?;
        if piece.is_empty() {
            return Ok(!line.is_empty());
        }
        let end = piece.iter().position(|&byte| byte == b'\n');
        line.extend_from_slice(&piece[..end.unwrap_or(piece.len())]);
        if line.len() > LONGEST {
            return Err(LineError::Wrong(format!(
                "the line is longer than {} MiB",
                LONGEST >> 20
            )));
        }
        let used = end.map_or(piece.len(), |end| end + 1);
        reader.used(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}
