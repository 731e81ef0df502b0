//! Forms of lists and of key-value pairs.

use super::super::canonical::Walk;
use super::super::node::{Entry, Mapping, Node, Scalar, ScalarKind, Value};

/// One text where several may stand: a list of one.
pub(crate) fn one_or_many(node: &mut Node, _: &mut Walk<'_>, _: &str) -> bool {
    if node
        .as_scalar()
        .is_some_and(|scalar| scalar.kind == ScalarKind::Text)
    {
        let only = node.clone();
        node.value = Value::Sequence(vec![only]);
    }
    true
}

/// One value where several may stand, a number or boolean too: a list of one.
pub(crate) fn scalars(node: &mut Node, _: &mut Walk<'_>, _: &str) -> bool {
    if node.as_str().is_some() {
        let only = node.clone();
        node.value = Value::Sequence(vec![only]);
    }
    true
}

/// A list of `KEY=value`: a mapping. A `KEY` alone has no value; a key that comes twice has the later one.
pub(crate) fn key_values(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    let Value::Sequence(items) = &mut node.value else {
        return true;
    };
    let mut mapping = Mapping::new();
    for item in std::mem::take(items) {
        let Some(text) = text_of(&item) else {
            walk.unexpected(&item, name, "a text such as `KEY=value`");
            continue;
        };
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Scalar::text(value)),
            None => (
                text,
                Scalar {
                    kind: ScalarKind::Null,
                    text: String::new(),
                },
            ),
        };
        let entry = Entry {
            key: item.span.clone(),
            node: item.derive(Value::Scalar(value)),
        };
        mapping.insert(key.to_owned(), entry);
    }
    node.value = Value::Mapping(mapping);
    true
}

/// `extra_hosts`: a list of `name=address`, from such a list, one with colons, or a mapping to one or more.
pub(crate) fn extra_hosts(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    let mut hosts = Vec::new();
    match &mut node.value {
        Value::Mapping(mapping) => {
            for (host, entry) in std::mem::take(mapping) {
                let addresses = match entry.node.value {
                    Value::Sequence(items) => items,
                    _ => vec![entry.node],
                };
                for address in addresses {
                    match text_of(&address) {
                        Some(text) => hosts.push(address.derive_text(host_entry(&host, text))),
                        None => walk.unexpected(&address, &host, "an address"),
                    }
                }
            }
        }
        Value::Sequence(items) => {
            for item in std::mem::take(items) {
                let parts = text_of(&item)
                    .and_then(|text| text.split_once('=').or_else(|| text.split_once(':')));
                match parts {
                    Some((host, address)) => {
                        hosts.push(item.derive_text(host_entry(host, address)));
                    }
                    None => walk.problems.push(item.error(
                        format!("an entry of `{name}` must be `name=address`"),
                        "has no address",
                    )),
                }
            }
        }
        Value::Scalar(_) => {
            walk.unexpected(node, name, "a list or a mapping");
            return false;
        }
    }
    node.value = Value::Sequence(hosts);
    true
}

fn host_entry(host: &str, address: &str) -> String {
    let address = address
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(address);
    format!("{host}={address}")
}

/// The text of a scalar that is a text.
pub(super) fn text_of(node: &Node) -> Option<&str> {
    node.as_scalar()
        .filter(|scalar| scalar.kind == ScalarKind::Text)
        .map(|scalar| scalar.text.as_str())
}
