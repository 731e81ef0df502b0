//! What the live view shows at one moment, as plain lines: a function of the board, the steps and the window.

use indexmap::IndexMap;

use super::super::{Line, Palette, Role, Symbol, duration, elapsed, harmless};
use super::run::{Run, Step};
use super::words;
use crate::event::{Board, Phase, Row};

/// Nobody needs to know the time of something shorter than this.
const WORTH_TIMING_MS: u64 = 2000;

/// The window and the moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Columns that may be used.
    pub(super) columns: usize,
    /// Rows that may be used.
    pub(super) rows: usize,
    /// The run's milliseconds.
    pub(super) now: u64,
    /// How symbols look.
    pub(super) palette: Palette,
}

/// One line to be: how it begins, what it says, since when.
struct Entry<'a> {
    symbol: Symbol,
    name: &'a str,
    text: Line,
    since_ms: Option<u64>,
    group: Group,
}

/// What matters first when there are more lines than rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Group {
    Failed,
    Working,
    Waiting,
    Skipped,
    Ready,
    Done,
}

impl Frame {
    /// The lines, none longer than the window is wide, no more than it is high.
    pub(super) fn lines(self, board: &Board, run: &Run) -> Vec<Line> {
        let mut entries: Vec<Entry<'_>> = run.shared().map(|step| self.shared(step)).collect();
        entries.extend(
            board
                .rows
                .iter()
                .map(|(name, row)| self.service(name, row, run)),
        );
        let room = self.rows.saturating_sub(1).max(1);
        let rest = Self::thin_out(&mut entries, room);
        let name_columns = entries
            .iter()
            .map(|entry| super::super::width(entry.name))
            .max()
            .unwrap_or(0)
            .min(self.columns / 3);
        let mut lines: Vec<Line> = entries
            .into_iter()
            .map(|entry| self.line(entry, name_columns))
            .collect();
        if !rest.is_empty() {
            lines.push(self.rest(&rest));
        }
        lines.push(self.overall(board, run));
        lines
            .into_iter()
            .map(|line| line.cut(self.columns, self.palette))
            .collect()
    }

