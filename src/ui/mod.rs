//! Everything that people see: progress, tables, questions, problems. The only place that prints.
//!
//! It reads events, the board and diagnostics, and never the engine. What is shown is made by plain functions from
//! data and a description of the [`Terminal`], so that tests see the same characters as people do. [`Output`] is
//! where it goes: data to standard output, everything else to standard error.

mod diagnostic;
mod diff;
mod findings;
mod harmless;
mod line;
mod next;
mod output;
mod palette;
mod prompt;
mod render;
mod restore;
mod summary;
mod table;
mod terminal;
mod trace;
mod waiting;
mod watching;

pub use crate::diagnostic::{age, duration, elapsed, size};
pub use diagnostic::render_diagnostic;
pub use diff::diff;
pub use findings::{count_findings, render_findings};
pub use harmless::{harmless, harmless_with_colour};
pub use line::{Line, width};
pub use next::whats_next;
pub use output::{Captured, Output};
pub use palette::{Palette, Role, Symbol};
pub use prompt::{Choice, PromptError, confirm, multi_select, password, select, text};
pub use render::{View, render};
pub use restore::{RawMode, restore_terminal};
pub use summary::{summary, waited_for};
pub use table::Table;
pub use terminal::{Terminal, TerminalFacts};
pub use trace::{critical_path, trace};
pub use waiting::Waiting;
pub use watching::tell;
