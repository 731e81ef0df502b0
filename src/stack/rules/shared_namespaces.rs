//! Services whose network, processes or volumes another one uses must exist.

use super::Subject;
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::node::Node;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    // Most of it is seen as a dependency already; what is left are build contexts of other services.
    let services = subject.manifest.root.get("services");
    for (name, entry) in services.into_iter().flat_map(Node::entries) {
        let contexts = entry
            .node
            .get("build")
            .and_then(|build| build.get("additional_contexts"));
        for (_, context) in contexts.into_iter().flat_map(Node::entries) {
            let Some(wanted) = context
                .node
                .as_str()
                .and_then(|text| text.strip_prefix("service:"))
            else {
                continue;
            };
            match subject.stack.services.get(wanted) {
                Some(service) if service.build.is_some() => {}
                Some(_) => problems.push(context.node.error(
                    format!("`{name}` builds upon `{wanted}`, which has no `build`"),
                    "",
                )),
                None => {
                    let names = subject.stack.services.keys().map(String::as_str);
                    let problem = context.node.error(
                        format!("`{name}` builds upon `{wanted}`, and there is no such service"),
                        "",
                    );
                    problems.push(match nearest(wanted, names) {
                        Some(right) => problem.fix(format!("did you mean `service:{right}`?")),
                        None => problem,
                    });
                }
            }
        }
    }
}
