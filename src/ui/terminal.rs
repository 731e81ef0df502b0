//! What the surroundings can show.

use indexmap::IndexMap;

use super::Palette;

/// What was found out about the process's streams.
#[derive(Debug, Clone, Copy, Default)]
pub struct TerminalFacts {
    /// Whether standard input is a terminal.
    pub stdin: bool,
    /// Whether standard output is one.
    pub stdout: bool,
    /// Whether standard error is one.
    pub stderr: bool,
    /// Columns and rows, if a terminal tells.
    pub size: Option<(u16, u16)>,
}

impl TerminalFacts {
    /// What is true of this process.
    pub fn of_process() -> Self {
        use std::io::IsTerminal as _;

        let [out, err] = [console::Term::stdout(), console::Term::stderr()];
        let size = [err, out].iter().find_map(console::Term::size_checked);
        Self {
            stdin: std::io::stdin().is_terminal(),
            stdout: std::io::stdout().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
            size: size.map(|(rows, columns)| (columns, rows)),
        }
    }
}

/// What the surroundings can show, and how it is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Whether somebody can answer a question.
    pub stdin: bool,
    /// Whether standard output is a terminal.
    pub stdout: bool,
    /// Whether standard error is one.
    pub stderr: bool,
    /// Whether the cursor can be moved about: false for `TERM=dumb`.
    pub moves: bool,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Colour and symbols on standard output.
    pub stdout_palette: Palette,
    /// Colour and symbols on standard error.
    pub stderr_palette: Palette,
}

impl Terminal {
    /// What follows from the streams and the environment: `NO_COLOR` (no-color.org), then `CLICOLOR_FORCE`, then
    /// `CLICOLOR=0` and `TERM=dumb` decide on colour, the locale (`LC_ALL`, `LC_CTYPE`, `LANG`) on symbols.
    pub fn new(facts: TerminalFacts, environment: &IndexMap<String, String>) -> Self {
        let variable = |name: &str| environment.get(name).map_or("", String::as_str);
        // Without `TERM` nothing is known of the terminal, and the libraries that draw do not draw.
        let dumb = matches!(variable("TERM"), "" | "dumb");
        let colour = |terminal: bool| {
            if !variable("NO_COLOR").is_empty() {
                false
            } else if !matches!(variable("CLICOLOR_FORCE"), "" | "0") {
                true
            } else {
                terminal && !dumb && variable("CLICOLOR") != "0"
            }
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .map(variable)
            .find(|value| !value.is_empty())
            .unwrap_or_default()
            .to_lowercase();
        let unicode = locale.contains("utf-8") || locale.contains("utf8");
        let (columns, rows) = facts.size.unwrap_or((80, 24));
        Self {
            stdin: facts.stdin,
            stdout: facts.stdout,
            stderr: facts.stderr,
            moves: !dumb,
            // A size of 0 is what a serial line or a careless pty reports.
            width: if columns == 0 { 80 } else { columns.into() },
            height: if rows == 0 { 24 } else { rows.into() },
            stdout_palette: Palette {
                colour: colour(facts.stdout),
                unicode,
            },
            stderr_palette: Palette {
                colour: colour(facts.stderr),
                unicode,
            },
        }
    }

    /// Whether a question can be asked.
    pub fn can_ask(&self) -> bool {
        self.stdin && self.stderr
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: TerminalFacts = TerminalFacts {
        stdin: true,
        stdout: false,
        stderr: true,
        size: Some((100, 30)),
    };

    fn terminal(variables: &[(&str, &str)]) -> Terminal {
        // Later ones win, so that a test may say otherwise.
        let environment = [("TERM", "xterm")]
            .iter()
            .chain(variables)
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Terminal::new(FACTS, &environment)
    }

    #[test]
    fn colour_follows_each_stream() {
        let terminal = terminal(&[]);
        assert!(terminal.stderr_palette.colour);
        assert!(!terminal.stdout_palette.colour);
    }

    #[test]
    fn no_color_wins_over_force() {
        assert!(
            !terminal(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")])
                .stderr_palette
                .colour
        );
        assert!(terminal(&[("NO_COLOR", "")]).stderr_palette.colour);
    }

    #[test]
    fn force_colours_what_is_no_terminal() {
        assert!(
            terminal(&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")])
                .stdout_palette
                .colour
        );
        assert!(!terminal(&[("CLICOLOR_FORCE", "0")]).stdout_palette.colour);
    }

    #[test]
    fn dumb_terminals_and_clicolor_zero_have_none() {
        let dumb = terminal(&[("TERM", "dumb")]);
        assert!(!dumb.stderr_palette.colour && !dumb.moves);
        let unknown = terminal(&[("TERM", "")]);
        assert!(!unknown.stderr_palette.colour && !unknown.moves);
        assert!(!terminal(&[("CLICOLOR", "0")]).stderr_palette.colour);
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        assert!(terminal(&[("LANG", "de_DE.UTF-8")]).stdout_palette.unicode);
        assert!(
            terminal(&[("LC_ALL", ""), ("LANG", "C.utf8")])
                .stdout_palette
                .unicode
        );
        assert!(
            !terminal(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")])
                .stdout_palette
                .unicode
        );
        assert!(!terminal(&[]).stdout_palette.unicode);
    }

    #[test]
    fn a_size_of_zero_is_no_size() {
        let facts = TerminalFacts {
            size: Some((0, 0)),
            ..FACTS
        };
        let terminal = Terminal::new(facts, &IndexMap::new());
        assert_eq!((terminal.width, terminal.height), (80, 24));
    }
}
