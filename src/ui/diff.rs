//! What changes in a text, as people know it from `diff -u`.

use super::{Line, Role, harmless};

/// Lines shown around a change.
const AROUND: usize = 3;

/// What happens to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Keep,
    Remove,
    Add,
}

/// The difference between two texts in unified form; nothing if there is none. `before` is `None` for a new text.
pub fn diff(name: &str, before: Option<&str>, after: &str) -> Vec<Line> {
    let old: Vec<&str> = before.unwrap_or_default().lines().collect();
    let new: Vec<&str> = after.lines().collect();
    let steps = steps(&old, &new);
    if steps.iter().all(|&step| step == Step::Keep) {
        return Vec::new();
    }
    let from = if before.is_some() { name } else { "/dev/null" };
    let mut lines = vec![
        Line::of(Role::Strong, format!("--- {}", harmless(from))),
        Line::of(Role::Strong, format!("+++ {}", harmless(name))),
    ];
    for hunk in hunks(&steps) {
        lines.extend(shown(&steps, hunk, &old, &new));
    }
    lines
}

/// The lines of one hunk, with its heading.
fn shown(steps: &[Step], hunk: std::ops::Range<usize>, old: &[&str], new: &[&str]) -> Vec<Line> {
    let count =
        |steps: &[Step], without: Step| steps.iter().filter(|&&step| step != without).count();
    let mut at_old = count(&steps[..hunk.start], Step::Add);
    let mut at_new = count(&steps[..hunk.start], Step::Remove);
    let part = &steps[hunk];
    let range = |at: usize, length: usize| format!("{},{length}", at + usize::from(length > 0));
    let heading = format!(
        "@@ -{} +{} @@",
        range(at_old, count(part, Step::Add)),
        range(at_new, count(part, Step::Remove))
    );
    let mut lines = vec![Line::of(Role::Busy, heading)];
    for step in part {
        let (role, sign, text) = match step {
            Step::Keep => (Role::Plain, ' ', new[at_new]),
            Step::Remove => (Role::Bad, '-', old[at_old]),
            Step::Add => (Role::Good, '+', new[at_new]),
        };
        at_old += usize::from(*step != Step::Add);
        at_new += usize::from(*step != Step::Remove);
        lines.push(Line::of(role, format!("{sign}{}", harmless(text))));
    }
    lines
}

/// Which steps are shown together.
fn hunks(steps: &[Step]) -> Vec<std::ops::Range<usize>> {
    let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        if *step == Step::Keep {
            continue;
        }
        let start = index.saturating_sub(AROUND);
        let end = (index + AROUND + 1).min(steps.len());
        match hunks.last_mut() {
            Some(last) if last.end >= start => last.end = end,
            _ => hunks.push(start..end),
        }
    }
    hunks
}

/// The shortest way from one text to the other (Myers, "An O(ND) difference algorithm and its variations", 1986).
fn steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    let (rows, columns) = (old.len().cast_signed(), new.len().cast_signed());
    let furthest = rows + columns;
    let offset = furthest + 1;
    let index = |diagonal: isize| (diagonal + offset).cast_unsigned();
    let mut ends = vec![0_isize; index(furthest) + 2];
    let mut history = Vec::new();
    'search: for distance in 0..=furthest {
        history.push(ends.clone());
        for diagonal in (-distance..=distance).step_by(2) {
            let down = diagonal == -distance
                || (diagonal != distance && ends[index(diagonal - 1)] < ends[index(diagonal + 1)]);
            let mut row = if down {
                ends[index(diagonal + 1)]
            } else {
                ends[index(diagonal - 1)] + 1
            };
            while row < rows
                && row - diagonal < columns
                && old[row.cast_unsigned()] == new[(row - diagonal).cast_unsigned()]
            {
                row += 1;
            }
            ends[index(diagonal)] = row;
            if row >= rows && row - diagonal >= columns {
                break 'search;
            }
        }
    }
    back(&history, rows, columns, index)
}

/// Walks the way back from its end.
fn back(
    history: &[Vec<isize>],
    rows: isize,
    columns: isize,
    index: impl Fn(isize) -> usize,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut row, mut column) = (rows, columns);
    for (distance, ends) in history.iter().enumerate().rev() {
        let distance = distance.cast_signed();
        let diagonal = row - column;
        let down = diagonal == -distance
            || (diagonal != distance && ends[index(diagonal - 1)] < ends[index(diagonal + 1)]);
        let before = if down { diagonal + 1 } else { diagonal - 1 };
        let (from_row, from_column) = if distance == 0 {
            (0, 0)
        } else {
            (ends[index(before)], ends[index(before)] - before)
        };
        let kept = if distance == 0 {
            row
        } else {
            (row - from_row - isize::from(!down)).min(column - from_column - isize::from(down))
        };
        steps.extend(std::iter::repeat_n(Step::Keep, kept.max(0).cast_unsigned()));
        if distance > 0 {
            steps.push(if down { Step::Add } else { Step::Remove });
        }
        (row, column) = (from_row, from_column);
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::Palette;

    const PLAIN: Palette = Palette {
        colour: false,
        unicode: true,
    };

    fn text(before: Option<&str>, after: &str) -> String {
        let lines = diff("a.yaml", before, after);
        let plain: Vec<String> = lines.iter().map(|line| line.paint(PLAIN)).collect();
        plain.join("\n")
    }

    #[test]
    fn changes_stand_with_the_lines_around_them() {
        let before: Vec<String> = (1..=20).map(|line: u8| line.to_string()).collect();
        let before = before.join("\n") + "\n";
        let after = before
            .replace("\n5\n", "\n5\nnew\n")
            .replace("\n15\n", "\nother\n");
        assert_eq!(
            text(Some(&before), &after),
            "--- a.yaml\n+++ a.yaml\n@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+new\n 6\n 7\n 8\n@@ -12,7 +13,7 @@\n 12\n 13\n 14\n-15\n+other\n 16\n 17\n 18"
        );
    }

    #[test]
    fn a_new_text_is_all_added_and_an_equal_one_shows_nothing() {
        assert_eq!(
            text(None, "a\nb\n"),
            "--- /dev/null\n+++ a.yaml\n@@ -0,0 +1,2 @@\n+a\n+b"
        );
        assert_eq!(text(Some("a\nb\n"), "a\nb\n"), "");
    }

    #[test]
    fn the_steps_lead_from_the_old_text_to_the_new_one() {
        let words = ["a", "b", "c"];
        for number in 0..3_u32.pow(7) {
            let word = |place: u32| words[(number / 3_u32.pow(place) % 3) as usize];
            let old: Vec<&str> = (0..number % 5).map(word).collect();
            let new: Vec<&str> = (3..3 + number % 4).map(word).collect();
            let (mut at_old, mut made) = (0, Vec::new());
            let mut at_new = 0;
            for step in steps(&old, &new) {
                match step {
                    Step::Keep => {
                        made.push(old[at_old]);
                        (at_old, at_new) = (at_old + 1, at_new + 1);
                    }
                    Step::Remove => at_old += 1,
                    Step::Add => {
                        made.push(new[at_new]);
                        at_new += 1;
                    }
                }
            }
            assert_eq!((at_old, made), (old.len(), new.clone()), "{old:?} {new:?}");
        }
    }
}
