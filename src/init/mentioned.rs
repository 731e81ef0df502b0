//! The environment variables that a source reads.

use std::collections::BTreeSet;

use regex::Regex;

use super::listing::{Folder, ending};

/// How variables are read, by the endings of files.
const WAYS: &[(&[&str], &str)] = &[
    (
        &["js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx"],
        r#"process\.env(?:\.|\[['"])([A-Z][A-Z0-9_]+)|\.(?:get|getOrThrow)(?:<\w+>)?\(['"]([A-Z][A-Z0-9_]+)['"]"#,
    ),
    (&["prisma"], r#"\benv\("([A-Z][A-Z0-9_]+)"\)"#),
    (
        &["py"],
        r#"(?:os\.environ(?:\.get\(|\[)|os\.getenv\(|\benv(?:\.\w+)?\(|\bconfig\()\s*['"]([A-Z][A-Z0-9_]+)['"]"#,
    ),
    (
        &["rb", "yml"],
        r#"\bENV(?:\[|\.fetch\(?)\s*['"]([A-Z][A-Z0-9_]+)['"]"#,
    ),
    (
        &["php"],
        r#"\b(?:env|getenv)\(\s*['"]([A-Z][A-Z0-9_]+)['"]"#,
    ),
    (
        &["go"],
        r#"os\.(?:Getenv|LookupEnv)\("([A-Z][A-Z0-9_]+)"\)|\benv:"([A-Z][A-Z0-9_]+)[",]"#,
    ),
    (
        &["rs"],
        r#"\benv(?:::var(?:_os)?\(|!\()\s*"([A-Z][A-Z0-9_]+)"|env\s*=\s*"([A-Z][A-Z0-9_]+)""#,
    ),
    (&["java", "kt"], r#"System\.getenv\(\s*"([A-Z][A-Z0-9_]+)""#),
    (
        &["properties", "yml", "yaml"],
        r"\$\{([A-Z][A-Z0-9_]+)(?::[^}]*)?\}",
    ),
    (
        &["ex", "exs"],
        r#"System\.(?:get_env|fetch_env!?)\(\s*"([A-Z][A-Z0-9_]+)""#,
    ),
    (&["cs"], r#"GetEnvironmentVariable\(\s*"([A-Z][A-Z0-9_]+)""#),
];

/// The variables that the files of a folder read.
pub(super) fn variables(folder: &Folder<'_>) -> BTreeSet<String> {
    let ways: Vec<(&[&str], Regex)> = WAYS
        .iter()
        .map(|(endings, pattern)| (*endings, Regex::new(pattern).expect("a valid pattern")))
        .collect();
    let mut names = BTreeSet::new();
    for (path, text) in folder.texts() {
        // What the automation of a forge reads is given by the forge.
        if path.starts_with('.') {
            continue;
        }
        let ending = ending(path);
        for (_, pattern) in ways
            .iter()
            .filter(|(endings, _)| endings.contains(&ending.as_str()))
        {
            for found in pattern.captures_iter(text) {
                if let Some(name) = found.iter().skip(1).flatten().next() {
                    names.insert(name.as_str().to_owned());
                }
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn variables_are_found_in_every_language() {
        for (file, text) in [
            ("a.ts", "process.env.X_URL"),
            ("a.js", "config.get('X_URL')"),
            ("a.prisma", "url = env(\"X_URL\")"),
            ("a.py", "os.environ[\"X_URL\"]"),
            ("b.py", "env.db('X_URL')"),
            ("database.yml", "url: <%= ENV['X_URL'] %>"),
            ("a.php", "env('X_URL', 'x')"),
            ("a.go", "os.Getenv(\"X_URL\")"),
            ("a.rs", "std::env::var(\"X_URL\")"),
            ("application.yml", "url: ${X_URL:jdbc:h2}"),
            ("runtime.exs", "System.get_env(\"X_URL\")"),
            (
                "Program.cs",
                "Environment.GetEnvironmentVariable(\"X_URL\")",
            ),
        ] {
            let files = listing(&[(file, text)]);
            let found = variables(&files.top());
            assert!(found.contains("X_URL"), "{file}: {text}");
        }
    }
}
