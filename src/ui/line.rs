//! One line of text in pieces, each with its role, so that it can be measured, cut and padded before it is coloured.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Palette, Role};

/// The columns that a text takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A line in pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    pieces: Vec<(Role, String)>,
}

impl Line {
    /// A line without text.
    pub fn new() -> Self {
        Self::default()
    }

    /// A line of one piece.
    pub fn of(role: Role, text: impl Into<String>) -> Self {
        Self::new().and(role, text)
    }

    /// This line and a further piece.
    #[must_use]
    pub fn and(mut self, role: Role, text: impl Into<String>) -> Self {
        self.push(role, text);
        self
    }

    /// Adds a piece.
    pub fn push(&mut self, role: Role, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.pieces.push((role, text));
        }
    }

    /// Adds another line's pieces.
    pub fn append(&mut self, line: Line) {
        self.pieces.extend(line.pieces);
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The columns that it takes.
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| width(text)).sum()
    }

    /// Fills up with spaces to so many columns.
    pub fn pad(&mut self, columns: usize) {
        let missing = columns.saturating_sub(self.width());
        self.push(Role::Plain, " ".repeat(missing));
    }

    /// At most so many columns of it; what was cut is marked.
    #[must_use]
    pub fn cut(self, columns: usize, palette: Palette) -> Self {
        if self.width() <= columns {
            return self;
        }
        let mark = palette.ellipsis();
        // Where not even the mark fits, text without it is better than a mark without text.
        let (room, mark) = match columns.checked_sub(width(mark)) {
            Some(room) if room > 0 => (room, mark),
            _ => (columns, ""),
        };
        let mut cut = Self::new();
        let mut used = 0;
        for (role, text) in self.pieces {
            let (head, rest) = split(&text, room - used);
            used += width(head);
            cut.push(role, head);
            if !rest.is_empty() {
                cut.push(role, mark);
                break;
            }
        }
        cut
    }

    /// The line in pieces of at most so many columns, broken at spaces where there are any.
    pub fn wrap(self, columns: usize) -> Vec<Self> {
        let columns = columns.max(1);
        let mut lines = vec![Self::new()];
        for (role, text) in self.pieces {
            for word in text.split_inclusive(' ') {
                let used = lines.last().map_or(0, Self::width);
                if used > 0 && used + width(word.trim_end()) > columns {
                    lines.push(Self::new());
                }
                let mut rest = word;
                while !rest.is_empty() {
                    let last = lines.len() - 1;
                    let room = columns.saturating_sub(lines[last].width());
                    let (head, tail) = split(rest, room);
                    if head.is_empty() && !lines[last].is_empty() {
                        // Spaces at a break vanish into it.
                        rest = rest.trim_start();
                        if !rest.is_empty() {
                            lines.push(Self::new());
                        }
                        continue;
                    }
                    let (head, tail) = if head.is_empty() {
                        // A character wider than the column: shown all the same, lest this never ends.
                        rest.split_at(rest.chars().next().map_or(0, char::len_utf8))
                    } else {
                        (head, tail)
                    };
                    lines[last].push(role, head);
                    rest = tail;
                }
            }
        }
        lines
    }

    /// As it goes to the terminal.
    pub fn paint(&self, palette: Palette) -> String {
        self.pieces
            .iter()
            .map(|(role, text)| palette.paint(*role, text))
            .collect()
    }
}

/// The part of a text that fits so many columns, and the rest.
fn split(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += character.width().unwrap_or(0);
        if used > columns {
            return text.split_at(at);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UNICODE: Palette = Palette {
        colour: false,
        unicode: true,
    };
    const ASCII: Palette = Palette {
        colour: false,
        unicode: false,
    };

    fn cut(text: &str, columns: usize, palette: Palette) -> String {
        Line::of(Role::Plain, text)
            .cut(columns, palette)
            .paint(palette)
    }

    #[test]
    fn cuts_by_columns_and_marks_it() {
        assert_eq!(cut("postgres", 8, UNICODE), "postgres");
        assert_eq!(cut("postgres", 6, UNICODE), "postg…");
        assert_eq!(cut("postgres", 6, ASCII), "pos...");
        assert_eq!(cut("日本語", 5, UNICODE), "日本…");
        assert_eq!(cut("日本語", 4, UNICODE), "日…");
        assert_eq!(cut("postgres", 1, ASCII), "p");
        assert_eq!(cut("postgres", 0, UNICODE), "");
    }

    #[test]
    fn a_cut_never_splits_an_escape_sequence() {
        let palette = Palette {
            colour: true,
            unicode: true,
        };
        let line = Line::of(Role::Bad, "failed")
            .and(Role::Good, "fine")
            .cut(8, palette);
        let text = line.paint(palette);
        assert_eq!(console::strip_ansi_codes(&text), "failedf…");
        assert!(text.ends_with("\u{1b}[0m"), "{text:?}");
    }

    fn wrap(text: &str, columns: usize) -> Vec<String> {
        Line::of(Role::Plain, text)
            .wrap(columns)
            .iter()
            .map(|line| line.paint(UNICODE).trim_end().to_owned())
            .collect()
    }

    #[test]
    fn wraps_at_spaces_and_breaks_only_long_words() {
        assert_eq!(wrap("waiting for db", 8), ["waiting", "for db"]);
        assert_eq!(wrap("postgres://shop", 8), ["postgres", "://shop"]);
        assert_eq!(wrap("a 日本", 3), ["a", "日", "本"]);
        assert_eq!(wrap("日", 1), ["日"]);
    }

    proptest! {
        #[test]
        fn a_cut_line_fits(text in "\\PC*", columns in 0_usize..60) {
            for palette in [UNICODE, ASCII] {
                prop_assert!(width(&cut(&text, columns, palette)) <= columns);
            }
        }

        #[test]
        fn wrapping_ends_and_loses_only_spaces(text in "\\PC{0,80}", columns in 0_usize..20) {
            let joined: String = wrap(&text, columns).concat();
            let strip = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(strip(&joined), strip(&text));
        }
    }
}
