//! Variables in a Dockerfile's instructions.

use std::collections::HashMap;

/// Fills in `$X`, `${X}`, `${X:-word}`, `${X-word}`, `${X:+word}` and `${X+word}`.
pub(super) fn substitute(text: &str, variables: &HashMap<String, String>, escape: char) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', escape]) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix(escape) {
            let next = after.chars().next();
            filled.extend(next);
            rest = &after[next.map_or(0, char::len_utf8)..];
            continue;
        }
        rest = &rest[1..];
        let (value, left) = variable(rest, variables, escape);
        filled.push_str(&value);
        rest = left;
    }
    filled.push_str(rest);
    filled
}

/// The value of what stands after a dollar sign, and what comes after it.
fn variable<'a>(
    rest: &'a str,
    variables: &HashMap<String, String>,
    escape: char,
) -> (String, &'a str) {
    let name_end = |text: &str| {
        text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(text.len())
    };
    let Some(inner) = rest.strip_prefix('{') else {
        let (name, left) = rest.split_at(name_end(rest));
        let value = match name {
            "" => "$".to_owned(),
            name => variables.get(name).cloned().unwrap_or_default(),
        };
        return (value, left);
    };
    let Some(end) = closing_brace(inner) else {
        return (format!("${rest}"), "");
    };
    let (body, left) = (&inner[..end], &inner[end + 1..]);
    let (name, operator) = body.split_at(name_end(body));
    let value = variables.get(name);
    let filled = value.filter(|value| !value.is_empty());
    let word = |word: &str| substitute(word, variables, escape);
    let result = if let Some(default) = operator.strip_prefix(":-") {
        filled.cloned().unwrap_or_else(|| word(default))
    } else if let Some(other) = operator.strip_prefix(":+") {
        filled.map(|_| word(other)).unwrap_or_default()
    } else if let Some(default) = operator.strip_prefix('-') {
        value.cloned().unwrap_or_else(|| word(default))
    } else if let Some(other) = operator.strip_prefix('+') {
        value.map(|_| word(other)).unwrap_or_default()
    } else {
        value.cloned().unwrap_or_default()
    };
    (result, left)
}

fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        let variables = [("A", "a"), ("EMPTY", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        substitute(text, &variables, '\\')
    }

    #[test]
    fn knows_every_form() {
        for (text, value) in [
            ("$A-${A}", "a-a"),
            ("${NO:-d}${EMPTY:-d}${A:-d}", "dda"),
            ("${NO-d}${EMPTY-d}", "d"),
            ("${NO:+o}${EMPTY:+o}${A:+o}", "o"),
            ("${NO+o}${EMPTY+o}${A+o}", "oo"),
            ("${NO:-x${A}y}z", "xayz"),
            ("\\$A", "$A"),
            ("a$", "a$"),
            ("${A", "${A"),
        ] {
            assert_eq!(filled(text), value, "{text}");
        }
    }
}
