//! Rows of CSV (RFC 4180), read in pieces as they come.
//!
//! Values may be between double quotes, with quotes in them doubled and with line breaks. What was between quotes is
//! told apart from what was not: only the latter can be nothing at all.

use std::io;

use super::reader::SeedReader;

/// A row may be so long.
const LONGEST: usize = 64 << 20;
/// What some programs write before the first value.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One row.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Row {
    bytes: Vec<u8>,
    /// Where each value ends, and whether it was between quotes.
    ends: Vec<(usize, bool)>,
    /// The line of the file on which it begins, from 1.
    pub(super) line: u64,
}

impl Row {
    /// Its values; `None` for one that is empty without quotes.
    pub(super) fn values(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, quoted)| {
            let value = &self.bytes[start..end];
            start = end;
            (quoted || !value.is_empty()).then_some(value)
        })
    }

    /// How many values it has.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether its line has nothing at all.
    fn is_blank(&self) -> bool {
        self.bytes.is_empty() && matches!(self.ends.as_slice(), [(0, false)])
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first byte of a value.
    Start,
    /// In a value without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote that ends the value, or is the first of two.
    Quote,
}

/// Cuts bytes into rows.
#[derive(Debug)]
pub(super) struct RowParser {
    delimiter: u8,
    state: State,
    quoted: bool,
    /// The line that is being read.
    line: u64,
    row: Row,
    /// The last byte was a carriage return outside of quotes.
    returned: bool,
}

impl RowParser {
    /// Values are separated by `delimiter`.
    pub(super) fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: State::Start,
            quoted: false,
            line: 1,
            row: Row {
                line: 1,
                ..Row::default()
            },
            returned: false,
        }
    }

    /// Takes bytes up to the end of a row: how many it took, and whether the row is whole.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> (usize, bool) {
        for (at, &byte) in bytes.iter().enumerate() {
            match (self.state, byte) {
                (State::Quoted, b'"') => self.state = State::Quote,
                (State::Quoted, _) => {
                    self.line += u64::from(byte == b'\n');
                    self.row.bytes.push(byte);
                }
                (State::Quote, b'"') => {
                    self.row.bytes.push(b'"');
                    self.state = State::Quoted;
                }
                (State::Start, b'"') => {
                    self.quoted = true;
                    self.state = State::Quoted;
                }
                (_, b'\n') => {
                    if std::mem::take(&mut self.returned) && !self.quoted {
                        self.row.bytes.pop();
                    }
                    self.line += 1;
                    self.end_value();
                    return (at + 1, true);
                }
                (_, byte) if byte == self.delimiter => self.end_value(),
                // The line break of Windows; alone it is a part of the value.
                (State::Quote, b'\r') => {}
                (_, byte) => {
                    self.returned = byte == b'\r';
                    self.row.bytes.push(byte);
                    self.state = State::Plain;
                    continue;
                }
            }
            self.returned = false;
        }
        (bytes.len(), false)
    }

    /// The file is over: whether there is a last row without a line break.
    fn finish(&mut self) -> Result<bool, String> {
        if self.state == State::Quoted {
            return Err("a quote is opened here and never closed".to_owned());
        }
        let any = !self.row.bytes.is_empty() || !self.row.ends.is_empty() || self.quoted;
        if any {
            self.end_value();
        }
        Ok(any)
    }

    fn end_value(&mut self) {
        self.row.ends.push((self.row.bytes.len(), self.quoted));
        self.quoted = false;
        self.returned = false;
        self.state = State::Start;
    }

    fn take(&mut self) -> Row {
        let next = Row {
            line: self.line,
            ..Row::default()
        };
        let mut row = std::mem::replace(&mut self.row, next);
        if row.line == 1 && row.bytes.starts_with(BYTE_ORDER_MARK) {
            let mark = BYTE_ORDER_MARK.len();
            row.bytes.drain(..mark);
            for (end, _) in &mut row.ends {
                *end -= mark;
            }
        }
        row
    }
}

/// Why there is no next row.
#[derive(Debug)]
pub(super) enum RowError {
    /// The file cannot be read.
    File(io::Error),
    /// It is not CSV from this line on.
    Wrong(u64, String),
}

