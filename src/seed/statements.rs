//! Rows as statements that insert them.

use super::failure::SeedProblem;
use super::reader::SeedReader;
use super::rows::{Row, RowError, Rows};
use super::script::{Feed, Refusal};
use crate::catalog::{InsertWords, SeedError, Table};
use crate::stack::Compression;

/// One statement inserts rows of so many bytes, or a single longer one.
const STATEMENT: usize = 1 << 17;

/// Makes statements of rows while they are read.
pub(super) struct Statements<'a> {
    rows: Rows<'a>,
    words: &'static InsertWords,
    table: &'a Table,
    /// How many values each row must have, once it is known.
    width: Option<usize>,
    /// The next statements, and how much of them is used.
    text: Vec<u8>,
    used: usize,
    /// The row that did not fit any more.
    ahead: Option<Row>,
    /// For every statement by its line, from 2 on, how many rows come before its first.
    before: Vec<u64>,
    read: u64,
    began: bool,
    over: bool,
}

impl<'a> Statements<'a> {
    /// Makes statements for a table. The header, if there is one, must still be in the reader.
    pub(super) fn new(
        reader: &'a mut SeedReader,
        words: &'static InsertWords,
        table: &'a Table,
    ) -> Self {
        Self {
            rows: Rows::new(reader, delimiter(table)),
            words,
            table,
            width: (!table.columns.is_empty()).then_some(table.columns.len()),
            text: Vec::with_capacity(STATEMENT + (STATEMENT >> 2)),
            used: 0,
            ahead: None,
            before: Vec::new(),
            read: 0,
            began: false,
            over: false,
        }
    }

    /// Which row of the file, from 0 and without its header, an error in the statements is about. Where the server
    /// does not tell, it is the statement's first.
    pub(super) fn row_of(&self, error: &SeedError) -> Option<u64> {
        let statement = usize::try_from(error.line?.checked_sub(2)?).ok()?;
        let first = self.before.get(statement)?;
        let within = (self.words.row)(&error.message).unwrap_or(1);
        Some(first + within.saturating_sub(1))
    }

    /// Makes the next statement.
    async fn fill(&mut self) -> Result<(), Refusal> {
        self.text.clear();
        self.used = 0;
        if !std::mem::replace(&mut self.began, true) {
            self.text.extend_from_slice(self.words.before.as_bytes());
            self.text.push(b'\n');
            if self.table.header {
                self.next().await?;
                self.read = 0;
            }
        }
        let start = self.text.len();
        let first = self.read - u64::from(self.ahead.is_some());
        while self.text.len() - start < STATEMENT {
            let row = match self.ahead.take() {
                Some(row) => row,
                None => match self.next().await? {
                    Some(row) => row,
                    None => break,
                },
            };
            let lead = if self.text.len() == start {
                (self.words.insert)(self.table) + " ("
            } else {
                ",(".to_owned()
            };
            let before = self.text.len();
            self.text.extend_from_slice(lead.as_bytes());
            self.write(&row)?;
            self.text.push(b')');
            // A long row goes alone: together with others it might be more than the server takes at once.
            if before > start && self.text.len() - start > 2 * STATEMENT {
                self.text.truncate(before);
                self.ahead = Some(row);
                break;
            }
        }
        if self.text.len() > start {
            self.text.extend_from_slice(b";\n");
            self.before.push(first);
        } else {
            self.over = true;
            self.text.extend_from_slice(self.words.after.as_bytes());
            self.text.push(b'\n');
        }
        Ok(())
    }

    fn write(&mut self, row: &Row) -> Result<(), Refusal> {
        let width = *self.width.get_or_insert(row.len());
        if row.len() != width {
            let message = format!(
                "the row has {} values, and there are {width} columns",
                row.len()
            );
            return Err(Refusal::Statement(SeedError::plain(
                Some(row.line),
                message,
            )));
        }
        for (at, value) in row.values().enumerate() {
            if at > 0 {
                self.text.push(b',');
            }
            (self.words.value)(value, &mut self.text);
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Row>, Refusal> {
        let row = self.rows.next().await.map_err(refuse)?;
        self.read += u64::from(row.is_some());
        Ok(row)
    }
}

impl Feed for Statements<'_> {
    async fn piece(&mut self) -> Result<&[u8], Refusal> {
        if self.used == self.text.len() && !self.over {
            self.fill().await?;
        }
        Ok(&self.text[self.used..])
    }

    fn used(&mut self, length: usize) {
        self.used += length;
    }

    fn position(&self) -> (u64, u64) {
        self.rows.position()
    }
}

/// What stands between two values, which the manifest's rules keep to one byte.
pub(super) fn delimiter(table: &Table) -> u8 {
    u8::try_from(table.delimiter).unwrap_or(b',')
}

fn refuse(error: RowError) -> Refusal {
    match error {
        RowError::File(error) => SeedProblem::File(error.to_string()).into(),
        RowError::Wrong(line, why) => Refusal::Statement(SeedError::plain(Some(line), why)),
    }
}

/// The line on which a row begins, by reading the file again.
pub(super) async fn line_of(
    path: &std::path::Path,
    compression: Compression,
    table: &Table,
    row: u64,
) -> Option<u64> {
    let mut reader = SeedReader::open(path, compression).await.ok()?;
    let mut rows = Rows::new(&mut reader, delimiter(table));
    let mut left = row + u64::from(table.header);
    loop {
        let found = rows.next().await.ok()??;
        if left == 0 {
            return Some(found.line);
        }
        left -= 1;
    }
}
