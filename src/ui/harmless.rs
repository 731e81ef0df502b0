//! Foreign text made safe to show.

/// One line of foreign text without anything that a terminal would act on.
///
/// Escape sequences go, tabs become spaces, of a line that overwrites itself with carriage returns the last state
/// stays, and other control characters and invisible direction marks become `\u{fffd}`.
pub fn harmless(text: &str) -> String {
    clean(text, false)
}

/// The same, but colours stay; the line ends without any.
pub fn harmless_with_colour(text: &str) -> String {
    let mut clean = clean(text, true);
    if clean.contains('\u{1b}') {
        clean.push_str("\u{1b}[0m");
    }
    clean
}

fn clean(text: &str, colours: bool) -> String {
    let text = text.trim_end_matches(['\r', '\n']);
    let text = text
        .rsplit('\r')
        .find(|part| !part.is_empty())
        .unwrap_or(text);
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => {
                if let Some(colour) = escape(&mut characters).filter(|_| colours) {
                    clean.push_str("\u{1b}[");
                    clean.push_str(&colour);
                    clean.push('m');
                }
            }
            '\t' => {
                let spaces = 4 - clean.chars().count() % 4;
                clean.extend(std::iter::repeat_n(' ', spaces));
            }
            '\n' => clean.push(' '),
            // Direction marks can make a text look like another (CVE-2021-42574).
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {
                clean.push('\u{fffd}');
            }
            character if character.is_control() => clean.push('\u{fffd}'),
            character => clean.push(character),
        }
    }
    clean
}

/// Takes the rest of an escape sequence (ECMA-48: CSI up to its final byte, OSC and kin up to their terminator, else
/// one character), and returns its parameters if it sets colours and nothing else.
fn escape(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    match characters.next() {
        Some('[') => {
            let mut parameters = String::new();
            for character in characters.by_ref() {
                if ('\u{40}'..='\u{7e}').contains(&character) {
                    let plain = parameters
                        .bytes()
                        .all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
                    return Some(parameters).filter(|_| character == 'm' && plain);
                }
                parameters.push(character);
            }
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(character) = characters.next() {
                if character == '\u{7}' {
                    break;
                }
                if character == '\u{1b}' {
                    characters.next_if_eq(&'\\');
                    break;
                }
            }
        }
        Some('(' | ')' | '#' | '%') => {
            characters.next();
        }
        _ => {}
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_go() {
        assert_eq!(harmless("\u{1b}[31;1mred\u{1b}[0m text"), "red text");
        assert_eq!(harmless("\u{1b}]0;title\u{7}after"), "after");
        assert_eq!(harmless("\u{1b}]8;;http://x\u{1b}\\link"), "link");
        assert_eq!(harmless("\u{1b}(Bplain"), "plain");
        assert_eq!(harmless("cut off \u{1b}["), "cut off ");
    }

    #[test]
    fn colours_may_stay_and_end_with_the_line() {
        assert_eq!(
            harmless_with_colour("\u{1b}[1;31mred\u{1b}[2J\u{1b}[?25l"),
            "\u{1b}[1;31mred\u{1b}[0m"
        );
        assert_eq!(harmless_with_colour("plain"), "plain");
    }

    #[test]
    fn the_last_state_of_an_overwritten_line_stays() {
        assert_eq!(harmless("10%\r50%\r100%\r\n"), "100%");
        assert_eq!(harmless("plain\r\n"), "plain");
    }

    #[test]
    fn tabs_become_spaces_and_controls_visible() {
        assert_eq!(harmless("a\tb"), "a   b");
        assert_eq!(harmless("bell\u{7} nul\0"), "bell\u{fffd} nul\u{fffd}");
        assert_eq!(harmless("a\u{202e}b"), "a\u{fffd}b");
    }

    proptest! {
        #[test]
        fn nothing_that_a_terminal_acts_on_is_left(text in any::<String>()) {
            prop_assert!(!harmless(&text).chars().any(char::is_control));
        }
    }
}
