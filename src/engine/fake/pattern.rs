//! Command patterns, as tests write them.

/// Whether `text` has the form of `pattern`, in which each `*` stands for anything.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(head) else {
        return false;
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let tail = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = text.find(piece) else {
            return false;
        };
        text = &text[at + piece.len()..];
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("pg_isready*", "pg_isready -U shop"));
        assert!(matches("sh -c *psql*", "sh -c exec psql < /x"));
        assert!(matches("*", ""));
        assert!(matches("a*b*c", "a--b--c"));
    }

    #[test]
    fn the_rest_is_literal() {
        assert!(!matches("pg_isready", "pg_isready -U shop"));
        assert!(!matches("*ready", "ready?"));
        assert!(!matches("a*b*c", "a--c"));
        assert!(!matches("ab*ba", "aba"));
    }
}
