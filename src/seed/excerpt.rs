//! The lines of a seed around an error, read again from the file.

use std::io;
use std::path::Path;

use super::reader::SeedReader;
use crate::catalog::SeedError;
use crate::source::{Source, Span};
use crate::stack::Compression;

/// So many lines before and after are shown.
const AROUND: u64 = 2;
/// So many lines of comments before a statement are passed over.
const FORWARD: u64 = 1000;
/// So many bytes of a line are shown.
const WIDTH: usize = 240;

/// The place of an error in a seed file.
pub(super) async fn place(
    name: &str,
    path: &Path,
    compression: Compression,
    error: &SeedError,
) -> Option<Span> {
    let mut line = error.line?;
    if let Some(data_line) = error.data_line {
        let start = data_start(path, compression, line).await.ok()?;
        line = start.map_or(line, |start| start.saturating_add(data_line - 1).min(line));
    }
    let line = statement(path, compression, line).await.ok()?;
    excerpt(name, path, compression, line).await.ok()
}

/// The first line from `line` on that is no comment: clients count comments before a statement as a part of it.
async fn statement(path: &Path, compression: Compression, line: u64) -> io::Result<u64> {
    let mut lines = Lines::open(path, compression).await?;
    let mut comments = Comments::default();
    let mut number = 0;
    while lines.next().await? {
        number += 1;
        if number >= line && !comments.only(&String::from_utf8_lossy(&lines.line)) {
            return Ok(number);
        }
        if number > line + FORWARD {
            break;
        }
    }
    Ok(line)
}

/// Follows comments over lines.
#[derive(Debug, Default)]
struct Comments {
    inside: bool,
}

impl Comments {
    /// Whether a line has nothing but comments. `/*!` and `/*M!` are statements for some servers.
    fn only(&mut self, line: &str) -> bool {
        let mut text = line.trim();
        loop {
            if self.inside {
                let Some((_, rest)) = text.split_once("*/") else {
                    return true;
                };
                self.inside = false;
                text = rest.trim_start();
            } else if let Some(rest) = text.strip_prefix("/*") {
                if rest.starts_with('!') || rest.starts_with("M!") {
                    return false;
                }
                self.inside = true;
                text = rest;
            } else {
                return text.is_empty() || text.starts_with("--");
            }
        }
    }
}

async fn excerpt(name: &str, path: &Path, compression: Compression, line: u64) -> io::Result<Span> {
    let mut lines = Lines::open(path, compression).await?;
    let first = line.saturating_sub(AROUND).max(1);
    let mut text = String::new();
    let mut read = 0;
    while read < line + AROUND && lines.next().await? {
        read += 1;
        if read >= first {
            text.push_str(&shown(&lines.line));
            text.push('\n');
        }
    }
    let number = |line: u64| usize::try_from(line).unwrap_or(usize::MAX);
    let source = Source::excerpt(name, text, number(first.min(read.max(1))));
    // A client may count one line more than there is.
    Ok(source.line_span(number(line.min(read.max(1)))))
}

/// The first data line of the last `COPY … FROM stdin` that begins before a line.
async fn data_start(path: &Path, compression: Compression, end: u64) -> io::Result<Option<u64>> {
    let mut lines = Lines::open(path, compression).await?;
    let mut blocks = Blocks::default();
    let mut number = 0;
    while number < end && lines.next().await? {
        number += 1;
        blocks.see(number, &String::from_utf8_lossy(&lines.line));
    }
    Ok(blocks.start)
}

/// Follows a dump's statements and blocks of data.
#[derive(Debug, Default)]
struct Blocks {
    /// The first line of the last block.
    start: Option<u64>,
    /// Inside a block.
    in_data: bool,
    /// `FROM stdin` was seen, the semicolon was not.
    in_copy: bool,
}

impl Blocks {
    fn see(&mut self, number: u64, line: &str) {
        let line = line.trim_end();
        if self.in_data {
            self.in_data = line != "\\.";
            return;
        }
        let lower = line.to_ascii_lowercase();
        if lower.trim_start().starts_with("--") {
            return;
        }
        let words: Vec<&str> = lower.split_whitespace().collect();
        self.in_copy |= words
            .windows(2)
            .any(|pair| pair[0] == "from" && pair[1].trim_end_matches(';') == "stdin");
        if self.in_copy && line.ends_with(';') {
            self.in_copy = false;
            self.in_data = true;
            self.start = Some(number + 1);
        }
    }
}

