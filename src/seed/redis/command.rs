//! A line of a seed as a command.

/// Commands after which answers do not come one a command any more.
const IMPOSSIBLE: &[&str] = &[
    "MONITOR",
    "SUBSCRIBE",
    "PSUBSCRIBE",
    "SSUBSCRIBE",
    "SYNC",
    "PSYNC",
    "QUIT",
    "SHUTDOWN",
];

/// Appends a line to `request` as the server wants it; `false` for blank lines and comments (`#` at the beginning).
pub(super) fn encode(line: &[u8], request: &mut Vec<u8>) -> Result<bool, String> {
    let line = line.trim_ascii();
    if line.is_empty() || line[0] == b'#' {
        return Ok(false);
    }
    let words = words(line)?;
    let name = String::from_utf8_lossy(&words[0]).to_ascii_uppercase();
    let silent = name == "CLIENT"
        && words
            .get(1)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"reply"));
    if IMPOSSIBLE.contains(&name.as_str()) || silent {
        return Err(format!("`{name}` cannot be a part of a seed"));
    }
    request.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        request.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        request.extend_from_slice(&word);
        request.extend_from_slice(b"\r\n");
    }
    Ok(true)
}

/// The words of a line, with the quotes and escapes of `redis-cli`: in double quotes `\n`, `\r`, `\t`, `\b`, `\a`,
/// `\xHH` and a backslash before any other character; in single quotes only `\'`.
fn words(line: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return Ok(words);
        }
        let mut word = Vec::new();
        while let Some((&byte, after)) = rest.split_first() {
            match byte {
                quote @ (b'"' | b'\'') => {
                    rest = quoted(after, quote, &mut word)?;
                    if rest.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
                        return Err("a closing quote must be followed by a space".to_owned());
                    }
                }
                byte if byte.is_ascii_whitespace() => break,
                byte => {
                    word.push(byte);
                    rest = after;
                }
            }
        }
        words.push(word);
    }
}

/// Reads up to the closing quote and returns what is behind it.
fn quoted<'a>(text: &'a [u8], quote: u8, word: &mut Vec<u8>) -> Result<&'a [u8], String> {
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == quote {
            return Ok(rest);
        }
        let Some((&next, behind)) = after.split_first().filter(|_| byte == b'\\') else {
            word.push(byte);
            continue;
        };
        if quote == b'\'' {
            if next == b'\'' {
                word.push(next);
                rest = behind;
            } else {
                word.push(byte);
            }
            continue;
        }
        rest = behind;
        match (next, behind.get(..2).and_then(hex)) {
            (b'x', Some(value)) => {
                word.push(value);
                rest = &behind[2..];
            }
            (b'n', _) => word.push(b'\n'),
            (b'r', _) => word.push(b'\r'),
            (b't', _) => word.push(b'\t'),
            (b'b', _) => word.push(8),
            (b'a', _) => word.push(7),
            (other, _) => word.push(other),
        }
    }
    Err("a quote is not closed".to_owned())
}

/// The byte that two hexadecimal digits stand for.
fn hex(digits: &[u8]) -> Option<u8> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<String> {
        words(line.as_bytes())
            .expect("words")
            .into_iter()
            .map(|word| String::from_utf8_lossy(&word).into_owned())
            .collect()
    }

    #[test]
    fn quotes_as_redis_cli_does() {
        assert_eq!(split("SET  a b"), ["SET", "a", "b"]);
        assert_eq!(
            split(r#"SET "a b" "x\n\"\x41\q""#),
            ["SET", "a b", "x\n\"Aq"]
        );
        assert_eq!(split(r"SET 'it\'s' 'a\n'"), ["SET", "it's", r"a\n"]);
        assert_eq!(split(r#"SET a """#), ["SET", "a", ""]);
        assert_eq!(split(r#"SET "\xZZ" a#b"#), ["SET", "xZZ", "a#b"]);
        assert_eq!(split(r#"SET pre"fix""#), ["SET", "prefix"]);
        for wrong in [r#"SET "a"#, "SET 'a", r#"SET "a"b"#, r#"SET "a\"#] {
            assert!(words(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn encodes_commands_and_leaves_comments_out() {
        let mut request = Vec::new();
        assert_eq!(encode(b"# SET a b", &mut request), Ok(false));
        assert_eq!(encode(b"  \r", &mut request), Ok(false));
        assert_eq!(encode("SET é 1\r".as_bytes(), &mut request), Ok(true));
        assert_eq!(
            request,
            "*3\r\n$3\r\nSET\r\n$2\r\né\r\n$1\r\n1\r\n".as_bytes()
        );
        assert!(encode(b"subscribe x", &mut request).is_err());
        assert!(encode(b"client REPLY off", &mut request).is_err());
        assert!(encode(b"client info", &mut request).is_ok());
    }
}
