//! An error that a client reported while it applied a seed.

/// An error in a seed: where, and in whose words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeedError {
    /// The line of the (uncompressed) seed, from 1, if the client tells.
    pub line: Option<u64>,
    /// The line, from 1, within the block of data that ends at or just before [`line`](Self::line), for a client that
    /// counts a block's lines by themselves (psql and `COPY … FROM stdin`).
    pub data_line: Option<u64>,
    /// The server's message.
    pub message: String,
    /// What else the server said of it: details, hints, context.
    pub details: Vec<String>,
}

impl SeedError {
    /// An error with a message alone.
    pub fn plain(line: Option<u64>, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
            ..Self::default()
        }
    }
}
