//! Forms of `build`.

use super::super::canonical::Walk;
use super::super::node::{Entry, Mapping, Node, Scalar, ScalarKind, Value};
use super::list::text_of;

/// `build: ./dir`: a mapping with that context.
pub(crate) fn build(node: &mut Node, _: &mut Walk<'_>, _: &str) -> bool {
    if text_of(node).is_some() {
        let context = node.clone();
        *node = node.derive_mapping([("context", context)]);
    }
    true
}

/// `ssh`: `default`, or a list of `id=path`: a mapping of ids to paths.
pub(crate) fn ssh(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    let Value::Sequence(items) = &mut node.value else {
        return true;
    };
    let mut mapping = Mapping::new();
    for item in std::mem::take(items) {
        let Some(text) = text_of(&item) else {
            walk.unexpected(&item, name, "`default` or `id=path`");
            continue;
        };
        let (id, path) = match text.split_once('=') {
            Some((id, path)) => (id, Scalar::text(walk.absolute(path, true))),
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
            node: item.derive(Value::Scalar(path)),
        };
        mapping.insert(id.to_owned(), entry);
    }
    node.value = Value::Mapping(mapping);
    true
}

/// Whether a build context is a URL or another thing that is no folder of this machine.
pub(crate) fn is_remote_context(context: &str) -> bool {
    context.contains("://")
        || context.starts_with("service:")
        || context.starts_with("target:")
        || context.starts_with("git@")
        || context.starts_with("github.com/")
}
