//! A model that a service uses must be declared, though devstack runs none.

use super::Subject;
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::node::Node;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    let root = &subject.manifest.root;
    let declared: Vec<&str> = root
        .get("models")
        .into_iter()
        .flat_map(Node::entries)
        .map(|(name, _)| name)
        .collect();
    for (service, entry) in root.get("services").into_iter().flat_map(Node::entries) {
        let used = entry.node.get("models");
        for (model, entry) in used.into_iter().flat_map(Node::entries) {
            if declared.contains(&model) {
                continue;
            }
            let problem = Diagnostic::error(format!(
                "`{service}` uses the model `{model}`, which is not declared"
            ))
            .at(&entry.key, "");
            problems.push(match nearest(model, declared.iter().copied()) {
                Some(right) => problem.fix(format!("did you mean `{right}`?")),
                None => problem.fix(format!("add `{model}` to the top-level `models`")),
            });
        }
    }
}
