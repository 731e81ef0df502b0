//! `network_mode` excludes networks and, where the namespace is another's, ports.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::manifest::node::Node;
use crate::stack::NetworkMode;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    let services = subject.manifest.root.get("services");
    for (name, entry) in services.into_iter().flat_map(Node::entries) {
        let node = &entry.node;
        let (Some(mode), Some(networks)) = (node.get("network_mode"), node.key_span("networks"))
        else {
            continue;
        };
        if node
            .get("networks")
            .is_some_and(|networks| networks.entries().next().is_some())
        {
            problems.push(
                mode.error(
                    format!(
                        "`{name}` has both `network_mode` and `networks`, which exclude each other"
                    ),
                    "",
                )
                .related(networks, "the networks")
                .fix("keep one of the two"),
            );
        }
    }
    for service in subject.stack.services.values() {
        let shared = matches!(
            service.network_mode,
            NetworkMode::Service(_) | NetworkMode::Container(_) | NetworkMode::Host
        );
        if let (true, Some(port)) = (shared, service.ports.first()) {
            problems.push(
                Diagnostic::warning(format!(
                    "ports of `{}` are not published: it uses a network that is not its own",
                    service.name
                ))
                .at(&port.span, "has no effect")
                .fix("publish the port where the network belongs, or take it out"),
            );
        }
    }
}
