//! What a check says while it does not hold yet.

use tokio::sync::mpsc::UnboundedSender;

/// At most so many characters of an answer are kept for the line that says what is being waited for.
const LONGEST: usize = 200;

/// Where one check sends its answers.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    check: usize,
    sender: UnboundedSender<(usize, String)>,
}

impl Answers {
    /// The answers of the check with this index.
    pub(super) fn new(check: usize, sender: &UnboundedSender<(usize, String)>) -> Self {
        Self {
            check,
            sender: sender.clone(),
        }
    }

    /// The check does not hold, and this is why.
    pub(super) fn send(&self, text: impl Into<String>) {
        // The receiver is gone only when nobody waits any more.
        let _ = self.sender.send((self.check, text.into()));
    }
}

/// Output of a program without control characters, line by line, empty lines left out.
pub(super) fn lines(output: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(output)
        .split(['\n', '\r'])
        .map(plain)
        .filter(|line| !line.is_empty())
        .collect()
}

/// A line without control characters and terminal sequences, trimmed.
pub(super) fn plain(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // A control sequence: `[`, then parameters, then one letter.
            if characters.next_if_eq(&'[').is_some() {
                while characters.next_if(|c| !c.is_ascii_alphabetic()).is_some() {}
                characters.next();
            }
        } else if character == '\t' {
            clean.push(' ');
        } else if !character.is_control() {
            clean.push(character);
        }
    }
    clean.trim().to_owned()
}

/// The first line of an answer, shortened.
pub(super) fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_control_characters_out() {
        assert_eq!(
            lines(b"\x1b[31mred\x1b[0m\tand \x07bell\r\n\n  two \xff\n"),
            ["red and bell", "two \u{fffd}"]
        );
        assert_eq!(lines(b"\x1b["), Vec::<String>::new());
    }

    #[test]
    fn shortens_to_one_line() {
        assert_eq!(short("one\ntwo"), "one");
        assert_eq!(short(&"é".repeat(300)).chars().count(), LONGEST + 1);
    }
}
