//! Named volumes.

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::manifest::node::Node;
use crate::stack::{MountKind, Service, Volume};

/// The volumes that services use.
pub(super) fn declared<'s>(
    root: &Node,
    services: impl Iterator<Item = &'s Service>,
) -> IndexMap<String, Volume> {
    let used: HashSet<&str> = services
        .flat_map(|service| &service.mounts)
        .filter_map(|mount| match &mount.kind {
            MountKind::Volume { key, .. } => Some(key.as_str()),
            _ => None,
        })
        .collect();
    root.get("volumes")
        .into_iter()
        .flat_map(Node::entries)
        .filter(|(key, _)| used.contains(key))
        .map(|(key, entry)| {
            let node = &entry.node;
            let volume = Volume {
                key: key.to_owned(),
                name: node.string("name").unwrap_or_default(),
                external: node.bool("external").unwrap_or(false),
                driver: node.string("driver"),
                driver_opts: node.pairs("driver_opts"),
                labels: node.pairs("labels"),
                span: entry.key.clone(),
            };
            (key.to_owned(), volume)
        })
        .collect()
}
