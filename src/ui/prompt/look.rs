//! How questions look: as everything else does, by the palette of the stream.

use std::fmt::{Result, Write};

use dialoguer::theme::Theme;

use crate::ui::{Line, Palette, Role, Symbol};

/// The look of one question.
pub(super) struct Look {
    /// Colours and symbols.
    pub(super) palette: Palette,
    /// The width of the window.
    pub(super) columns: usize,
}

impl Look {
    /// The question, broken at the window's edge: dialoguer counts the line feeds that it has to clear again, and would
    /// not notice what the terminal breaks.
    fn question(&self, question: &str, hint: &str) -> String {
        let line = Line::of(Role::Busy, "? ")
            .and(Role::Strong, question)
            .and(Role::Dim, hint);
        let lines: Vec<String> = line
            .wrap(self.columns)
            .iter()
            .map(|line| line.paint(self.palette))
            .collect();
        lines.join("\n")
    }

    fn pointer(&self, active: bool) -> String {
        let mark = match (active, self.palette.unicode) {
            (false, _) => " ",
            (true, true) => "❯",
            (true, false) => ">",
        };
        self.palette.paint(Role::Busy, mark)
    }

    fn item(&self, text: &str, active: bool) -> String {
        let role = if active { Role::Strong } else { Role::Plain };
        self.palette.paint(role, text)
    }
}

impl Theme for Look {
    fn format_prompt(&self, f: &mut dyn Write, prompt: &str) -> Result {
        f.write_str(&self.question(prompt, ""))
    }

    fn format_error(&self, f: &mut dyn Write, error: &str) -> Result {
        let mark = self.palette.symbol(Symbol::Bad);
        f.write_str(&self.palette.paint(Role::Bad, &format!("{mark} {error}")))
    }

    fn format_confirm_prompt(
        &self,
        f: &mut dyn Write,
        prompt: &str,
        default: Option<bool>,
    ) -> Result {
        let hint = match default {
            None => " [y/n]",
            Some(true) => " [Y/n]",
            Some(false) => " [y/N]",
        };
        write!(f, "{} ", self.question(prompt, hint))
    }

    fn format_input_prompt(
        &self,
        f: &mut dyn Write,
        prompt: &str,
        default: Option<&str>,
    ) -> Result {
        let hint = default.map(|default| format!(" [{default}]"));
        write!(f, "{} ", self.question(prompt, &hint.unwrap_or_default()))
    }

    fn format_select_prompt(&self, f: &mut dyn Write, prompt: &str) -> Result {
        f.write_str(&self.question(prompt, "  (arrows move, enter takes)"))
    }

    fn format_select_prompt_item(&self, f: &mut dyn Write, text: &str, active: bool) -> Result {
        write!(f, "{} {}", self.pointer(active), self.item(text, active))
    }

    fn format_multi_select_prompt(&self, f: &mut dyn Write, prompt: &str) -> Result {
        f.write_str(&self.question(prompt, "  (arrows move, space ticks, enter takes)"))
    }

    fn format_multi_select_prompt_item(
        &self,
        f: &mut dyn Write,
        text: &str,
        checked: bool,
        active: bool,
    ) -> Result {
        let tick = if checked {
            let mark = if self.palette.unicode { "✓" } else { "x" };
            format!("[{}]", self.palette.paint(Role::Good, mark))
        } else {
            "[ ]".to_owned()
        };
        write!(
            f,
            "{} {tick} {}",
            self.pointer(active),
            self.item(text, active)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(unicode: bool, write: impl Fn(&Look, &mut String) -> Result) -> String {
        let palette = Palette {
            colour: false,
            unicode,
        };
        let mut text = String::new();
        write(
            &Look {
                palette,
                columns: 40,
            },
            &mut text,
        )
        .expect("a string takes it");
        text
    }

    #[test]
    fn a_tick_shows_without_colour_and_without_unicode() {
        let item = |unicode, checked, active| {
            shown(unicode, |look, f| {
                look.format_multi_select_prompt_item(f, "redis", checked, active)
            })
        };
        assert_eq!(item(false, true, true), "> [x] redis");
        assert_eq!(item(false, false, false), "  [ ] redis");
        assert_eq!(item(true, true, true), "❯ [✓] redis");
    }

    #[test]
    fn a_long_question_is_broken_by_us_at_the_edge_of_the_window() {
        let question = shown(true, |look, f| {
            look.format_select_prompt(f, "Which of all these databases is the one?")
        });
        assert!(question.lines().count() > 1, "{question}");
        assert!(question.lines().all(|line| line.len() <= 40), "{question}");
    }
}
