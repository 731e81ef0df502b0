//! Lines in batches, each through a client of its own that prints the service's answer.

use super::apply::Destination;
use super::lines::next_line;
use super::progress::FileProgress;
use super::reader::SeedReader;
use super::script::{Client, Feed, Refusal, answer};
use crate::catalog::{BatchWords, SeedError, Seeding};
use crate::engine::EngineHandle;

/// A batch has so many bytes, or one entry that is longer.
const BATCH: usize = 4 << 20;

/// Sends all lines.
pub(super) async fn run(
    engine: &EngineHandle,
    to: &Destination<'_>,
    client: &Client,
    words: &'static BatchWords,
    seeding: &Seeding<'_>,
    reader: &mut SeedReader,
    progress: &mut FileProgress<'_>,
) -> Result<(), Refusal> {
    let mut line = 0;
    let mut text = Vec::new();
    loop {
        let mut batch = Batch::default();
        while batch.bytes.len() < BATCH {
            text.clear();
            if !next_line(reader, &mut text)
                .await
                .map_err(|error| error.at(line + 1))?
            {
                break;
            }
            line += 1;
            if text.trim_ascii().is_empty() {
                continue;
            }
            batch.entries.push(line);
            let together = (words.together)(&String::from_utf8_lossy(&text));
            batch.add(&text);
            for _ in 1..together {
                text.clear();
                if !next_line(reader, &mut text)
                    .await
                    .map_err(|error| error.at(line + 1))?
                {
                    let message = "the document that belongs to this line is missing";
                    return Err(Refusal::Statement(SeedError::plain(Some(line), message)));
                }
                line += 1;
                batch.add(&text);
            }
        }
        if batch.entries.is_empty() {
            break;
        }
        let entries = std::mem::take(&mut batch.entries);
        batch.position = reader.position();
        let said = answer(engine, to, client, &mut batch, progress).await?;
        if let Some((entry, message)) = (words.refused)(&said) {
            return Err(Refusal::Statement(SeedError::plain(
                entries.get(entry).copied(),
                message,
            )));
        }
    }
    let finish = Client {
        command: (words.finish)(seeding),
        error: client.error,
        narrate: None,
    };
    let mut nothing = Batch {
        position: reader.position(),
        ..Batch::default()
    };
    answer(engine, to, &finish, &mut nothing, progress).await?;
    Ok(())
}

/// What is sent at once.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    used: usize,
    /// The line on which each entry begins.
    entries: Vec<u64>,
    position: (u64, u64),
}

impl Batch {
    fn add(&mut self, line: &[u8]) {
        self.bytes
            .extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        self.bytes.push(b'\n');
    }
}

impl Feed for Batch {
    async fn piece(&mut self) -> Result<&[u8], Refusal> {
        Ok(&self.bytes[self.used..])
    }

    fn used(&mut self, length: usize) {
        self.used += length;
    }

    fn position(&self) -> (u64, u64) {
        self.position
    }
}
