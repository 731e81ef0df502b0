//! One text and its lines.

use std::fmt;
use std::sync::Arc;

use super::Span;
use super::span::Position;

/// The bytes after which characters are counted anew.
const BLOCK: usize = 4096;

/// A text with the name under which people know it, and an index of its lines.
///
/// Columns count characters, not bytes, from 1; lines count from [`first_line`](Source::first_line).
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<usize>,
    /// How many characters begin before each [`BLOCK`] of bytes: a manifest may be one line of megabytes.
    characters: Vec<usize>,
    first_line: usize,
    confidential: bool,
}

impl Source {
    /// A whole text; `name` is shown in messages, usually the path as the user would type it.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Self::excerpt(name, text, 1)
    }

    /// A part of a longer text whose first line has the number `first_line` there, such as the lines around an
    /// error in a compressed seed.
    pub fn excerpt(
        name: impl Into<String>,
        text: impl Into<String>,
        first_line: usize,
    ) -> Arc<Self> {
        Arc::new(Self::indexed(name.into(), text.into(), first_line))
    }

    /// A whole text whose values are told nobody, such as an env file's: of its lines only what stands before `=` is
    /// shown.
    pub fn confidential(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            confidential: true,
            ..Self::indexed(name.into(), text.into(), 1)
        })
    }

    fn indexed(name: String, text: String, first_line: usize) -> Self {
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let mut counted = 0;
        let characters = text
            .as_bytes()
            .chunks(BLOCK)
            .map(|block| {
                let before = counted;
                counted += characters_in(block);
                before
            })
            .collect();
        Self {
            name,
            text,
            line_starts,
            characters,
            first_line,
            confidential: false,
        }
    }

    /// Whether its values are told nobody.
    pub fn is_confidential(&self) -> bool {
        self.confidential
    }

    /// The name shown in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of the first line, 1 for a whole file.
    pub fn first_line(&self) -> usize {
        self.first_line
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let index = self.line_starts.partition_point(|&start| start <= offset) - 1;
        let column =
            self.characters_before(offset) - self.characters_before(self.line_starts[index]) + 1;
        Position {
            line: self.first_line + index,
            column,
        }
    }

    /// How many characters begin before a byte offset.
    fn characters_before(&self, offset: usize) -> usize {
        let block = offset / BLOCK;
        let Some(before) = self.characters.get(block) else {
            // The end of a text whose last block is full.
            let last = self.characters.last().copied().unwrap_or_default();
            let start = block.saturating_sub(1) * BLOCK;
            return last + characters_in(&self.text.as_bytes()[start.min(offset)..offset]);
        };
        before + characters_in(&self.text.as_bytes()[block * BLOCK..offset])
    }

    /// The byte offset of a line (numbered as in [`position`](Source::position)) and a 1-based column in
    /// characters, clamped to the text.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let index = line
            .saturating_sub(self.first_line)
            .min(self.line_starts.len() - 1);
        let start = self.line_starts[index];
        let end = self
            .line_starts
            .get(index + 1)
            .map_or(self.text.len(), |&next| next - 1);
        self.text[start..end]
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(end, |(at, _)| start + at)
    }

    /// The span of bytes `start..end`, clamped to the text.
    pub fn span(self: &Arc<Self>, start: usize, end: usize) -> Span {
        let start = start.min(self.text.len());
        Span::new(Arc::clone(self), start, end.clamp(start, self.text.len()))
    }

    /// The span of a whole line without its line break.
    pub fn line_span(self: &Arc<Self>, line: usize) -> Span {
        let start = self.offset(line, 1);
        let end = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |at| start + at);
        self.span(start, end)
    }
}

/// How many characters of UTF-8 begin in these bytes.
fn characters_in(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({:?}, {} bytes)", self.name, self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source::new("a.yaml", "é: 1\nb: 2\n");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(2), Position { line: 1, column: 2 });
        assert_eq!(source.position(6), Position { line: 2, column: 1 });
        assert_eq!(source.position(999), Position { line: 3, column: 1 });
    }

    #[test]
    fn columns_are_right_far_into_a_long_line() {
        for length in [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let line = "é".repeat(length);
            let source = Source::new("a.yaml", format!("x\n{line}"));
            let end = source.position(usize::MAX);
            assert_eq!((end.line, end.column), (2, length + 1));
            assert_eq!(source.position(2 + BLOCK).column, BLOCK / 2 + 1);
        }
    }

    #[test]
    fn offsets_are_the_inverse_of_positions() {
        let source = Source::new("a.yaml", "é: 1\nb: 2\n");
        for (offset, _) in source.text().char_indices() {
            let at = source.position(offset);
            assert_eq!(source.offset(at.line, at.column), offset);
        }
    }

    #[test]
    fn an_excerpt_keeps_the_line_numbers_of_the_whole() {
        let source = Source::excerpt("seed.sql.gz", "one\ntwo\n", 7000);
        assert_eq!(source.position(4).line, 7001);
        assert_eq!(source.line_span(7001).text(), "two");
    }
}
