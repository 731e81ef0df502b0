//! A line an event, for logs and for terminals that cannot move the cursor.

use std::collections::HashMap;

use super::super::{Line, Output, Role, duration, elapsed, harmless, summary, width};
use super::run::StepState;
use super::{Run, Show, words};
use crate::event::{Board, Event, EventKind, Outcome, StepId, StepKind};

/// Milliseconds into a step after which it is told again that it runs; then always the last one.
const REMINDERS_MS: [u64; 5] = [2_000, 5_000, 10_000, 15_000, 30_000];

/// Writes `service | text` to standard error, and the final table to standard output.
pub(super) struct Plain {
    output: Output,
    column: usize,
    reminders: HashMap<StepId, Reminder>,
}

/// When a running step is spoken of next.
struct Reminder {
    due: u64,
    told: usize,
}

impl Plain {
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            column: 0,
            reminders: HashMap::new(),
        }
    }

    fn line(&self, who: &str, text: &str) {
        // Before the run has begun (another holds the lock) nobody has a name yet.
        if who.is_empty() {
            self.output.say(text.trim_end());
            return;
        }
        let mut line = Line::of(Role::Plain, harmless(who));
        line.pad(self.column);
        line.push(Role::Plain, format!(" | {text}"));
        self.output
            .say(line.paint(self.output.stderr_palette()).trim_end());
    }
}

impl Show for Plain {
    fn event(&mut self, event: &Event, board: &Board, run: &Run) {
        let who = event.service.as_deref().unwrap_or(&board.project);
        let step = event.step.and_then(|id| run.steps.get(&id));
        let title = step.map_or("", |step| step.summary.title.as_str());
        match &event.kind {
            EventKind::RunStarted {
                command,
                project,
                steps,
                services,
                ..
            } => {
                let names = services.iter().chain([project]);
                self.column = names.map(|name| width(name)).max().unwrap_or(0);
                if !steps.is_empty() {
                    self.line(who, &format!("{command}: {}", count(steps.len(), "step")));
                }
            }
            EventKind::LockWaiting { holder } => {
                self.line(who, &format!("waiting for {}", harmless(holder)));
            }
            EventKind::StepStarted => {
                if let Some(id) = event.step {
                    let reminder = Reminder {
                        due: event.at + REMINDERS_MS[0],
                        told: 0,
                    };
                    self.reminders.insert(id, reminder);
                }
                let reason = step.map_or("", |step| step.summary.reason.as_str());
                match reason {
                    "" => self.line(who, title),
                    reason => self.line(who, &format!("{title} ({reason})")),
                }
            }
            EventKind::StepRetrying {
                attempt,
                error,
                wait_ms,
            } => self.line(
                who,
                &format!(
                    "{title}: attempt {attempt} failed, next in {}: {}",
                    duration(*wait_ms),
                    harmless(error)
                ),
            ),
            EventKind::StepFinished { took_ms, unchanged } => {
                // That a service is ready is told by its own event, with the time that counts.
                let began = event
                    .step
                    .is_some_and(|id| self.reminders.contains_key(&id));
                if began && step.is_none_or(|step| step.summary.kind != StepKind::Ready) {
                    let what = if *unchanged { "nothing to do" } else { "done" };
                    self.line(who, &format!("{title}: {what} ({})", duration(*took_ms)));
                }
            }
            EventKind::StepFailed { diagnostic } => {
                self.line(who, &format!("{title}: failed"));
                self.output.report(diagnostic);
            }
            EventKind::StepSkipped { cause, .. } => {
                self.line(
                    who,
                    &format!("{title}: skipped, because {} failed", harmless(cause)),
                );
            }
            EventKind::ServiceReady { after_ms } => {
                self.line(who, &format!("ready after {}", duration(*after_ms)));
            }
            EventKind::Output { line } => self.line(who, &harmless(line)),
            EventKind::Warning { diagnostic } => self.output.report(diagnostic),
            EventKind::Cancelling => self.line(who, "stopping, as asked"),
            EventKind::StepProgress { .. } | EventKind::RunFinished { .. } => {}
        }
    }

    fn tick(&mut self, now: u64, board: &Board, run: &Run) {
        let mut lines = Vec::new();
        self.reminders.retain(|id, reminder| {
            let Some(step) = run
                .steps
                .get(id)
                .filter(|step| step.state == StepState::Running)
            else {
                return false;
            };
            if now >= reminder.due {
                reminder.told += 1;
                let wait = REMINDERS_MS[reminder.told.min(REMINDERS_MS.len() - 1)];
                reminder.due = now + wait;
                let who = step.summary.service.as_deref().unwrap_or(&board.project);
                let told = words::progress(step).unwrap_or_default();
                let since = elapsed(now.saturating_sub(step.since_ms));
                let text = match told.as_str() {
                    "" => format!("{} ({since})", step.summary.title),
                    told => format!("{}: {told} ({since})", step.summary.title),
                };
                lines.push((step.summary.id, who.to_owned(), text));
            }
            true
        });
        lines.sort_by_key(|(id, ..)| *id);
        for (_, who, text) in lines {
            self.line(&who, &text);
        }
    }

    fn end(&mut self, board: &Board, run: &Run) {
        finish(&self.output, board, run);
    }
}

/// The final table and the last line, the same for every view that people read.
pub(super) fn finish(output: &Output, board: &Board, run: &Run) {
    use super::super::Symbol;

    let untold = match run.command.as_str() {
        // After a good `down` there is nothing to list, and who watches files knows the table.
        "down" | "watch" => board.outcome != Some(Outcome::Failed),
        // Standard output is the program's.
        "run" => true,
        _ => false,
    };
    if !board.services.is_empty() && !untold {
        let table = summary(&board.services, output.terminal().stdout_palette);
        // Who does not read the table any more still wants the exit code.
        let _ = output.table(&table);
    }
    let palette = output.stderr_palette();
    if let Some(text) = words::outcome(board, run, palette) {
        let symbol = match board.outcome {
            Some(Outcome::Failed) => Symbol::Bad,
            Some(Outcome::Interrupted) => Symbol::Odd,
            _ => Symbol::Good,
        };
        let mark = palette.symbol(symbol);
        output.say_line(&Line::of(Role::of(symbol), mark).and(Role::Strong, format!(" {text}")));
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}
