//! A text that is being edited: what nobody touches stays as it is, byte by byte.
//!
//! Edits are worked out on the text as everybody else reads it (without a byte order mark, with plain line ends), and
//! carried out on the text as it lies on the disk.

use std::ops::Range;

use crate::manifest::file::normalise;

/// A text with what it lies like on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedText {
    raw: String,
    plain: String,
    /// The length of the byte order mark.
    mark: usize,
    /// Where in the plain text line ends are that have a carriage return on the disk.
    returns: Vec<usize>,
}

/// A range of the plain text and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go.
    pub range: Range<usize>,
    /// What comes, with plain line ends.
    pub text: String,
}

impl EditedText {
    /// From what lies on the disk.
    pub fn new(raw: impl Into<String>) -> Self {
        let raw = raw.into();
        let plain = normalise(raw.clone());
        let mark = if raw.starts_with('\u{feff}') { 3 } else { 0 };
        let returns = raw[mark..]
            .match_indices("\r\n")
            .enumerate()
            .map(|(before, (at, _))| at - before)
            .collect();
        Self {
            raw,
            plain,
            mark,
            returns,
        }
    }

    /// As it lies on the disk.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// As everybody reads it.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// Carries out an edit.
    pub fn edit(&mut self, edit: &Edit) {
        let range = self.on_disk(edit.range.start)..self.on_disk(edit.range.end);
        let lines = self.plain.matches('\n').count();
        let text = if self.returns.len() * 2 > lines {
            edit.text.replace('\n', "\r\n")
        } else {
            edit.text.clone()
        };
        let mut raw = std::mem::take(&mut self.raw);
        raw.replace_range(range, &text);
        *self = Self::new(raw);
    }

    /// Where a byte of the plain text lies on the disk.
    fn on_disk(&self, plain: usize) -> usize {
        let before = self.returns.partition_point(|&at| at < plain);
        self.mark + plain + before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_and_line_ends_of_the_disk_stay() {
        let mut text = EditedText::new("\u{feff}a: 1\r\nb: 2\r\n\r\nc: 3");
        assert_eq!(text.plain(), "a: 1\nb: 2\n\nc: 3");
        let end = text.plain().find('2').expect("there") + 1;
        text.edit(&Edit {
            range: end..end,
            text: "\nx: 1\ny: 2".to_owned(),
        });
        assert_eq!(
            text.raw(),
            "\u{feff}a: 1\r\nb: 2\r\nx: 1\r\ny: 2\r\n\r\nc: 3"
        );
        let last = text.plain().len();
        text.edit(&Edit {
            range: last - 1..last,
            text: "4".to_owned(),
        });
        assert!(text.raw().ends_with("\r\n\r\nc: 4"));
    }

    #[test]
    fn of_mixed_line_ends_the_more_frequent_is_taken() {
        let mut text = EditedText::new("a: 1\nb: 2\r\nc: 3\n");
        text.edit(&Edit {
            range: 4..4,
            text: "\nx: 1".to_owned(),
        });
        assert_eq!(text.raw(), "a: 1\nx: 1\nb: 2\r\nc: 3\n");
    }
}
