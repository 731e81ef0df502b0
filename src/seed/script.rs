//! Seeds that the database's own client reads as they are.

use futures_util::StreamExt as _;
use tokio::io::AsyncWriteExt as _;

use super::apply::Destination;
use super::command::exit_code;
use super::failure::SeedProblem;
use super::progress::FileProgress;
use super::reader::SeedReader;
use super::transcript::Transcript;
use crate::catalog::{ClientCommand, Family};
use crate::engine::{Attached, EngineHandle, ExecSpec};

/// So many lines of a client's output are shown when they explain nothing by themselves.
const SHOWN: usize = 20;

/// What came of a seed, if it is not applied.
pub(super) enum Refusal {
    /// The client found an error in it; the place is still to be looked up.
    Statement(crate::catalog::SeedError),
    /// Anything else.
    Problem(SeedProblem),
}

impl From<SeedProblem> for Refusal {
    fn from(problem: SeedProblem) -> Self {
        Self::Problem(problem)
    }
}

/// Streams a seed through the family's client.
pub(super) async fn run(
    engine: &EngineHandle,
    to: &Destination<'_>,
    family: &dyn Family,
    client: ClientCommand,
    reader: &mut SeedReader,
    progress: &mut FileProgress<'_>,
) -> Result<(), Refusal> {
    let spec = ExecSpec {
        command: client.command,
        environment: client.environment,
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
    let mut whole = false;
    {
        let write = async {
            loop {
                let piece = reader
                    .piece()
                    .await
                    .map_err(|error| SeedProblem::File(error.to_string()))?;
                // A client that is gone takes nothing any more; what it printed and its exit code tell why.
                if piece.is_empty() || input.write_all(piece).await.is_err() {
                    break;
                }
                let length = piece.len();
                reader.used(length);
                progress.tick(reader);
            }
            let _ = input.shutdown().await;
            progress.now(reader);
            Ok::<(), SeedProblem>(())
        };
        tokio::pin!(write);
        loop {
            tokio::select! {
                written = &mut write, if !whole => {
                    written?;
                    whole = true;
                }
                piece = output.next() => match piece {
                    Some(Ok(piece)) => transcript.push(&piece.bytes),
                    Some(Err(error)) => return Err(SeedProblem::Engine(error).into()),
                    // A client that ends early would never read the rest.
                    None => break,
                },
            }
        }
    }
    let code = exit_code(engine, &id).await.map_err(SeedProblem::Engine)?;
    if code == Some(0) && whole {
        return Ok(());
    }
    let text = transcript.text();
    match family.seed_error(&text) {
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
