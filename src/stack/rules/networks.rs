//! Networks that services use must be declared.

use super::Subject;
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::node::Node;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    let root = &subject.manifest.root;
    let declared = root.get("networks");
    let services = root.get("services").into_iter().flat_map(Node::entries);
    for (name, service) in services {
        let networks = service.node.get("networks");
        for (network, entry) in networks.into_iter().flat_map(Node::entries) {
            if declared.is_some_and(|declared| declared.has(network)) {
                continue;
            }
            let names = declared
                .into_iter()
                .flat_map(Node::entries)
                .map(|(name, _)| name);
            let problem = Diagnostic::error(format!(
                "`{name}` is on the network `{network}`, which is not declared"
            ))
            .at(&entry.key, "");
            problems.push(match nearest(network, names) {
                Some(right) => problem.fix(format!("did you mean `{right}`?")),
                None => problem.fix(format!("declare it under `networks:` as `{network}: {{}}`")),
            });
        }
    }
}
