//! A manifest's tree without the values of secret inputs, for those who look at it.
//!
//! Where such a value stood, `${NAME}` stands: read again, it means the same. In between it is written with characters
//! that no text has, so that it survives the doubling of dollar signs.

use std::borrow::Cow;

use serde_json::Value;

use crate::manifest::Manifest;
use crate::manifest::node::{self, Node, Scalar};

/// What stands for `${` and `}` in between.
const OPEN: char = '\u{10fffe}';
const CLOSE: char = '\u{10ffff}';

/// The tree with marks in place of secrets.
pub(super) fn masked(manifest: &Manifest) -> Cow<'_, Node> {
    let secret = manifest.inputs.list.iter().filter(|input| input.secret);
    let secrets: Vec<(&str, &str)> = secret
        .filter_map(|input| Some((input.name.as_str(), input.value.as_deref()?)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    if secrets.is_empty() {
        return Cow::Borrowed(&manifest.root);
    }
    let mut root = manifest.root.clone();
    mask(&mut root, &secrets);
    Cow::Owned(root)
}

fn mask(node: &mut Node, secrets: &[(&str, &str)]) {
    match &mut node.value {
        node::Value::Mapping(mapping) => {
            for entry in mapping.values_mut() {
                mask(&mut entry.node, secrets);
            }
        }
        node::Value::Sequence(items) => items.iter_mut().for_each(|item| mask(item, secrets)),
        node::Value::Scalar(scalar) => {
            let used = |name: &str| node.variables.iter().any(|used| used.name == name);
            for (name, value) in secrets.iter().filter(|(name, _)| used(name)) {
                let mark = format!("{OPEN}{name}{CLOSE}");
                if scalar.text.contains(value) {
                    *scalar = Scalar::text(scalar.text.replace(value, &mark));
                } else if !scalar.text.is_empty() && value.contains(&scalar.text) {
                    // A word of it: the text was taken apart.
                    *scalar = Scalar::text(mark);
                }
            }
        }
    }
}

/// Makes references of the marks.
pub(super) fn unmask(value: &mut Value) {
    match value {
        Value::String(text) => *text = unmasked(text),
        Value::Array(items) => items.iter_mut().for_each(unmask),
        Value::Object(map) => map.values_mut().for_each(unmask),
        _ => {}
    }
}

/// A text with references in place of the marks. A quoted one has them escaped.
pub(super) fn unmasked(text: &str) -> String {
    text.replace(OPEN, "${")
        .replace(CLOSE, "}")
        .replace("\\u{10fffe}", "${")
        .replace("\\u{10ffff}", "}")
}
