//! Texts as YAML.

/// A text as a value of its own line.
pub(in crate::init) fn plain(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_./:@?=&%+-,;() $~*!{}".contains(c);
    let fits = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.')
        && text.chars().all(safe)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !is_something_else(text);
    if fits { text.to_owned() } else { quoted(text) }
}

/// A text as a value among others in brackets or braces.
pub(in crate::init) fn flow(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_./-@".contains(c);
    let fits = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.' || c == '/')
        && text.chars().all(safe)
        && !is_something_else(text);
    if fits { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether YAML would take it for a truth value, for nothing, or for a number.
fn is_something_else(text: &str) -> bool {
    let lower = text.to_lowercase();
    [
        "true", "false", "yes", "no", "on", "off", "null", "y", "n", ".inf", ".nan",
    ]
    .contains(&lower.as_str())
        || text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_the_text_that_it_is() {
        let hard = [
            "",
            "true",
            "1.10",
            "a: b",
            "a #b",
            "-x",
            "postgres://u:p@db:5432/x?a=b&c=d",
            "it's",
            "\"",
            "a\nb",
            "1e3",
            "@x",
            "*",
            "${X:-}",
            "a,b",
            "{a}",
            "Host=db;Port=1",
            ".env",
            "/x",
            "y",
            "~",
            "a:",
            "!x",
            "%x",
            "null",
        ];
        for text in hard {
            for yaml in [
                format!("k: {}", plain(text)),
                format!("k: {}", flow(text)),
                format!("{{ k: {}, l: 1 }}", flow(text)),
            ] {
                let value: serde_yaml::Value = serde_yaml::from_str(&yaml).expect(&yaml);
                assert_eq!(value["k"].as_str(), Some(text), "{yaml}");
            }
        }
    }
}
