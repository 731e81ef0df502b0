//! Reads `inputs` from trees as they were written. Wrong shapes are left out here and reported when the tree is checked
//! against the tables; what those cannot check is reported here.

use std::path::PathBuf;

use indexmap::IndexMap;
use regex::Regex;

use super::Input;
use crate::diagnostic::Diagnostic;
use crate::manifest::canonical::OWN;
use crate::manifest::node::{Entry, Node, Scalar, ScalarKind};

/// The inputs of all documents; a later one says anew what an earlier one said.
pub(super) fn read(trees: &[(PathBuf, Vec<Node>)], problems: &mut Vec<Diagnostic>) -> Vec<Input> {
    let mut inputs: IndexMap<String, Input> = IndexMap::new();
    for document in trees.iter().flat_map(|(_, documents)| documents) {
        let own = document.get(OWN).and_then(|own| own.get("inputs"));
        for section in [document.get("inputs"), own].into_iter().flatten() {
            for (name, entry) in section.entries() {
                if let Some(input) = input(name, entry, problems) {
                    inputs.insert(name.to_owned(), input);
                }
            }
        }
    }
    inputs.into_values().collect()
}

fn input(name: &str, entry: &Entry, problems: &mut Vec<Diagnostic>) -> Option<Input> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(fits)
    {
        problems.push(
            Diagnostic::error(format!("`{name}` cannot be the name of an input"))
                .at(&entry.key, "")
                .note("it is the variable that holds the answer: letters, digits and `_`"),
        );
        return None;
    }
    let node = &entry.node;
    let input = Input {
        name: name.to_owned(),
        prompt: node.str("prompt").unwrap_or(name).to_owned(),
        secret: is_true(node, "secret"),
        optional: is_true(node, "optional"),
        default: node
            .get("default")
            .and_then(text)
            .filter(|text| !text.is_empty()),
        pattern: pattern(node, problems),
        choices: match node.get("choices") {
            Some(choices) => match choices.as_sequence() {
                Some(items) => items.iter().filter_map(text).collect(),
                None => text(choices).into_iter().collect(),
            },
            None => Vec::new(),
        },
        command: node.string("command").filter(|command| !command.is_empty()),
        span: entry.key.clone(),
        value: None,
        given_by: None,
    };
    if let (Some(default), Some(at)) = (&input.default, node.get("default"))
        && let Err(why) = input.check(default)
    {
        problems.push(at.error(format!("the default of `{name}` does not fit: {why}"), ""));
    }
    Some(input)
}

/// A single value as text.
fn text(node: &Node) -> Option<String> {
    let Scalar { kind, text } = node.as_scalar()?;
    match kind {
        ScalarKind::Null => None,
        ScalarKind::Bool => Some(text.to_ascii_lowercase()),
        _ => Some(text.clone()),
    }
}

fn is_true(node: &Node, key: &str) -> bool {
    node.str(key).is_some_and(|text| {
        matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "yes" | "on" | "y"
        )
    })
}

fn pattern(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Regex> {
    let at = node.get("pattern")?;
    match Regex::new(at.as_str()?) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            // The last line of its words says what is wrong, the others draw it.
            let words = error.to_string();
            let words = words.lines().last().unwrap_or_default().trim();
            let words = words.strip_prefix("error: ").unwrap_or(words);
            problems.push(at.error(format!("this is no regular expression: {words}"), ""));
            None
        }
    }
}
