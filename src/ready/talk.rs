//! A conversation with a server in its own protocol, from here to the container's port.
//!
//! What is said is the catalogue's; this carries the bytes. It costs the engine nothing, where a command in the
//! container costs it a process or two.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::answer::Answers;
use super::pace::Pace;
use super::reach::{Connection, Reach};
use crate::catalog::{Conversation, Facts, Family, Heard, Proof};
use crate::engine::{EngineError, EngineHandle};

/// How long one conversation may take. A server that is still starting may accept a connection and forget it (Redis
/// does, when it begins to load its data), so it is asked anew before long.
const PATIENCE: Duration = Duration::from_secs(2);
/// How much is read at once.
const PIECE: usize = 4096;

/// What is to be proved of which software.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) family: &'static dyn Family,
    pub(super) proof: Proof,
    pub(super) facts: Facts<'a>,
}

/// How a conversation ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is proved.
    Proved,
    /// Not yet, and this is why.
    NotYet(String),
    /// No conversation can tell.
    CannotTell,
}

/// Talks until it is proved; `false` if talking cannot tell.
pub(super) async fn hold(
    engine: &EngineHandle,
    container: &str,
    question: Question<'_>,
    answers: &Answers,
) -> Result<bool, EngineError> {
    let pace = Pace::new();
    let mut reach = Reach::new(engine, container, question.family.port(question.facts));
    loop {
        match reach.connect().await {
            // Behind a published port there may be nobody; then nobody talks.
            Ok(Connection::Direct(stream) | Connection::Published(stream)) => {
                match once(stream, question).await {
                    Verdict::Proved => return Ok(true),
                    Verdict::NotYet(why) => answers.send(why),
                    Verdict::CannotTell => return Ok(false),
                }
            }
            Ok(Connection::Refused(why)) => answers.send(why),
            Ok(Connection::NoWay) => return Ok(false),
            Err(error @ EngineError::Unreachable { .. }) => return Err(error),
            Err(error) => answers.send(error.to_string()),
        }
        pace.pause().await;
    }
}

/// One conversation over a connection.
pub(super) async fn once(stream: TcpStream, question: Question<'_>) -> Verdict {
    let nonce = format!("{:016x}", RandomState::new().build_hasher().finish());
    let made = question
        .family
        .conversation(question.proof, question.facts, &nonce);
    let Some(mut conversation) = made else {
        return Verdict::CannotTell;
    };
    match timeout(PATIENCE, converse(stream, conversation.as_mut())).await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(error)) => Verdict::NotYet(format!("the connection broke: {error}")),
        Err(_) => Verdict::NotYet(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

async fn converse(
    mut stream: TcpStream,
    conversation: &mut dyn Conversation,
) -> std::io::Result<Verdict> {
    stream.write_all(&conversation.opening()).await?;
    let mut heard = Vec::new();
    loop {
        match conversation.hear(&mut heard) {
            Heard::More => {
                heard.reserve(PIECE);
                if stream.read_buf(&mut heard).await? == 0 {
                    return Ok(Verdict::NotYet("it closes the connection".to_owned()));
                }
            }
            Heard::Say(words) => stream.write_all(&words).await?,
            Heard::Proved => {
                // It is proved, whatever becomes of the farewell.
                let _ = stream.write_all(conversation.farewell()).await;
                return Ok(Verdict::Proved);
            }
            Heard::NotYet(why) => return Ok(Verdict::NotYet(why)),
            Heard::CannotTell => {
                let _ = stream.write_all(conversation.farewell()).await;
                return Ok(Verdict::CannotTell);
            }
        }
    }
}
