//! Numbers and the types of plain scalars, as Compose's YAML reader sees them.
//!
//! That is YAML 1.2 with two habits of 1.1 that files rely on: `0644` is octal, and underscores may group digits.

use super::node::ScalarKind;

/// The type of a plain scalar.
pub fn plain_kind(text: &str) -> ScalarKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarKind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => ScalarKind::Bool,
        _ if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => {
            ScalarKind::Text
        }
        _ if integer(text).is_some() => ScalarKind::Integer,
        _ if float(text).is_some() => ScalarKind::Float,
        _ => ScalarKind::Text,
    }
}

/// A whole number: decimal, `0x`, `0o`, `0b`, or octal with a leading zero.
pub fn integer(text: &str) -> Option<i64> {
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.as_bytes().first()? {
        b'-' => ("-", &plain[1..]),
        b'+' => ("", &plain[1..]),
        _ => ("", plain.as_str()),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

/// A number with a fraction or exponent, or a whole one.
pub fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            return Some(if text.starts_with('-') {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            });
        }
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    let looks_right = unsigned
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-' | b'_'))
        && unsigned.bytes().any(|b| b.is_ascii_digit());
    if !looks_right {
        return None;
    }
    text.replace('_', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_integers_as_compose_does() {
        assert_eq!(integer("0644"), Some(420));
        assert_eq!(integer("0x1F"), Some(31));
        assert_eq!(integer("-12"), Some(-12));
        assert_eq!(integer("1_000"), Some(1000));
        for not in ["", "-", "08", "1.0", "--1", "+-1", "0x", "1a"] {
            assert_eq!(integer(not), None, "{not}");
        }
    }

    #[test]
    fn tells_the_types_of_plain_scalars() {
        for (text, kind) in [
            ("", ScalarKind::Null),
            ("yes", ScalarKind::Text),
            ("True", ScalarKind::Bool),
            ("22:22", ScalarKind::Text),
            ("1.10", ScalarKind::Float),
            ("08", ScalarKind::Float),
            ("5432", ScalarKind::Integer),
            ("1.2.3", ScalarKind::Text),
            ("-", ScalarKind::Text),
            ("...", ScalarKind::Text),
            ("1e3", ScalarKind::Float),
        ] {
            assert_eq!(plain_kind(text), kind, "{text}");
        }
    }
}
