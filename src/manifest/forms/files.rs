//! `env_file`, and the references of `secrets` and `configs`.

use super::super::canonical::Walk;
use super::super::node::{Node, ScalarKind, Value};
use super::super::number;
use super::list::{one_or_many, text_of};

/// `env_file`: a list of `{path, required}`.
pub(crate) fn env_files(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    one_or_many(node, walk, name);
    let Value::Sequence(items) = &mut node.value else {
        return true;
    };
    for item in items {
        if text_of(item).is_some() {
            let path = item.clone();
            *item = item.derive_mapping([("path", path)]);
        }
        let required = item.derive_bool(true);
        let format = item.get("format").cloned();
        if let Some(mapping) = item.as_mapping_mut() {
            if !mapping.contains_key("path") {
                walk.problems
                    .push(required.error(format!("an entry of `{name}` lacks `path`"), ""));
                continue;
            }
            let entry = required.entry(required.clone());
            mapping.entry("required".to_owned()).or_insert(entry);
        }
        if let Some(format) = format
            && format.as_str().is_some_and(|format| format != "raw")
        {
            walk.problems
                .push(format.error("`format` of an env file may only be `raw`", ""));
        }
    }
    true
}

/// A secret or config by its name alone: `{source}`.
pub(crate) fn file_reference(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    if text_of(node).is_some() {
        let source = node.clone();
        *node = node.derive_mapping([("source", source)]);
    }
    if node.as_mapping().is_some() && !node.has("source") {
        walk.problems
            .push(node.error(format!("an entry of `{name}` lacks `source`"), ""));
        return false;
    }
    true
}

/// Mode bits: YAML reads `0440` as an octal number; a text is octal too. The long form is a text such as `0440`.
pub(crate) fn mode(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    let bits = node.as_scalar().and_then(|scalar| match scalar.kind {
        ScalarKind::Integer => number::integer(&scalar.text),
        ScalarKind::Text => i64::from_str_radix(&scalar.text, 8).ok(),
        _ => None,
    });
    match bits {
        Some(bits) if (0..=0o7777).contains(&bits) => {
            *node = node.derive_text(format!("0{bits:03o}"));
            true
        }
        _ => {
            walk.problems.push(
                node.error(format!("`{name}` must be mode bits in octal"), "")
                    .fix("write it as `0440`"),
            );
            false
        }
    }
}
