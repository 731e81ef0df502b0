//! `depends_on`, and lists of names that are mappings in the long form.

use super::super::Flavour;
use super::super::canonical::Walk;
use super::super::node::{Entry, Mapping, Node, Value};
use super::list::text_of;

/// A list of names: a mapping of each to nothing.
pub(crate) fn names(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    let null = Value::null();
    from_names(node, walk, name, &|item| item.derive(null.clone()))
}

/// `depends_on`. The short form waits for a start in a Compose file, and for readiness in devstack.yaml.
pub(crate) fn depends_on(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    let condition = match walk.flavour {
        Flavour::Compose => "service_started",
        Flavour::Devstack => "service_healthy",
    };
    let rewritten = from_names(node, walk, name, &|item| {
        item.derive_mapping([
            ("condition", item.derive_text(condition)),
            ("required", item.derive_bool(true)),
        ])
    });
    let Some(mapping) = node.as_mapping_mut() else {
        return rewritten;
    };
    for (service, entry) in mapping.iter_mut() {
        let required = entry.node.derive_bool(true);
        let required = required.entry(required.clone());
        let Some(dependency) = entry.node.as_mapping_mut() else {
            continue;
        };
        dependency.entry("required".to_owned()).or_insert(required);
        if !dependency.contains_key("condition") {
            walk.problems.push(
                entry
                    .node
                    .error(
                        format!("the dependency on `{service}` lacks `condition`"),
                        "",
                    )
                    .fix("add `condition: service_healthy` or `service_started`"),
            );
        }
    }
    rewritten
}

fn from_names(
    node: &mut Node,
    walk: &mut Walk<'_>,
    name: &str,
    value: &dyn Fn(&Node) -> Node,
) -> bool {
    let Value::Sequence(items) = &mut node.value else {
        return true;
    };
    let mut mapping = Mapping::new();
    for item in std::mem::take(items) {
        let Some(text) = text_of(&item) else {
            walk.unexpected(&item, name, "a name");
            continue;
        };
        let entry = Entry {
            key: item.span.clone(),
            node: value(&item),
        };
        if let Some(first) = mapping.get(text).map(|entry: &Entry| entry.key.clone()) {
            walk.problems.push(
                item.error(format!("`{text}` is named twice in `{name}`"), "again here")
                    .related(&first, "first here"),
            );
            continue;
        }
        mapping.insert(text.to_owned(), entry);
    }
    node.value = Value::Mapping(mapping);
    true
}