/// A line as it is shown: without control characters, and not endlessly long.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut clean: String = text
        .trim_end_matches(['\r', '\u{fffd}'])
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect();
    if line.len() >= WIDTH {
        clean.push('…');
    }
    clean
}

/// A file's lines, each cut to [`WIDTH`] bytes: a line may be as long as the file.
struct Lines {
    reader: SeedReader,
    line: Vec<u8>,
}

impl Lines {
    async fn open(path: &Path, compression: Compression) -> io::Result<Self> {
        Ok(Self {
            reader: SeedReader::open(path, compression).await?,
            line: Vec::with_capacity(WIDTH),
        })
    }

    /// Goes to the next line; `false` at the end.
    async fn next(&mut self) -> io::Result<bool> {
        self.line.clear();
        let mut any = false;
        loop {
            let piece = self.reader.piece().await?;
            if piece.is_empty() {
                return Ok(any);
            }
            any = true;
            let end = piece.iter().position(|&byte| byte == b'\n');
            let part = &piece[..end.unwrap_or(piece.len())];
            let room = WIDTH - self.line.len();
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            let used = end.map_or(piece.len(), |end| end + 1);
            self.reader.used(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn find(text: &str, error: SeedError) -> Span {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("seed.sql");
        std::fs::write(&path, text).expect("written");
        place("seed.sql", &path, Compression::None, &error)
            .await
            .expect("a place")
    }

    #[tokio::test]
    async fn shows_the_line_with_its_neighbours() {
        let lines: Vec<String> = (1..=9000).map(|number| format!("line {number}")).collect();
        let text = lines.join("\n");
        let span = find(&text, SeedError::plain(Some(7000), "wrong")).await;
        assert_eq!(span.to_string(), "seed.sql:7000:1");
        assert_eq!(span.text(), "line 7000");
        assert_eq!(
            span.source().text(),
            "line 6998\nline 6999\nline 7000\nline 7001\nline 7002\n"
        );
    }

    #[tokio::test]
    async fn copes_with_the_edges_of_a_file() {
        for (text, line, shown) in [
            ("one", 1, "seed.sql:1:1"),
            ("one\ntwo\n", 3, "seed.sql:2:1"),
            ("", 1, "seed.sql:1:1"),
        ] {
            let span = find(text, SeedError::plain(Some(line), "wrong")).await;
            assert_eq!(span.to_string(), shown, "{text:?}");
        }
    }

    #[tokio::test]
    async fn cuts_long_lines() {
        let text = format!("{}\nnext\n", "é".repeat(1 << 20));
        let span = find(&text, SeedError::plain(Some(1), "wrong")).await;
        assert!(span.text().chars().count() <= WIDTH / 2 + 1);
        let span = find(&text, SeedError::plain(Some(2), "wrong")).await;
        assert_eq!(span.text(), "next");
    }

    #[tokio::test]
    async fn passes_over_comments_before_a_statement() {
        let text = "select 1;\n-- why\n\n/* a\n note */ -- and\n/* b */ insert\n";
        let span = find(text, SeedError::plain(Some(2), "wrong")).await;
        assert_eq!(span.to_string(), "seed.sql:6:1");
        let span = find("-- only\n-- comments\n", SeedError::plain(Some(1), "wrong")).await;
        assert_eq!(span.to_string(), "seed.sql:1:1");
    }

    #[tokio::test]
    async fn counts_lines_of_copied_data_from_their_statement() {
        let text = "create table t (a int);\nCOPY t FROM stdin;\n1\n\\.\n-- copy x from stdin;\\\ncopy t (a)\n  from stdin\n  with (format text);\n1\n2\nbad\n4\n\\.\nselect 1;\n";
        let error = SeedError {
            line: Some(13),
            data_line: Some(3),
            ..SeedError::default()
        };
        assert_eq!(find(text, error).await.text(), "bad");
    }
}
