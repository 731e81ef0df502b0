//! How the variables are written.

use std::fmt::Write as _;

use indexmap::IndexMap;

/// `NAME=value` for env files, by Compose's rules.
///
/// A value that needs quotes has single ones, within which every reader takes everything as it is. Only what cannot
/// stand there (a single quote, a backslash, a line break) is put into double ones.
pub(super) fn dotenv(variables: &IndexMap<String, String>) -> String {
    let mut text = String::new();
    for (name, value) in variables {
        let value = if is_plain(value) {
            value.clone()
        } else if value.contains(['\'', '\\', '\n', '\r']) {
            double_quoted(value)
        } else {
            format!("'{value}'")
        };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{name}={value}");
    }
    text
}

fn double_quoted(value: &str) -> String {
    let mut quoted = String::from('"');
    for character in value.chars() {
        match character {
            '"' | '\\' | '$' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// `export NAME='value'` for a POSIX shell, safe to be evaluated whatever the value is.
pub(super) fn shell(variables: &IndexMap<String, String>) -> String {
    let mut text = String::new();
    for (name, value) in variables {
        let value = value.replace('\'', r"'\''");
        let _ = writeln!(text, "export {name}='{value}'");
    }
    text
}

/// Whether a value means itself everywhere without quotes.
fn is_plain(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/@%+,?&=".contains(&byte))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;
    use crate::manifest::env_file::{EnvEntries, EnvFormat, parse};
    use crate::source::Source;

    fn one(value: &str) -> IndexMap<String, String> {
        IndexMap::from([("X".to_owned(), value.to_owned())])
    }

    #[test]
    fn quotes_only_what_needs_it() {
        for (value, written) in [
            (
                "postgres://a:b%40@127.0.0.1:1/d?x=y",
                "postgres://a:b%40@127.0.0.1:1/d?x=y",
            ),
            ("", ""),
            ("two words # $HOME", "'two words # $HOME'"),
            ("it's \"$5\"\n", r#""it's \"\$5\"\n""#),
        ] {
            assert_eq!(dotenv(&one(value)), format!("X={written}\n"));
        }
        assert_eq!(shell(&one("it's")), "export X='it'\\''s'\n");
    }

    #[test]
    fn no_value_gets_out_of_its_quotes_in_a_shell() {
        let hostile = "'; touch pwned; '$(touch pwned)`touch pwned`\"\\\n\t #&|<>*?~";
        let folder = tempfile::tempdir().expect("a folder");
        let script = format!("{}printf %s \"$X\"", shell(&one(hostile)));
        let run = Command::new("sh")
            .arg("-c")
            .arg("eval \"$1\"")
            .args(["sh", &script])
            .current_dir(folder.path())
            .output()
            .expect("there is a shell");
        assert_eq!(String::from_utf8_lossy(&run.stdout), hostile);
        assert!(!folder.path().join("pwned").exists());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in "[ -~\\n\\r\\té]{0,40}|\\PC{0,20}") {
            let source = Source::new("test.env", dotenv(&one(&value)));
            let (mut entries, mut problems) = (EnvEntries::new(), Vec::new());
            parse(&source, EnvFormat::Compose, &|_| None, &mut entries, &mut problems);
            prop_assert!(problems.is_empty(), "{problems:#?}");
            prop_assert_eq!(&entries["X"].value, &value);
        }
    }
}
