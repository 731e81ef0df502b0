//! Seeds that the database's own client reads as they are.

use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use super::apply::Destination;
use super::command::exit_code;
use super::failure::SeedProblem;
use super::progress::FileProgress;
use super::reader::SeedReader;
use super::transcript::{Lines, Transcript};
use crate::catalog::{ClientCommand, SeedError};
use crate::engine::{Attached, EngineHandle, ExecSpec};

/// So many lines of a client's output are shown when they explain nothing by themselves.
const SHOWN: usize = 20;

/// What came of a seed, if it is not applied.
pub(super) enum Refusal {
    /// The client found an error in it; the place is still to be looked up.
    Statement(SeedError),
    /// Anything else.
    Problem(SeedProblem),
}

impl From<SeedProblem> for Refusal {
    fn from(problem: SeedProblem) -> Self {
        Self::Problem(problem)
    }
}

/// Where the bytes for a client come from.
pub(super) trait Feed: Send {
    /// The next bytes, none at the end.
    fn piece(&mut self) -> impl Future<Output = Result<&[u8], Refusal>> + Send;
    /// So many bytes of the last piece are used.
    fn used(&mut self, length: usize);
    /// How many bytes of the seed are read, and of how many.
    fn position(&self) -> (u64, u64);
}

impl Feed for SeedReader {
    async fn piece(&mut self) -> Result<&[u8], Refusal> {
        SeedReader::piece(self)
            .await
            .map_err(|error| SeedProblem::File(error.to_string()).into())
    }

    fn used(&mut self, length: usize) {
        SeedReader::used(self, length);
    }

    fn position(&self) -> (u64, u64) {
        SeedReader::position(self)
    }
}

/// The client that takes a seed.
pub(super) struct Client {
    /// What is run.
    pub(super) command: ClientCommand,
    /// The error that stopped it, from what it printed.
    pub(super) error: fn(&str) -> Option<SeedError>,
    /// What a line of its output says of the progress.
    pub(super) narrate: Option<fn(&str) -> Option<String>>,
}

/// Streams a seed through a client.
pub(super) async fn run(
    engine: &EngineHandle,
    to: &Destination<'_>,
    client: Client,
    feed: &mut impl Feed,
    progress: &mut FileProgress<'_>,
) -> Result<(), Refusal> {
    answer(engine, to, &client, feed, progress).await?;
    Ok(())
}

/// The same, for a client of which it matters what it prints.
pub(super) async fn answer(
    engine: &EngineHandle,
    to: &Destination<'_>,
    client: &Client,
    feed: &mut impl Feed,
    progress: &mut FileProgress<'_>,
) -> Result<String, Refusal> {
    let spec = ExecSpec {
        command: client.command.command.clone(),
        environment: client.command.environment.clone(),
        stdin: true,
        ..ExecSpec::default()
    };
    let Attached {
        id,
        mut input,
        mut output,
    } = engine
        .exec(to.container, &spec)
        .await
        .map_err(SeedProblem::Engine)?;
    let mut transcript = Transcript::default();
    let mut lines = Lines::default();
    let mut whole = false;
    {
        let teller = progress.teller();
        let write = async {
            loop {
                let piece = feed.piece().await?;
                // A client that is gone takes nothing any more; what it printed and its exit code tell why.
                if piece.is_empty() || input.write_all(piece).await.is_err() {
                    break;
                }
                let length = piece.len();
                feed.used(length);
                progress.tick(feed.position());
            }
            let _ = input.shutdown().await;
            progress.now(feed.position());
            Ok::<(), Refusal>(())
        };
        tokio::pin!(write);
        loop {
            tokio::select! {
                written = &mut write, if !whole => {
                    written?;
                    whole = true;
                }
                piece = output.next() => match piece {
                    Some(Ok(piece)) => {
                        transcript.push(&piece.bytes);
                        // While bytes move, they are what is shown.
                        if let Some(narrate) = client.narrate.filter(|_| whole) {
                            lines.push(&piece.bytes, |line| {
                                if let Some(what) = narrate(line) {
                                    teller.say(what);
                                }
                            });
                        }
                    }
                    Some(Err(error)) => return Err(SeedProblem::Engine(error).into()),
                    // A client that ends early would never read the rest.
                    None => break,
                },
            }
        }
    }
    let code = exit_code(engine, &id).await.map_err(SeedProblem::Engine)?;
    let text = transcript.text();
    if code == Some(0) && whole {
        return Ok(text);
    }
    match (client.error)(&text) {
        Some(error) => Err(Refusal::Statement(error)),
        None => Err(SeedProblem::Ended {
            code,
            output: last_lines(&text),
        }
        .into()),
    }
}

/// The last lines of an output.
pub(super) fn last_lines(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(SHOWN)..]
        .iter()
        .map(|line| line.chars().filter(|c| !c.is_control()).collect())
        .collect()
}
