//! One of several answers.

use crate::ui::{Line, Output, Role, width};

/// One of several answers: its name, which stays on the screen when it was taken, and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The name.
    pub name: String,
    /// What is to be said of it; may be empty.
    pub about: String,
}

impl Choice {
    /// A choice.
    pub fn new(name: impl Into<String>, about: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            about: about.into(),
        }
    }
}

/// The columns that pointer and tick take.
const MARGIN: usize = 8;

/// The choices as lines of a list, one column of names and one of what is said, none wider than the window.
pub(super) fn rows(choices: &[Choice], output: &Output) -> Vec<String> {
    let names = choices.iter().map(|choice| width(&choice.name)).max();
    let columns = output.window().0.saturating_sub(MARGIN);
    // Painted by the look; here it is only cut.
    let plain = crate::ui::Palette {
        colour: false,
        unicode: output.stderr_palette().unicode,
    };
    choices
        .iter()
        .map(|choice| {
            let mut line = Line::of(Role::Plain, &choice.name);
            if !choice.about.is_empty() {
                line.pad(names.unwrap_or_default() + 2);
                line.push(Role::Plain, &choice.about);
            }
            line.cut(columns, plain).paint(plain)
        })
        .collect()
}
