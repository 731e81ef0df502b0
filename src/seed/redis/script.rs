//! Seeds with one command a line.

use super::command::encode;
use super::session::{self, Commands};
use crate::catalog::SeedError;
use crate::engine::EngineHandle;
use crate::seed::apply::Destination;
use crate::seed::lines::{LineError, next_line};
use crate::seed::progress::FileProgress;
use crate::seed::reader::SeedReader;
use crate::seed::script::{Client, Refusal};

/// Sends the commands of a file.
pub(in crate::seed) async fn commands(
    engine: &EngineHandle,
    to: &Destination<'_>,
    relay: Client,
    reader: &mut SeedReader,
    progress: &mut FileProgress<'_>,
) -> Result<(), Refusal> {
    let mut lines = Lines {
        reader,
        line: 0,
        text: Vec::new(),
    };
    session::run(engine, to, relay, &mut lines, progress).await
}

struct Lines<'a> {
    reader: &'a mut SeedReader,
    /// The last line read.
    line: u64,
    text: Vec<u8>,
}

impl Commands for Lines<'_> {
    type Subject = u64;

    async fn next(&mut self, request: &mut Vec<u8>) -> Result<Option<u64>, Refusal> {
        loop {
            self.text.clear();
            let more = next_line(self.reader, &mut self.text).await;
            if !more.map_err(|error| error.at(self.line + 1))? {
                return Ok(None);
            }
            self.line += 1;
            let made = encode(&self.text, request);
            if made.map_err(|why| LineError::Wrong(why).at(self.line))? {
                return Ok(Some(self.line));
            }
        }
    }

    fn explain(&self, line: Option<u64>, message: String) -> SeedError {
        SeedError::plain(line, message)
    }

    fn position(&self) -> (u64, u64) {
        self.reader.position()
    }
}
