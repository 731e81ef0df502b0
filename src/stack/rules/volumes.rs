//! Named volumes that services mount must be declared, and external ones are made elsewhere.

use super::Subject;
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::node::Node;
use crate::stack::MountKind;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    let declared = subject.manifest.root.get("volumes");
    for (name, entry) in declared.into_iter().flat_map(Node::entries) {
        if entry.node.bool("external") != Some(true) {
            continue;
        }
        for key in ["driver", "driver_opts", "labels"] {
            if let Some(span) = entry.node.key_span(key) {
                problems.push(
                    Diagnostic::error(format!(
                        "the volume `{name}` is external, so it cannot have `{key}`"
                    ))
                    .at(span, "")
                    .fix("take one of the two out"),
                );
            }
        }
    }
    for (name, service) in &subject.stack.services {
        for mount in &service.mounts {
            let MountKind::Volume { key, .. } = &mount.kind else {
                continue;
            };
            if declared.is_some_and(|declared| declared.has(key)) {
                continue;
            }
            let names = declared
                .into_iter()
                .flat_map(Node::entries)
                .map(|(name, _)| name);
            let problem = Diagnostic::error(format!(
                "`{name}` mounts the volume `{key}`, which is not declared"
            ))
            .at(&mount.span, "");
            problems.push(match nearest(key, names) {
                Some(right) => problem.fix(format!("did you mean `{right}`?")),
                None => problem
                    .note(format!("a folder of this machine is written `./{key}`"))
                    .fix(format!("declare it under `volumes:` as `{key}: {{}}`")),
            });
        }
    }
}
