//! Progress and outcomes in words.

use super::super::{Palette, duration, elapsed, harmless, size};
use super::run::{Run, Step};
use crate::event::{Board, Outcome, Phase, Progress};

/// How far a step is; none while it has told nothing.
pub(super) fn progress(step: &Step) -> Option<String> {
    match step.progress.as_ref()? {
        Progress::Bytes { done, total, what } => {
            let mut parts = Vec::new();
            if *total > 0 {
                let percent = u128::from(*done) * 100 / u128::from(*total);
                parts.push(format!("{}%", percent.min(100)));
                parts.push(format!("{} of {}", size(*done), size(*total)));
            } else {
                parts.push(size(*done));
            }
            if let Some(rate) = step.rate.per_second() {
                parts.push(format!("{}/s", size(rate)));
            }
            if let Some(left) = step.rate.remaining_ms(*total) {
                parts.push(format!("{} left", elapsed(left.next_multiple_of(1000))));
            }
            if !what.is_empty() {
                parts.push(harmless(what));
            }
            Some(parts.join("  "))
        }
        Progress::Part { number, of, what } => Some(format!("{number}/{of}  {}", harmless(what))),
        Progress::Waiting { what } => Some(harmless(what)),
    }
}

/// How a run ended, in one line without a mark; none for one that has not ended.
pub(super) fn outcome(board: &Board, run: &Run, palette: Palette) -> Option<String> {
    let took = duration(board.took_ms);
    let (project, command) = (&board.project, &run.command);
    Some(match board.outcome? {
        Outcome::Done if matches!(command.as_str(), "up" | "start" | "restart" | "watch") => {
            format!("{project} is ready{}{took}", palette.dot())
        }
        Outcome::Done | Outcome::Unchanged if command == "run" => {
            format!("{project}: what it needs is ready{}{took}", palette.dot())
        }
        Outcome::Done => format!("{project}: {command} is done{}{took}", palette.dot()),
        Outcome::Unchanged => format!("{project}: nothing to do{}{took}", palette.dot()),
        Outcome::Failed => {
            let named = |wanted: fn(&Phase) -> bool, word: &str| {
                let names: Vec<&str> = board
                    .rows
                    .iter()
                    .filter(|(_, row)| wanted(&row.phase))
                    .map(|(name, _)| name.as_str())
                    .collect();
                match names.as_slice() {
                    [] => None,
                    names if names.len() > 5 => Some(format!("{} services {word}", names.len())),
                    names => Some(format!("{} {word}", names.join(", "))),
                }
            };
            let parts: Vec<String> = [
                named(|phase| matches!(phase, Phase::Failed), "failed"),
                named(|phase| matches!(phase, Phase::Skipped(_)), "skipped"),
            ]
            .into_iter()
            .flatten()
            .collect();
            match parts.as_slice() {
                [] => format!("{project}: {command} failed{}{took}", palette.dot()),
                parts => format!(
                    "{project}: {command} failed ({}){}{took}",
                    parts.join("; "),
                    palette.dot()
                ),
            }
        }
        Outcome::Interrupted => format!(
            "{project}: interrupted, what was done stays; `devstack {command}` goes on from there{}{took}",
            palette.dot()
        ),
    })
}
