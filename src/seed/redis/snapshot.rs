//! Snapshots, key by key.

use super::checksum::crc64;
use super::rdb::{Key, Part, Rdb, RdbError};
use super::session::{self, Commands};
use crate::catalog::SeedError;
use crate::engine::EngineHandle;
use crate::seed::apply::Destination;
use crate::seed::failure::SeedProblem;
use crate::seed::progress::FileProgress;
use crate::seed::reader::SeedReader;
use crate::seed::script::{Client, Refusal};

/// The version that the values are said to be of, where the file's is higher. A server refuses values of a version
/// above its own unseen, though it may know their types well: those decide.
const VERSION: u32 = 9;

/// Sends the keys of a snapshot.
pub(in crate::seed) async fn snapshot(
    engine: &EngineHandle,
    to: &Destination<'_>,
    relay: Client,
    reader: &mut SeedReader,
    progress: &mut FileProgress<'_>,
) -> Result<(), Refusal> {
    let rdb = Rdb::open(reader).await.map_err(refuse)?;
    session::run(engine, to, relay, &mut Keys { rdb }, progress).await
}

struct Keys<'a> {
    rdb: Rdb<'a>,
}

impl Commands for Keys<'_> {
    type Subject = String;

    async fn next(&mut self, request: &mut Vec<u8>) -> Result<Option<String>, Refusal> {
        let Some(part) = self.rdb.next().await.map_err(refuse)? else {
            return Ok(None);
        };
        Ok(Some(match part {
            Part::Database(number) => {
                command(request, &[b"SELECT", number.to_string().as_bytes()]);
                format!("database {number}")
            }
            Part::Functions(code) => {
                command(request, &[b"FUNCTION", b"LOAD", b"REPLACE", &code]);
                "functions".to_owned()
            }
            Part::Key(key) => {
                let name = format!("key `{}`", String::from_utf8_lossy(&key.name));
                self.restore(key, request);
                name
            }
        }))
    }

    fn explain(&self, subject: Option<String>, message: String) -> SeedError {
        let mut error = SeedError::plain(None, message);
        if let Some(subject) = subject {
            error.message = format!("{subject}: {}", error.message);
        }
        if error.message.contains("Bad data format") || error.message.contains("payload version") {
            error.details.push(format!(
                "the file is of RDB version {}: the server is too old for values of that type",
                self.rdb.version()
            ));
        }
        error
    }

    fn position(&self) -> (u64, u64) {
        self.rdb.position()
    }
}

impl Keys<'_> {
    /// <https://redis.io/docs/latest/commands/dump/>: the value, two bytes of version, eight of checksum.
    fn restore(&self, key: Key, request: &mut Vec<u8>) {
        let mut payload = key.value;
        let version = u16::try_from(self.rdb.version().min(VERSION)).unwrap_or_default();
        payload.extend_from_slice(&version.to_le_bytes());
        let checksum = crc64(0, &payload);
        payload.extend_from_slice(&checksum.to_le_bytes());
        let expires = key.expires.to_string();
        command(
            request,
            &[
                b"RESTORE",
                &key.name,
                expires.as_bytes(),
                &payload,
                b"REPLACE",
                b"ABSTTL",
            ],
        );
    }
}

fn command(request: &mut Vec<u8>, words: &[&[u8]]) {
    request.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        request.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        request.extend_from_slice(word);
        request.extend_from_slice(b"\r\n");
    }
}

fn refuse(error: RdbError) -> Refusal {
    match error {
        RdbError::File(error) => SeedProblem::File(error.to_string()).into(),
        RdbError::Wrong(why) => Refusal::Statement(SeedError::plain(None, why)),
    }
}
