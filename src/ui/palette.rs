//! Colours and symbols by what they mean.

use console::Style;

/// What a piece of text means, and so how it looks. Colour is never the only carrier of meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing special.
    Plain,
    /// What the eye should find first.
    Strong,
    /// What matters least.
    Dim,
    /// All is well.
    Good,
    /// Something failed.
    Bad,
    /// Something is odd, or is being tried again.
    Odd,
    /// Something is being worked on.
    Busy,
    /// An address to copy or to click.
    Link,
    /// The name of a log's service: the same number, the same colour.
    Prefix(usize),
}

/// What a mark at the beginning of a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    /// All is well.
    Good,
    /// Something failed.
    Bad,
    /// Something is odd, or is being tried again.
    Odd,
    /// It works, but something is wrong.
    Warning,
    /// Waits its turn.
    Waiting,
    /// Left out.
    Skipped,
    /// Works; the number turns the wheel.
    Busy(usize),
}

/// How roles and symbols look on one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Whether it has colours.
    pub colour: bool,
    /// Whether symbols may be more than ASCII.
    pub unicode: bool,
}

impl Palette {
    /// A text as its role looks.
    pub fn paint(self, role: Role, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let style = Style::new().force_styling(true);
        let style = match role {
            Role::Plain => return text.to_owned(),
            Role::Strong => style.bold(),
            Role::Dim => style.dim(),
            Role::Good => style.green(),
            Role::Bad => style.red().bold(),
            Role::Odd => style.yellow(),
            Role::Busy => style.cyan(),
            Role::Link => style.blue().bright(),
            Role::Prefix(number) => match number % 6 {
                0 => style.cyan(),
                1 => style.yellow(),
                2 => style.green(),
                3 => style.magenta(),
                4 => style.blue(),
                _ => style.bright().cyan(),
            },
        };
        style.apply_to(text).to_string()
    }

    /// A mark of width 1.
    pub fn symbol(self, symbol: Symbol) -> &'static str {
        const WHEEL: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
        const ASCII_WHEEL: [&str; 4] = ["|", "/", "-", "\\"];
        match (symbol, self.unicode) {
            (Symbol::Good, true) => "✓",
            (Symbol::Good, false) => "+",
            (Symbol::Bad, true) => "✗",
            (Symbol::Bad, false) => "x",
            (Symbol::Odd, _) | (Symbol::Warning, false) => "!",
            (Symbol::Warning, true) => "⚠",
            (Symbol::Waiting, true) => "·",
            (Symbol::Waiting, false) => ".",
            (Symbol::Skipped, true) => "–",
            (Symbol::Skipped, false) => "~",
            (Symbol::Busy(turn), true) => WHEEL[turn % WHEEL.len()],
            (Symbol::Busy(turn), false) => ASCII_WHEEL[turn % ASCII_WHEEL.len()],
        }
    }

    /// What stands for a cut-off rest.
    pub fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// What stands between parts of one line.
    pub fn dot(self) -> &'static str {
        if self.unicode { " · " } else { ", " }
    }
}

impl Role {
    /// The role that goes with a symbol.
    pub fn of(symbol: Symbol) -> Self {
        match symbol {
            Symbol::Good => Self::Good,
            Symbol::Bad => Self::Bad,
            Symbol::Odd | Symbol::Warning => Self::Odd,
            Symbol::Waiting | Symbol::Skipped => Self::Dim,
            Symbol::Busy(_) => Self::Busy,
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    #[test]
    fn without_colour_text_stays_as_it_is() {
        let palette = Palette {
            colour: false,
            unicode: true,
        };
        assert_eq!(palette.paint(Role::Bad, "failed"), "failed");
    }

    #[test]
    fn with_colour_it_ends_as_it_began() {
        let palette = Palette {
            colour: true,
            unicode: true,
        };
        let text = palette.paint(Role::Bad, "failed");
        assert!(
            text.starts_with("\u{1b}[") && text.ends_with("\u{1b}[0m"),
            "{text:?}"
        );
    }

    #[test]
    fn every_symbol_is_one_column_wide() {
        for unicode in [true, false] {
            let palette = Palette {
                colour: false,
                unicode,
            };
            let wheel = (0..10).map(Symbol::Busy);
            let symbols = [
                Symbol::Good,
                Symbol::Bad,
                Symbol::Odd,
                Symbol::Warning,
                Symbol::Waiting,
                Symbol::Skipped,
            ];
            for symbol in symbols.into_iter().chain(wheel) {
                assert_eq!(palette.symbol(symbol).width(), 1, "{symbol:?}");
                assert!(unicode || palette.symbol(symbol).is_ascii());
            }
        }
    }
}
