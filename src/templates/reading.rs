//! Reads values of template.yaml; what is wrong is reported with its place, and reads as absent.

use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::node::Node;

/// Reports the keys of a mapping that are not among `known`, and a value that is no mapping.
pub(super) fn only_keys(node: &Node, what: &str, known: &[&str], problems: &mut Vec<Diagnostic>) {
    if node.as_mapping().is_none() {
        problems.push(node.error(format!("{what} is a mapping, not {}", node.describe()), ""));
        return;
    }
    for (key, entry) in node.entries() {
        if known.contains(&key) || key.starts_with("x-") {
            continue;
        }
        let problem = Diagnostic::error(format!("{what} has no key `{key}`")).at(&entry.key, "");
        problems.push(match nearest(key, known.iter().copied()) {
            Some(near) => problem.fix(format!("did you mean `{near}`?")),
            None => problem.note(format!("there are {}", known.join(", "))),
        });
    }
}

/// The text of a key.
pub(super) fn text(node: &Node, key: &str, problems: &mut Vec<Diagnostic>) -> Option<String> {
    let value = node.get(key)?;
    if value.as_str().is_none() {
        problems.push(value.error(format!("`{key}` is a text, not {}", value.describe()), ""));
    }
    value.as_str().map(str::to_owned)
}

/// The boolean of a key; false if it is not there.
pub(super) fn flag(node: &Node, key: &str, problems: &mut Vec<Diagnostic>) -> bool {
    let Some(value) = node.get(key) else {
        return false;
    };
    match value.as_str() {
        Some("true") => true,
        Some("false") => false,
        _ => {
            problems.push(value.error(
                format!("`{key}` is `true` or `false`, not {}", value.describe()),
                "",
            ));
            false
        }
    }
}

/// The texts of a key: a list of texts, or a single one.
pub(super) fn texts(node: &Node, key: &str, problems: &mut Vec<Diagnostic>) -> Vec<String> {
    let Some(value) = node.get(key) else {
        return Vec::new();
    };
    if let Some(text) = value.as_str() {
        return vec![text.to_owned()];
    }
    let mut found = Vec::new();
    for item in value.items() {
        match item.as_str() {
            Some(text) => found.push(text.to_owned()),
            None => problems
                .push(item.error(format!("`{key}` lists texts, not {}", item.describe()), "")),
        }
    }
    if value.as_sequence().is_none() {
        problems.push(value.error(
            format!(
                "`{key}` is a text or a list of texts, not {}",
                value.describe()
            ),
            "",
        ));
    }
    found
}
