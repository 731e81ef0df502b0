//! How a family's seeds are applied: its formats, one constant each, beside the family's other facts.

use serde::Serialize;

use super::{ClientCommand, Facts, SeedError};

/// A format of seed files that a family takes.
#[derive(Debug)]
pub struct SeedFormat {
    /// What it is called in messages, such as `a pg_dump archive`.
    pub name: &'static str,
    /// The endings of such files, without compression (`sql`).
    pub extensions: &'static [&'static str],
    /// By what a file of this format is known whatever it is called.
    pub mark: Option<Mark>,
    /// A folder with this file in it is of this format, too; the empty text for any folder.
    pub folder: Option<&'static str>,
    /// Whether it holds rows for one table (or documents for one collection), which something else must name.
    pub naming: Naming,
    /// How it gets to the client.
    pub delivery: Delivery,
    /// The client that takes it.
    pub client: fn(&Seeding<'_>) -> ClientCommand,
    /// The error that stopped the client, from what it printed.
    pub error: fn(&str) -> Option<SeedError>,
}

/// Bytes at a place of a file by which its format is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// How many bytes come before.
    pub offset: usize,
    /// The bytes.
    pub bytes: &'static [u8],
}

impl Mark {
    /// Whether a file that begins with `head` has it.
    pub fn is_in(self, head: &[u8]) -> bool {
        head.get(self.offset..)
            .is_some_and(|rest| rest.starts_with(self.bytes))
    }
}

/// Whether the manifest names the table that the content of a file goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// The content does.
    No,
    /// It may; the file's own name is taken else.
    May,
    /// It must.
    Must,
}

/// How a seed gets to the client.
#[derive(Debug, Clone, Copy)]
pub enum Delivery {
    /// As it is, into the client's input. `narrate` picks from the client's output what it is at, to be shown.
    Stream {
        /// What a line of output says of the progress.
        narrate: Option<fn(&str) -> Option<String>>,
    },
    /// Rows as statements that insert them, into the client's input.
    Statements(&'static InsertWords),
    /// One Redis command a line; devstack speaks the protocol over the client's input and output.
    RedisCommands,
    /// A Redis snapshot, key by key, over the same.
    RedisSnapshot,
    /// Lines in batches, each into the input of a client of its own, which prints the service's answer.
    Batches(&'static BatchWords),
    /// A folder's files one after the other: before each a line with its size in bytes, a space, and its path.
    Objects,
}

/// How rows become statements in a language.
#[derive(Debug)]
pub struct InsertWords {
    /// What comes first, on one line.
    pub before: &'static str,
    /// What comes before the rows, without a line break.
    pub insert: fn(&Table) -> String,
    /// Writes one value; `None` is nothing at all, as against an empty text.
    pub value: fn(Option<&[u8]>, &mut Vec<u8>),
    /// What comes last.
    pub after: &'static str,
    /// Which of the statement's rows an error is about, from 1, if its message tells.
    pub row: fn(&str) -> Option<u64>,
}

/// How lines are sent in batches.
#[derive(Debug)]
pub struct BatchWords {
    /// How many lines belong together from this one on: an action and its document are never in two batches.
    pub together: fn(&str) -> usize,
    /// The first error in an answer: which entry of the batch, from 0, and why.
    pub refused: fn(&str) -> Option<(usize, String)>,
    /// What is run at the end, so that everything is to be found.
    pub finish: fn(&Seeding<'_>) -> ClientCommand,
}

/// What a client's command is made from.
#[derive(Debug, Clone, Copy)]
pub struct Seeding<'a> {
    /// What is known of the service.
    pub facts: Facts<'a>,
    /// The table that rows go to. For formats without rows there may be none.
    pub table: Option<&'a Table>,
    /// How the uncompressed file begins.
    pub head: &'a [u8],
}

/// Where the rows of a file go, and how they are written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// The table, or `schema.table`.
    pub name: String,
    /// The columns in the order of the file; all of the table if empty.
    pub columns: Vec<String>,
    /// What stands between two values.
    pub delimiter: char,
    /// Whether the first line names the columns.
    pub header: bool,
}

/// Finds the format of a seed by how it begins, else by its name's ending.
pub fn format_of(
    formats: &'static [SeedFormat],
    extension: &str,
    head: &[u8],
) -> Option<&'static SeedFormat> {
    let marked = |format: &&SeedFormat| format.mark.is_some_and(|mark| mark.is_in(head));
    formats.iter().find(marked).or_else(|| {
        formats
            .iter()
            .find(|format| format.extensions.contains(&extension))
    })
}
