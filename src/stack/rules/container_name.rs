//! A container's name must be one, and can be given once.

use std::collections::HashMap;

use super::Subject;
use crate::diagnostic::Diagnostic;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    let services = subject.manifest.root.get("services");
    let mut taken: HashMap<&str, (&str, &crate::source::Span)> = HashMap::new();
    for (name, service) in &subject.stack.services {
        let node = services.and_then(|services| services.get(name)?.get("container_name"));
        let (Some(node), Some(container)) = (node, &service.container_name) else {
            continue;
        };
        if !is_name(container) {
            problems.push(
                node.error(format!("`{container}` cannot be a container's name"), "")
                    .note("it has letters, digits, `_`, `.` and `-`, at least two, and begins with a letter or digit"),
            );
        }
        if service.replicas > 1 {
            problems.push(
                node.error(
                    format!(
                        "{} containers of `{name}` cannot all be called `{container}`",
                        service.replicas
                    ),
                    "",
                )
                .fix("take `container_name` out, or run one container"),
            );
        }
        if let Some((other, first)) = taken.insert(container, (name, &node.span)) {
            problems.push(
                node.error(
                    format!("`{other}` and `{name}` have the same `container_name`"),
                    "again here",
                )
                .related(first, "first here"),
            );
        }
    }
}

/// The engine's rule.
fn is_name(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}