/// The rows of a file.
pub(super) struct Rows<'a> {
    reader: &'a mut SeedReader,
    parser: RowParser,
    over: bool,
}

impl<'a> Rows<'a> {
    /// Reads rows.
    pub(super) fn new(reader: &'a mut SeedReader, delimiter: u8) -> Self {
        Self {
            reader,
            parser: RowParser::new(delimiter),
            over: false,
        }
    }

    /// The next row; blank lines are none.
    pub(super) async fn next(&mut self) -> Result<Option<Row>, RowError> {
        while !self.over {
            let piece = self.reader.piece().await.map_err(RowError::File)?;
            let whole = if piece.is_empty() {
                self.over = true;
                let line = self.parser.row.line;
                self.parser
                    .finish()
                    .map_err(|why| RowError::Wrong(line, why))?
            } else {
                let (used, whole) = self.parser.feed(piece);
                self.reader.used(used);
                whole
            };
            if self.parser.row.bytes.len() > LONGEST {
                let why = format!("the row is longer than {} MiB", LONGEST >> 20);
                return Err(RowError::Wrong(self.parser.row.line, why));
            }
            if whole {
                let row = self.parser.take();
                if !row.is_blank() {
                    return Ok(Some(row));
                }
            }
        }
        Ok(None)
    }

    /// How many bytes of the file are read, and of how many.
    pub(super) fn position(&self) -> (u64, u64) {
        self.reader.position()
    }
}

/// The names in the first row of a file that begins with `head`.
pub(super) fn header(head: &[u8], delimiter: u8) -> Vec<String> {
    let mut parser = RowParser::new(delimiter);
    let (_, whole) = parser.feed(head);
    if !whole && !matches!(parser.finish(), Ok(true)) {
        return Vec::new();
    }
    let row = parser.take();
    row.values()
        .map(|value| {
            String::from_utf8_lossy(value.unwrap_or_default())
                .trim()
                .to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of a text that is read in pieces: lines and values, `-` for nothing.
    fn rows(text: &str, size: usize) -> Vec<(u64, Vec<String>)> {
        let mut parser = RowParser::new(b',');
        let mut all = Vec::new();
        let mut see = |row: Row| {
            let values = row
                .values()
                .map(|value| {
                    value.map_or("-".to_owned(), |v| String::from_utf8_lossy(v).into_owned())
                })
                .collect();
            all.push((row.line, values));
        };
        for mut piece in text.as_bytes().chunks(size) {
            while !piece.is_empty() {
                let (used, whole) = parser.feed(piece);
                piece = &piece[used..];
                if whole {
                    see(parser.take());
                }
            }
        }
        if parser.finish().expect("whole") {
            see(parser.take());
        }
        all
    }

    #[test]
    fn reads_quotes_line_breaks_and_nothing_however_they_are_cut() {
        let text = "\u{feff}id,name\r\n1,\"a,\"\"b\"\"\nc\"\r\n2,\n3,\"\"\n\"x\",y\rz";
        let expected = [
            (1, vec!["id", "name"]),
            (2, vec!["1", "a,\"b\"\nc"]),
            (4, vec!["2", "-"]),
            (5, vec!["3", ""]),
            (6, vec!["x", "y\rz"]),
        ];
        for size in 1..text.len() {
            let read = rows(text, size);
            let read: Vec<(u64, Vec<&str>)> = read
                .iter()
                .map(|(line, values)| (*line, values.iter().map(String::as_str).collect()))
                .collect();
            assert_eq!(read, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn takes_names_from_the_first_row() {
        assert_eq!(
            header(b"\xef\xbb\xbf id ;\"a b\"\n1;2", b';'),
            ["id", "a b"]
        );
        assert_eq!(header(b"only", b','), ["only"]);
        assert!(header(b"", b',').is_empty());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let mut parser = RowParser::new(b',');
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (used, whole) = parser.feed(rest);
                rest = &rest[used..];
                if whole {
                    let _ = parser.take().values().count();
                }
            }
            let _ = parser.finish();
            let _ = parser.take().values().count();
        }
    }
}
