//! Takes a command line apart as Compose does, which is nearly as a shell does.
//!
//! The rules are those of the go-shellwords package that Compose uses: single quotes take everything as it is, a
//! backslash elsewhere takes the next character as it is, and an unquoted `;`, `&`, `|`, `<` or `>` ends the command,
//! since there is no shell to give it to.

/// What became of a command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// The unquoted operator at which reading stopped, with its byte offset.
    pub stopped: Option<(usize, char)>,
}

/// Takes a line apart; `None` if quotes are left open or a bracket needs a shell.
pub(super) fn split(line: &str) -> Option<Words> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut begun = false;
    let mut quote = None;
    let mut characters = line.char_indices();
    let mut stopped = None;
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => word.push(character),
            (_, '\\') => {
                begun = true;
                word.push(characters.next()?.1);
            }
            (Some('`'), '`') | (Some('('), ')') => {
                word.push(character);
                quote = None;
            }
            (Some(_), _) => word.push(character),
            (None, '`') => {
                word.push(character);
                quote = Some(character);
                begun = true;
            }
            (None, '(') if word.ends_with('$') => {
                word.push(character);
                quote = Some(character);
            }
            (None, '(' | ')') => return None,
            (None, '\'' | '"') => {
                quote = Some(character);
                begun = true;
            }
            (None, ' ' | '\t' | '\r' | '\n') => {
                if begun {
                    words.push(std::mem::take(&mut word));
                    begun = false;
                }
            }
            (None, ';' | '&' | '|' | '<' | '>') => {
                stopped = Some((at, character));
                break;
            }
            (None, _) => {
                word.push(character);
                begun = true;
            }
        }
    }
    if quote.is_some() {
        return None;
    }
    if begun {
        words.push(word);
    }
    Some(Words { words, stopped })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        split(line).expect("closed quotes").words
    }

    #[test]
    fn takes_quotes_and_escapes_away() {
        assert_eq!(words("a  b\tc\nd"), ["a", "b", "c", "d"]);
        assert_eq!(
            words("sh -c 'a && \"b\" $X'"),
            ["sh", "-c", "a && \"b\" $X"]
        );
        assert_eq!(words("a\"b c\"d ''"), ["ab cd", ""]);
        assert_eq!(words("a\\ b \"x\\\"y\" c\\nd"), ["a b", "x\"y", "cnd"]);
        assert_eq!(words("# not a comment"), ["#", "not", "a", "comment"]);
        assert_eq!(words(""), Vec::<String>::new());
    }

    #[test]
    fn stops_at_an_operator_and_says_so() {
        let split = split("a b && c").expect("closed");
        assert_eq!(split.words, ["a", "b"]);
        assert_eq!(split.stopped, Some((4, '&')));
    }

    #[test]
    fn open_quotes_are_no_command() {
        assert_eq!(split("a (b) c"), None);
        assert_eq!(words("a `b c` $(d e)"), ["a", "`b c`", "$(d e)"]);
        assert_eq!(split("a 'b"), None);
        assert_eq!(split("a \\"), None);
    }
}
