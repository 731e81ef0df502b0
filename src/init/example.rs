//! The example of an env file that developers copy: `.env.example` and what else it is called.

use regex::Regex;

use super::listing::Folder;
use super::variable::{Purpose, purpose};
use crate::manifest::env_file::{EnvEntries, EnvFormat, parse};
use crate::source::Source;

/// What such files are called.
const NAMES: &[&str] = &[
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.dist",
    ".env.local.example",
    ".env.development.example",
    ".env.example.local",
    "env.example",
    "env.sample",
    "example.env",
    "sample.env",
    ".env.defaults",
    ".env.development",
];

/// An example of an env file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Example {
    /// Its path, from the top.
    pub path: String,
    /// Whether it can be read as an env file, so that a service may have it.
    pub readable: bool,
    /// Its variables, in order.
    pub variables: Vec<Variable>,
}

/// A variable of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The value that the example has; empty if it is left to the developer.
    pub value: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What the comment above it says, in one line.
    pub comment: Option<String>,
}

/// The example that holds for a folder: its own, else that of the top.
pub(super) fn find(folder: &Folder<'_>) -> Option<Example> {
    let top = folder.listing().top();
    [folder, &top].into_iter().find_map(|folder| {
        let name = NAMES.iter().find(|name| folder.text(name).is_some())?;
        Some(read(&folder.join(name), folder.text(name)?))
    })
}

fn read(path: &str, text: &str) -> Example {
    let mut entries = EnvEntries::new();
    let mut problems = Vec::new();
    parse(
        &Source::new(path, text),
        EnvFormat::Compose,
        &|_| None,
        &mut entries,
        &mut problems,
    );
    let variables = entries
        .into_iter()
        .map(|(name, entry)| Variable {
            purpose: purpose(&name, &entry.value),
            comment: comment(text, &name),
            name,
            value: blank_to_empty(entry.value),
        })
        .collect();
    Example {
        path: path.to_owned(),
        readable: problems.is_empty(),
        variables,
    }
}

/// `changeme`, `<your key>` and the like stand for a value that is left to the developer.
fn blank_to_empty(value: String) -> String {
    let lower = value.to_lowercase();
    let blank = (lower.starts_with('<') && lower.ends_with('>'))
        || lower.starts_with("your")
        || lower.ends_with("...")
        || (lower.len() > 2
            && lower
                .bytes()
                .all(|b| b == b'x' || b == b'.' || b == b'-' || b == b'_'))
        || [
            "null",
            "todo",
            "fixme",
            "replace_me",
            "replace-me",
            "sk_test_xxx",
        ]
        .contains(&lower.as_str());
    if blank { String::new() } else { value }
}

/// The line of comment above a variable, if it is one sentence about it.
fn comment(text: &str, name: &str) -> Option<String> {
    let own = Regex::new(&format!(r"^\s*(?:export\s+)?{}\s*=", regex::escape(name))).ok()?;
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| own.is_match(line))?;
    let above = lines.get(at.checked_sub(1)?)?.trim();
    let said = above
        .strip_prefix('#')?
        .trim()
        .trim_matches(['=', '-', '#', ' ', '.', ':']);
    let fits = said.len() > 3 && said.len() < 70 && !said.contains(['=', '"', '{', '`', '\\']);
    fits.then(|| said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn variables_come_with_value_and_comment() {
        let files = listing(&[(
            ".env.example",
            "# the database\nDATABASE_URL=\"postgres://a:b@localhost/c\"\n\n# from https://dashboard.stripe.com\nSTRIPE_KEY=<your key>\nTOKEN=xxx\n",
        )]);
        let example = find(&files.top()).expect("it is there");
        let found: Vec<(&str, &str, Option<&str>)> = example
            .variables
            .iter()
            .map(|variable| {
                (
                    variable.name.as_str(),
                    variable.value.as_str(),
                    variable.comment.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (
                    "DATABASE_URL",
                    "postgres://a:b@localhost/c",
                    Some("the database")
                ),
                ("STRIPE_KEY", "", Some("from https://dashboard.stripe.com")),
                ("TOKEN", "", None),
            ]
        );
        assert!(example.readable);
    }

    #[test]
    fn the_top_speaks_for_applications_without_their_own() {
        let files = listing(&[
            ("env.example", "A=1"),
            ("api/.env.sample", "B=1"),
            ("web/x", ""),
        ]);
        let path = |folder: &str| find(&files.folder(folder)).map(|example| example.path);
        assert_eq!(path("api").as_deref(), Some("api/.env.sample"));
        assert_eq!(path("web").as_deref(), Some("env.example"));
    }
}
