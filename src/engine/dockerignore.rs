//! Patterns as in `.dockerignore`: which files of a folder are left out.
//!
//! The rules are those of Docker's documentation: one pattern a line, `#` in the first column is a comment, patterns
//! are cleaned as paths and stand at the context's root, `*`, `?` and `[a-z]` stay within a folder, `**` does not, `!`
//! takes back, the last pattern that matches decides, and what matches a folder matches all in it.

use regex::Regex;

/// Which files are left out.
#[derive(Debug, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    takes_back: bool,
    regex: Regex,
    /// The folders before the first wildcard.
    fixed: String,
}

impl Ignore {
    /// Reads patterns, one a line; the error names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut patterns = Vec::new();
        for (at, line) in text.lines().enumerate() {
            if line.starts_with('#') {
                continue;
            }
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let (takes_back, words) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            let bad = |why: &str| format!("line {}: `{line}` {why}", at + 1);
            if words.is_empty() {
                return Err(bad("takes back nothing"));
            }
            let cleaned = clean(words);
            if cleaned == "." {
                // Has never meant anything, and still must not.
                continue;
            }
            let expression = expression(&cleaned).ok_or_else(|| bad("is no pattern"))?;
            let regex = Regex::new(&expression).map_err(|_| bad("is no pattern"))?;
            let fixed = cleaned
                .split(['*', '?', '[', '\\'])
                .next()
                .unwrap_or_default()
                .to_owned();
            patterns.push(Pattern {
                takes_back,
                regex,
                fixed,
            });
        }
        Ok(Self { patterns })
    }

    /// Whether a path, relative and with slashes, is left out.
    pub fn leaves_out(&self, path: &str) -> bool {
        let mut out = false;
        for pattern in &self.patterns {
            if pattern.takes_back == out && pattern.matches(path) {
                out = !pattern.takes_back;
            }
        }
        out
    }

    /// Whether something in a folder that is left out may have been taken back.
    pub fn may_keep_inside(&self, folder: &str) -> bool {
        let folder = format!("{folder}/");
        self.patterns.iter().any(|pattern| {
            pattern.takes_back
                && (folder.starts_with(&pattern.fixed) || pattern.fixed.starts_with(&folder))
        })
    }
}

impl Pattern {
    /// Whether the path or a folder that it lies in matches.
    fn matches(&self, path: &str) -> bool {
        self.regex.is_match(path)
            || path
                .match_indices('/')
                .any(|(at, _)| self.regex.is_match(&path[..at]))
    }
}

/// A pattern as a path without detours, relative to the context's root.
fn clean(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if pattern.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

/// A pattern as a regular expression; `None` if a class has no end.
fn expression(pattern: &str) -> Option<String> {
    let mut expression = String::from("(?s)^");
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' if rest.starts_with('*') => {
                rest = &rest[1..];
                rest = rest.strip_prefix('/').unwrap_or(rest);
                expression.push_str(if rest.is_empty() { ".*" } else { "(.*/)?" });
            }
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '[' => rest = class(rest, &mut expression)?,
            '\\' => {
                let next = rest.chars().next()?;
                rest = &rest[next.len_utf8()..];
                push_literal(&mut expression, next);
            }
            other => push_literal(&mut expression, other),
        }
    }
    expression.push('$');
    Some(expression)
}