    /// Keeps so many entries (one less, and a line for the rest), the busiest; returns what went.
    fn thin_out(entries: &mut Vec<Entry<'_>>, room: usize) -> IndexMap<Group, usize> {
        let mut rest = IndexMap::new();
        if entries.len() <= room {
            return rest;
        }
        let keep = room.saturating_sub(1);
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|&index| (entries[index].group, index));
        let mut kept = vec![false; entries.len()];
        for index in order.into_iter().take(keep) {
            kept[index] = true;
        }
        let mut index = 0;
        entries.retain(|entry| {
            let stays = kept[index];
            index += 1;
            if !stays {
                *rest.entry(entry.group).or_insert(0) += 1;
            }
            stays
        });
        rest.sort_keys();
        rest
    }

    fn wheel(self) -> Symbol {
        Symbol::Busy(usize::try_from(self.now / 100).unwrap_or(0))
    }

    fn shared(self, step: &Step) -> Entry<'_> {
        Entry {
            symbol: self.wheel(),
            name: "",
            text: Self::work(step),
            since_ms: Some(step.since_ms),
            group: Group::Working,
        }
    }

    fn work(step: &Step) -> Line {
        let mut line = Line::of(Role::Plain, harmless(&step.summary.title));
        if let Some(progress) = words::progress(step) {
            line.push(Role::Busy, format!("  {progress}"));
        }
        if let Some(output) = step.line.as_deref().filter(|line| !line.trim().is_empty()) {
            line.push(Role::Dim, format!("  {}", output.trim()));
        }
        line
    }

    fn service<'a>(self, name: &'a str, row: &Row, run: &Run) -> Entry<'a> {
        let entry = |symbol, text, since_ms, group| Entry {
            symbol,
            name,
            text,
            since_ms,
            group,
        };
        let said = |text: &str| Line::of(Role::Dim, text);
        match &row.phase {
            Phase::Failed => entry(
                Symbol::Bad,
                Line::of(Role::Bad, "failed"),
                None,
                Group::Failed,
            ),
            Phase::Skipped(cause) => {
                let text = format!("skipped, because {} failed", harmless(cause));
                entry(Symbol::Skipped, said(&text), None, Group::Skipped)
            }
            Phase::Retrying(error) => {
                let text = Line::of(Role::Odd, format!("trying again: {}", harmless(error)));
                entry(Symbol::Odd, text, Some(row.since_ms), Group::Working)
            }
            Phase::Ready(after) => {
                let text = Line::of(Role::Good, format!("ready after {}", duration(*after)));
                entry(Symbol::Good, text, None, Group::Ready)
            }
            Phase::Working(_, title) => match run.working(name) {
                Some(step) => entry(
                    self.wheel(),
                    Self::work(step),
                    Some(step.since_ms),
                    Group::Working,
                ),
                None => entry(
                    self.wheel(),
                    said(title),
                    Some(row.since_ms),
                    Group::Working,
                ),
            },
            // Steps of one service may overlap: one has ended, another runs.
            Phase::Waiting | Phase::Done if run.working(name).is_some() => {
                let text = run.working(name).map(Self::work).unwrap_or_default();
                let since = run.working(name).map(|step| step.since_ms);
                entry(self.wheel(), text, since, Group::Working)
            }
            Phase::Waiting if run.has_steps(name) => {
                let causes = run.waits_for(name);
                let text = match causes.as_slice() {
                    [] => "waiting".to_owned(),
                    causes => format!("waiting for {}", causes.join(", ")),
                };
                entry(
                    Symbol::Waiting,
                    said(&text),
                    Some(row.since_ms),
                    Group::Waiting,
                )
            }
            Phase::Waiting => entry(Symbol::Good, said("nothing to do"), None, Group::Done),
            Phase::Done => entry(Symbol::Good, said("done"), None, Group::Done),
        }
    }

    /// `✓ name  text                      12 s`
    fn line(self, entry: Entry<'_>, name_columns: usize) -> Line {
        let palette = self.palette;
        let mut line = Line::of(Role::of(entry.symbol), palette.symbol(entry.symbol));
        line.push(Role::Plain, " ");
        if !entry.name.is_empty() {
            let mut name = Line::of(Role::Strong, harmless(entry.name)).cut(name_columns, palette);
            name.pad(name_columns);
            line.append(name);
            line.push(Role::Plain, "  ");
        }
        let timing = entry
            .since_ms
            .map(|since| self.now.saturating_sub(since))
            .filter(|&passed| passed >= WORTH_TIMING_MS)
            .map(|passed| format!("  {}", elapsed(passed)))
            .unwrap_or_default();
        let room = self.columns.saturating_sub(line.width() + timing.len());
        line.append(entry.text.cut(room, palette));
        if !timing.is_empty() {
            line.pad(self.columns.saturating_sub(timing.len()));
            line.push(Role::Dim, timing);
        }
        line
    }

    fn rest(self, rest: &IndexMap<Group, usize>) -> Line {
        let total: usize = rest.values().sum();
        let parts: Vec<String> = rest
            .iter()
            .map(|(group, number)| {
                let word = match group {
                    Group::Failed => "failed",
                    Group::Working => "working",
                    Group::Waiting => "waiting",
                    Group::Skipped => "skipped",
                    Group::Ready => "ready",
                    Group::Done => "done",
                };
                format!("{number} {word}")
            })
            .collect();
        let mark = self.palette.ellipsis();
        Line::of(
            Role::Dim,
            format!("{mark} {total} more: {}", parts.join(", ")),
        )
    }

    fn overall(self, board: &Board, run: &Run) -> Line {
        let dot = self.palette.dot();
        if let Some(holder) = &run.holder {
            let symbol = self.palette.symbol(self.wheel());
            return Line::of(Role::Odd, format!("{symbol} waiting for {holder}"))
                .and(Role::Dim, format!("{dot}{}", elapsed(self.now)));
        }
        let mut line = Line::of(Role::Strong, format!("{} {}", run.command, board.project));
        let ready = board
            .rows
            .values()
            .filter(|row| matches!(row.phase, Phase::Ready(_)))
            .count();
        if board.cancelling {
            line.push(
                Role::Odd,
                format!("{dot}stopping (Ctrl-C again leaves at once)"),
            );
        }
        if !board.rows.is_empty() && ready > 0 {
            line.push(
                Role::Plain,
                format!("{dot}{ready}/{} ready", board.rows.len()),
            );
        }
        if !run.steps.is_empty() {
            line.push(
                Role::Dim,
                format!("{dot}{}/{} steps", run.done(), run.steps.len()),
            );
        }
        line.push(Role::Dim, format!("{dot}{}", elapsed(self.now)));
        line
    }
}
