//! `depends_on`.

use std::collections::HashSet;

use crate::manifest::node::Node;
use crate::stack::{Condition, Dependency};

/// Lowers it.
pub(super) fn lower(node: &Node) -> Vec<Dependency> {
    node.get("depends_on")
        .into_iter()
        .flat_map(Node::entries)
        .map(|(service, entry)| Dependency {
            service: service.to_owned(),
            condition: condition(&entry.node),
            restart: entry.node.bool("restart").unwrap_or(false),
            required: entry.node.bool("required").unwrap_or(true),
            span: entry.key.clone(),
        })
        .collect()
}

fn condition(node: &Node) -> Condition {
    match node.str("condition") {
        Some("service_healthy") => Condition::Ready,
        Some("service_completed_successfully") => Condition::Completed,
        _ => Condition::Started,
    }
}

/// Services that another one waits for until they have completed.
pub(super) fn one_shots(root: &Node) -> HashSet<&str> {
    root.get("services")
        .into_iter()
        .flat_map(Node::entries)
        .filter_map(|(_, entry)| entry.node.get("depends_on"))
        .flat_map(Node::entries)
        .filter(|(_, entry)| condition(&entry.node) == Condition::Completed)
        .map(|(service, _)| service)
        .collect()
}