fn push_literal(expression: &mut String, c: char) {
    expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// Takes a class up to its end and gives what comes after it.
fn class<'a>(mut rest: &'a str, expression: &mut String) -> Option<&'a str> {
    expression.push('[');
    if let Some(negated) = rest.strip_prefix('^') {
        expression.push('^');
        rest = negated;
    }
    loop {
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            ']' => break,
            '-' => expression.push('-'),
            '\\' => {
                let next = rest.chars().next()?;
                rest = &rest[next.len_utf8()..];
                push_literal(expression, next);
            }
            other => push_literal(expression, other),
        }
    }
    expression.push(']');
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignore(text: &str) -> Ignore {
        Ignore::parse(text).expect("a .dockerignore")
    }

    fn kept<'a>(text: &str, paths: &[&'a str]) -> Vec<&'a str> {
        let ignore = ignore(text);
        paths
            .iter()
            .copied()
            .filter(|path| !ignore.leaves_out(path))
            .collect()
    }

    #[test]
    fn follows_the_examples_of_the_documentation() {
        let paths = [
            "somedir/temporary.txt",
            "somedir/sub/temp",
            "tempa",
            "temp",
            "a",
        ];
        assert_eq!(
            kept("# comment\n*/temp*\n*/*/temp*\ntemp?", &paths),
            ["temp", "a"]
        );
        let paths = ["README.md", "README-secret.md", "docs/a.md"];
        assert_eq!(kept("*.md\n!README.md", &paths), ["README.md", "docs/a.md"]);
        assert_eq!(
            kept("*.md\n!README*.md\nREADME-secret.md", &paths),
            ["README.md", "docs/a.md"]
        );
        assert_eq!(
            kept("*.md\nREADME-secret.md\n!README*.md", &paths),
            ["README.md", "README-secret.md", "docs/a.md"]
        );
    }

    #[test]
    fn two_stars_reach_over_folders() {
        let paths = ["a.go", "x/a.go", "x/y/a.go", "x/a.gob"];
        assert_eq!(kept("**/*.go", &paths), ["x/a.gob"]);
        assert_eq!(kept("x/**", &["x", "x/a", "y"]), ["x", "y"]);
        assert_eq!(kept("**/y", &["x/y/a.go", "y/b", "xy"]), ["xy"]);
        assert_eq!(kept("x/**/z", &["x/z", "x/y/w/z", "xz"]), ["xz"]);
    }

    #[test]
    fn a_folder_takes_what_is_in_it_along() {
        assert_eq!(
            kept(
                "target\n!target/keep",
                &["target/a/b", "target/keep/c", "src/target"]
            ),
            ["target/keep/c", "src/target"]
        );
        assert_eq!(kept("*\n!src", &["src/a/b", "other"]), ["src/a/b"]);
    }

    #[test]
    fn cleans_patterns() {
        assert_eq!(
            kept(
                "/a/\n./b//c\nd/../e\n.\n\n  f  ",
                &["a", "b/c", "e", "f", "g"]
            ),
            ["g"]
        );
        assert_eq!(kept("../a", &["a"]), ["a"]);
        assert_eq!(kept("\u{feff}# c\n #d", &["#d", "e"]), ["e"]);
    }

    #[test]
    fn knows_classes_and_escapes() {
        assert_eq!(kept("[a-c]x", &["ax", "dx"]), ["dx"]);
        assert_eq!(kept("[^a-c]x", &["ax", "dx"]), ["ax"]);
        assert_eq!(kept(r"\*a", &["*a", "ba"]), ["ba"]);
        assert_eq!(kept("a.b$(c)+{1}", &["a.b$(c)+{1}", "axb"]), ["axb"]);
        assert_eq!(kept("[a&&[b--c]", &["&", "[", " -", "d"]), [" -", "d"]);
    }

    #[test]
    fn reports_the_line_of_a_bad_pattern() {
        for bad in ["[a", "[]", "!", "a\\", "[z-a]"] {
            let error = Ignore::parse(&format!("ok\n{bad}\n")).expect_err(bad);
            assert!(error.starts_with("line 2: "), "{error}");
        }
    }

    #[test]
    fn skips_folders_in_which_nothing_is_taken_back() {
        let ignore = ignore("*\n!src/**/*.rs\n!docs/a/b");
        assert!(ignore.may_keep_inside("src"));
        assert!(ignore.may_keep_inside("src/deep"));
        assert!(ignore.may_keep_inside("docs"));
        assert!(ignore.may_keep_inside("docs/a"));
        assert!(!ignore.may_keep_inside("target"));
        assert!(!Ignore::default().may_keep_inside("src"));
    }
}
