//! The lines around marked places, cut out of their texts.
//!
//! Texts may be huge (a seed of a gigabyte has its excerpt made elsewhere, but a line of some megabytes is possible
//! everywhere), so only the lines needed are taken, and of very long ones only the neighbourhood of the mark.

use std::sync::Arc;

use super::super::harmless;
use crate::diagnostic::{Diagnostic, Label};
use crate::source::{Position, Source};

/// Places further apart than this are shown apart.
const NEAR_LINES: usize = 200;
/// A line longer than this, in bytes, is cut here; shorter ones are fitted to the window by annotate-snippets.
const LONG_LINE: usize = 4000;
/// How much of a long line stays on each side of the mark, in bytes.
const NEIGHBOURHOOD: usize = 400;

/// Some lines of one text with marks in them.
pub(super) struct Excerpt {
    /// The text's name.
    pub(super) name: String,
    /// The lines.
    pub(super) text: String,
    /// The number of the first one.
    pub(super) first_line: usize,
    /// What is marked.
    pub(super) marks: Vec<Mark>,
    /// Where the line's beginning was cut off: the place that would be shown, and the real one.
    pub(super) moved: Option<(String, String)>,
}

/// A marked part.
pub(super) struct Mark {
    /// Its first byte in the excerpt.
    pub(super) start: usize,
    /// One past its last byte.
    pub(super) end: usize,
    /// What is said of it.
    pub(super) text: String,
    /// Whether it is the place itself, not a related one.
    pub(super) primary: bool,
}

impl Excerpt {
    /// All that a problem's places need, the place itself first.
    pub(super) fn of(diagnostic: &Diagnostic) -> Vec<Self> {
        let primary = diagnostic.place.iter().map(|label| (label, true));
        let related = diagnostic.related.iter().map(|label| (label, false));
        let mut groups: Vec<Vec<(&Label, bool)>> = Vec::new();
        for (label, primary) in primary.chain(related) {
            let near = groups.iter_mut().find(|group| {
                group.iter().all(|(other, _)| {
                    Arc::ptr_eq(other.span.source(), label.span.source())
                        && line(other).abs_diff(line(label)) < NEAR_LINES
                })
            });
            match near {
                Some(group) => group.push((label, primary)),
                None => groups.push(vec![(label, primary)]),
            }
        }
        groups
            .iter()
            .filter_map(|group| Self::of_group(group))
            .collect()
    }

    fn of_group(labels: &[(&Label, bool)]) -> Option<Self> {
        let source = labels.first()?.0.span.source();
        let first_line = labels.iter().map(|(label, _)| line(label)).min()?;
        let last_line = labels.iter().map(|(label, _)| line(label)).max()?;
        let mut excerpt = Self {
            name: harmless(source.name()),
            text: String::new(),
            first_line,
            marks: Vec::new(),
            moved: None,
        };
        for number in first_line..=last_line {
            let here: Vec<_> = labels
                .iter()
                .copied()
                .filter(|(label, _)| line(label) == number)
                .collect();
            excerpt.push_line(source, number, &here);
        }
        Some(excerpt)
    }

    fn push_line(&mut self, source: &Arc<Source>, number: usize, labels: &[(&Label, bool)]) {
        let whole = source.line_span(number);
        let text = whole.text();
        let offset = |at: usize| at.saturating_sub(whole.start()).min(text.len());
        let (mut from, mut to) = (0, text.len());
        if text.len() > LONG_LINE {
            let first = labels
                .iter()
                .map(|(label, _)| offset(label.span.start()))
                .min()
                .unwrap_or(0);
            from = text.floor_char_boundary(first.saturating_sub(NEIGHBOURHOOD));
            to = text.floor_char_boundary((first + NEIGHBOURHOOD).min(text.len()));
        }
        let told = if source.is_confidential() {
            text.find('=').map_or(0, |at| at + 1)
        } else {
            text.len()
        };
        (from, to) = (from.min(told), to.min(told));
        let base = self.text.len();
        for (label, primary) in labels {
            // A place of several lines is marked on its first.
            let start = offset(label.span.start()).clamp(from, to);
            let end = offset(label.span.end()).clamp(start, to);
            let end = start + text[start..end].trim_end().len();
            self.marks.push(Mark {
                start: base + start - from,
                end: base + end - from,
                text: harmless(&label.text),
                primary: *primary,
            });
            if from > 0 && (*primary || self.moved.is_none()) {
                let shown = text[from..start].chars().count() + 1;
                let Position { line, column } = label.span.position();
                let name = &self.name;
                self.moved = Some((
                    format!("{name}:{line}:{shown}"),
                    format!("{name}:{line}:{column}"),
                ));
            }
        }
        self.text.push_str(&text[from..to]);
        if told < text.len() {
            self.text.push('…');
        }
        self.text.push('\n');
    }
}

fn line(label: &Label) -> usize {
    label.span.position().line
}
