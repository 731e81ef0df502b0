//! A range of a text.

use std::fmt;
use std::sync::Arc;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::Source;

/// Line and column, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// A range of bytes in a [`Source`], which it keeps alive. Cheap to clone.
///
/// Two spans are equal when they cover the same bytes of the same source object. It serialises as
/// `{file, line, column}`.
#[derive(Clone)]
pub struct Span {
    source: Arc<Source>,
    start: usize,
    end: usize,
}

impl Span {
    pub(super) fn new(source: Arc<Source>, start: usize, end: usize) -> Self {
        Self { source, start, end }
    }

    /// The text that this is a part of.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The first byte.
    pub fn start(&self) -> usize {
        self.start
    }

    /// One past the last byte.
    pub fn end(&self) -> usize {
        self.end
    }

    /// The text covered.
    pub fn text(&self) -> &str {
        self.source
            .text()
            .get(self.start..self.end)
            .unwrap_or_default()
    }

    /// Where it begins.
    pub fn position(&self) -> Position {
        self.source.position(self.start)
    }

    /// A part of this span, given as byte offsets from its start.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> Self {
        self.source.span(
            (self.start + start).min(self.end),
            (self.start + end).min(self.end),
        )
    }
}

impl PartialEq for Span {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
            && self.start == other.start
            && self.end == other.end
    }
}

impl Eq for Span {}

/// `file:line:column`, as compilers print it.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position();
        write!(f, "{}:{line}:{column}", self.source.name())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Position { line, column } = self.position();
        let mut place = serializer.serialize_struct("Span", 3)?;
        place.serialize_field("file", self.source.name())?;
        place.serialize_field("line", &line)?;
        place.serialize_field("column", &column)?;
        place.end()
    }
}
