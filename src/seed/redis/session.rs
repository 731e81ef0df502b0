//! Sending commands and matching the answers with what each was about.

use std::collections::VecDeque;

use bytes::Buf as _;
use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use super::reply::{Replies, Reply};
use crate::catalog::SeedError;
use crate::engine::{Attached, EngineHandle, ExecSpec, OutputStream};
use crate::seed::apply::Destination;
use crate::seed::failure::SeedProblem;
use crate::seed::progress::FileProgress;
use crate::seed::script::{Client, Refusal, last_lines};
use crate::seed::transcript::Transcript;

/// So many commands may be under way. A seed stops at an error, but what is under way then is carried out.
const WINDOW: usize = 4096;
/// So many bytes are gathered before they are sent.
const BATCH: usize = 1 << 16;
/// What is sent first. The answers before its own belong to the login that the relay makes by itself.
const GREETING: &[u8] = b"devstack";

/// Where commands come from.
pub(super) trait Commands: Send {
    /// What an error in a command is about.
    type Subject: Clone + Send;

    /// Appends the next command to `request` and says what it is about; nothing at the end.
    fn next(
        &mut self,
        request: &mut Vec<u8>,
    ) -> impl Future<Output = Result<Option<Self::Subject>, Refusal>> + Send;

    /// The error that the server gave for a command, with what that was about.
    fn explain(&self, subject: Option<Self::Subject>, message: String) -> SeedError;

    /// How many bytes of the seed are read, and of how many.
    fn position(&self) -> (u64, u64);
}

/// Sends commands through the relay.
pub(super) async fn run<C: Commands>(
    engine: &EngineHandle,
    to: &Destination<'_>,
    relay: Client,
    commands: &mut C,
    progress: &mut FileProgress<'_>,
) -> Result<(), Refusal> {
    let spec = ExecSpec {
        command: relay.command.command,
        environment: relay.command.environment,
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
    let mut session = Session::new(commands);
    let mut words = Transcript::default();
    while session.fill().await? {
        progress.tick(session.commands.position());
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
                None => return Err(session.lost(relay.error, &words.text())),
            },
        }
    }
    progress.now(session.commands.position());
    // Every answer is here: that the relay has ended need not be waited for.
    let _ = input.shutdown().await;
    Ok(())
}

/// What is under way.
struct Session<'a, C: Commands> {
    commands: &'a mut C,
    request: bytes::BytesMut,
    replies: Replies,
    /// What the commands are about whose answers are not here yet, oldest first.
    waiting: VecDeque<C::Subject>,
    greeted: bool,
    over: bool,
}

impl<'a, C: Commands> Session<'a, C> {
    fn new(commands: &'a mut C) -> Self {
        let mut request = bytes::BytesMut::with_capacity(2 * BATCH);
        request
            .extend_from_slice(format!("*2\r\n$4\r\nECHO\r\n${}\r\n", GREETING.len()).as_bytes());
        request.extend_from_slice(GREETING);
        request.extend_from_slice(b"\r\n");
        Self {
            commands,
            request,
            replies: Replies::default(),
            waiting: VecDeque::with_capacity(WINDOW),
            greeted: false,
            over: false,
        }
    }

    /// Reads commands while there is room for them; `false` when all are sent and answered.
    async fn fill(&mut self) -> Result<bool, Refusal> {
        // The first commands go out when the login is known to be right.
        if self.greeted && self.request.is_empty() {
            let mut batch = Vec::new();
            while !self.over && self.waiting.len() < WINDOW && batch.len() < BATCH {
                match self.commands.next(&mut batch).await? {
                    Some(subject) => self.waiting.push_back(subject),
                    None => self.over = true,
                }
            }
            self.request.extend_from_slice(&batch);
        }
        Ok(!(self.over && self.request.is_empty() && self.waiting.is_empty()))
    }

    /// Takes answers in; the first error ends the seed.
    fn answered(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let replies = match self.replies.feed(bytes) {
            Ok(replies) => replies,
            Err(error) => return Err(self.refused(error)),
        };
        for reply in replies {
            if !self.greeted {
                match reply {
                    Reply::Error(message) => {
                        return Err(Refusal::Statement(SeedError::plain(None, message)));
                    }
                    reply => self.greeted = reply == Reply::Text(GREETING.to_vec()),
                }
                continue;
            }
            if let Reply::Error(message) = reply {
                return Err(self.refused(message));
            }
            self.waiting.pop_front();
        }
        Ok(())
    }

    /// The oldest command under way is not accepted.
    fn refused(&self, message: String) -> Refusal {
        let subject = self.waiting.front().cloned();
        Refusal::Statement(self.commands.explain(subject, message))
    }

    /// The relay ended before everything was answered.
    fn lost(&self, error: fn(&str) -> Option<SeedError>, words: &str) -> Refusal {
        match error(words) {
            Some(error) => Refusal::Statement(error),
            None if self.greeted => self.refused("the server closed the connection".to_owned()),
            None => SeedProblem::Ended {
                code: None,
                output: last_lines(words),
            }
            .into(),
        }
    }
}
