//! Commands and health tests.

use super::super::canonical::Walk;
use super::super::node::{Node, ScalarKind, Value};
use super::super::words;
use super::list::text_of;

/// A command line: a list of its words. Nothing stays nothing.
pub(crate) fn command(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    let Some(line) = text_of(node) else {
        return true;
    };
    let Some(split) = words::split(line) else {
        walk.problems.push(
            node.error(
                format!("`{name}` has quotes that are never closed, or brackets that need a shell"),
                "",
            )
            .fix("close them, or write the command as a list"),
        );
        return false;
    };
    if let Some((_, operator)) = split.stopped {
        walk.problems.push(
            node.warning(
                format!("`{name}` ends at `{operator}`: it is not given to a shell"),
                "",
            )
            .fix(format!("write `{name}: sh -c '…'`")),
        );
    }
    let items = split
        .words
        .iter()
        .map(|word| node.derive_text(word))
        .collect();
    node.value = Value::Sequence(items);
    true
}

/// `healthcheck.test`: a line is one for a shell.
pub(crate) fn health_test(node: &mut Node, walk: &mut Walk<'_>, _: &str) -> bool {
    if let Some(line) = text_of(node) {
        let items = vec![node.derive_text("CMD-SHELL"), node.derive_text(line)];
        node.value = Value::Sequence(items);
        return true;
    }
    let Some(first) = node.as_sequence().and_then(<[Node]>::first) else {
        return true;
    };
    let known = first
        .as_scalar()
        .is_some_and(|scalar| scalar.kind == ScalarKind::Text)
        && matches!(first.as_str(), Some("NONE" | "CMD" | "CMD-SHELL"));
    if !known {
        walk.problems.push(
            first
                .error(
                    "a `test` list must begin with `CMD`, `CMD-SHELL` or `NONE`",
                    "",
                )
                .fix("put `\"CMD\"` before the command"),
        );
        return false;
    }
    true
}
