//! Talking with a server in its own protocol, to learn whether it serves.
//!
//! Pure: bytes in, bytes out. Who connects, and how long is waited, is decided by whoever carries the bytes.

/// What a conversation is to prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// That it serves the application: as [`Family::probe`](super::Family::probe).
    Serves,
    /// That it accepts connections: as [`Family::listening`](super::Family::listening).
    Listens,
}

/// One conversation, over one connection.
pub trait Conversation: Send {
    /// What is said first.
    fn opening(&self) -> Vec<u8>;
    /// Takes in what the server said, and answers. What is understood is taken out of `heard`; a rest stays, and comes
    /// again with more behind it.
    fn hear(&mut self, heard: &mut Vec<u8>) -> Heard;
    /// What is said at the end, so that the server does not complain of a lost connection.
    fn farewell(&self) -> &'static [u8] {
        &[]
    }
}

/// What comes of what was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// More has to be heard.
    More,
    /// This has to be said now.
    Say(Vec<u8>),
    /// It is proved.
    Proved,
    /// Not yet, in the server's words.
    NotYet(String),
    /// This conversation cannot tell: the server wants a login that is not known here.
    CannotTell,
}
