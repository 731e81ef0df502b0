//! Moves a block of text to where it is to stand, in the indentation of its new surroundings.

use super::layout::{Kind, Layout};

/// How a file is indented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indentation {
    /// Spaces a level.
    pub step: usize,
    /// Whether the items of a list stand deeper than its key.
    pub deeper_items: bool,
}

impl Default for Indentation {
    fn default() -> Self {
        Self {
            step: 2,
            deeper_items: true,
        }
    }
}

impl Indentation {
    /// The habit of a text, as far as it shows one: the smallest step that it takes.
    pub fn of(text: &str, documents: &[Layout]) -> Self {
        let mut steps = Vec::new();
        let mut lists = Vec::new();
        for document in documents {
            habits(document, text, &mut steps, &mut lists);
        }
        let deeper = lists.iter().filter(|&&deeper| deeper).count();
        Self {
            step: steps.into_iter().min().unwrap_or(2),
            deeper_items: lists.is_empty() || deeper * 2 >= lists.len(),
        }
    }
}

/// The column of a byte, from 0.
pub(super) fn column(text: &str, at: usize) -> usize {
    at - line_start(text, at)
}

/// Where the line of a byte begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// Where the line of a byte ends, before its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |more| at + more)
}

fn habits(layout: &Layout, text: &str, steps: &mut Vec<usize>, lists: &mut Vec<bool>) {
    match &layout.kind {
        Kind::Mapping {
            flow: false,
            entries,
        } => {
            for entry in entries {
                let here = column(text, entry.key.start);
                match &entry.value.kind {
                    Kind::Mapping {
                        flow: false,
                        entries,
                    } => {
                        let child = entries.first().map(|first| first.key.start);
                        let step = child.map_or(0, |at| column(text, at).saturating_sub(here));
                        steps.extend((step > 0).then_some(step));
                    }
                    Kind::Sequence { flow: false, .. } => {
                        lists.push(dash_column(text, &entry.value) > here);
                    }
                    _ => {}
                }
                habits(&entry.value, text, steps, lists);
            }
        }
        Kind::Sequence { flow: false, items } => {
            for item in items {
                habits(item, text, steps, lists);
            }
        }
        _ => {}
    }
}

/// The column of the dashes of a list in block style.
pub(super) fn dash_column(text: &str, list: &Layout) -> usize {
    let Some(first) = list.items().first() else {
        return column(text, list.range.start);
    };
    let start = line_start(text, first.range.start);
    let line = &text[start..line_end(text, start)];
    if line.trim_start().starts_with('-') {
        line.len() - line.trim_start().len()
    } else {
        column(text, list.range.start)
    }
}

/// How far the items of a block sequence stand from their dashes.
pub(super) fn dash_gap(text: &str, list: &Layout) -> usize {
    let gap = |item: &Layout| {
        let before = &text[line_start(text, item.range.start)..item.range.start];
        let spaces = before.trim_start().strip_prefix('-')?;
        let only_spaces = !spaces.is_empty() && spaces.bytes().all(|byte| byte == b' ');
        only_spaces.then_some(spaces.len())
    };
    list.items().last().and_then(gap).unwrap_or(1)
}

/// A block whose outermost keys stand at column 0, moved to column `base`.
///
/// The step from level to level becomes that of the new surroundings; what stands in a list item keeps its distance to
/// the dash, and lines inside of texts and flow collections move with what they belong to.
pub fn moved(block: &str, base: usize, indentation: Indentation) -> String {
    let mut shifts: Vec<(usize, isize)> = Vec::new(); // from this byte on, lines move by so much
    for document in Layout::of(block).unwrap_or_default() {
        shift(&document, block, base, indentation, &mut shifts);
    }
    shifts.sort_by_key(|&(at, _)| at);
    let mut lines = Vec::new();
    let mut at = 0;
    for line in block.split('\n') {
        let content = line.trim_start_matches(' ');
        let old = line.len() - content.len();
        let first = at + old;
        at += line.len() + 1;
        if content.is_empty() {
            lines.push(String::new());
            continue;
        }
        // A comment moves with what follows it; everything else with what it stands in.
        let place = if content.starts_with('#') {
            shifts
                .iter()
                .find(|&&(from, _)| from >= first && column(block, from) == old)
        } else {
            None
        };
        let by = place
            .or_else(|| shifts.iter().rev().find(|&&(from, _)| from <= first))
            .or_else(|| shifts.first())
            .map_or(base.cast_signed(), |&(_, by)| by);
        let new = old.saturating_add_signed(by);
        lines.push(format!("{}{content}", " ".repeat(new)));
    }
    lines.join("\n")
}

/// Notes for each entry and item in block style by how much its line moves; `at` is the column that it gets.
fn shift(
    layout: &Layout,
    text: &str,
    at: usize,
    indentation: Indentation,
    shifts: &mut Vec<(usize, isize)>,
) {
    match &layout.kind {
        Kind::Mapping {
            flow: false,
            entries,
        } => {
            for entry in entries {
                let here = column(text, entry.key.start);
                shifts.push((entry.key.start, at.cast_signed() - here.cast_signed()));
                let below = match &entry.value.kind {
                    Kind::Sequence { .. } if !indentation.deeper_items => at,
                    _ => at + indentation.step,
                };
                shift(&entry.value, text, below, indentation, shifts);
            }
        }
        Kind::Sequence { flow: false, items } => {
            let dash = dash_column(text, layout);
            for item in items {
                let start = line_start(text, item.range.start) + dash;
                shifts.push((start, at.cast_signed() - dash.cast_signed()));
                let gap = column(text, item.range.start).saturating_sub(dash);
                shift(item, text, at + gap, indentation, shifts);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "\
# a database
db:
  image: x # the image
  environment:
    # who
    USER: a
  command: |
    one
      two
  seed:
    - a.sql
    - file: b.csv
      table: b
  ports: [\"1\",
    \"2\"]";

    #[test]
    fn the_step_becomes_that_of_the_surroundings() {
        let indentation = Indentation {
            step: 4,
            deeper_items: true,
        };
        assert_eq!(
            moved(BLOCK, 4, indentation),
            "    # a database
    db:
        image: x # the image
        environment:
            # who
            USER: a
        command: |
          one
            two
        seed:
            - a.sql
            - file: b.csv
              table: b
        ports: [\"1\",
          \"2\"]"
        );
    }

    #[test]
    fn the_meaning_is_the_same_at_every_indentation() {
        let meaning = |text: &str| {
            let value: serde_yaml::Value = serde_yaml::from_str(text).expect("it is YAML");
            serde_json::to_string(&value).expect("it is JSON")
        };
        for step in 1..9 {
            for deeper_items in [true, false] {
                for base in [0, 1, 2, 3, 7] {
                    let indentation = Indentation { step, deeper_items };
                    let text = moved(BLOCK, base, indentation);
                    assert_eq!(meaning(&text), meaning(BLOCK), "{text}");
                }
            }
        }
    }

    #[test]
    fn the_habit_of_a_text_is_found() {
        for (text, step, deeper_items) in [
            ("a: 1\n", 2, true),
            ("a:\n    b:\n        c: 1\n", 4, true),
            ("a:\n   b:\n   - 1\n", 3, false),
            ("a:\n  b:\n    - 1\n", 2, true),
        ] {
            let layouts = Layout::of(text).expect("it is YAML");
            let habit = Indentation { step, deeper_items };
            assert_eq!(Indentation::of(text, &layouts), habit, "{text}");
        }
    }
}
