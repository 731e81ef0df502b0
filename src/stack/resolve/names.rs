//! The default network, and the names of networks, volumes, secrets and configs in the engine.

use crate::manifest::node::{Entry, Mapping, Node, Value};

/// A service that names no network is on the default one, and that one exists if somebody is on it.
pub(super) fn default_network(root: &mut Mapping) {
    let mut used_by = None;
    if let Some(services) = super::section(root, "services") {
        for entry in services.values_mut() {
            let service = &mut entry.node;
            if service.get("network_mode").is_some() || service.get("provider").is_some() {
                continue;
            }
            let empty = service
                .get("networks")
                .is_none_or(|networks| networks.as_mapping().is_some_and(Mapping::is_empty));
            if empty {
                let place = Node::null(entry.key.clone());
                let networks = place.derive_mapping([("default", place.clone())]);
                if let Some(service) = service.as_mapping_mut() {
                    service.insert("networks".to_owned(), place.entry(networks));
                }
            }
            if service
                .get("networks")
                .is_some_and(|networks| networks.has("default"))
            {
                used_by = Some(entry.key.clone());
            }
        }
    }
    if let Some(place) = used_by {
        let null = Node::null(place);
        let networks = root
            .entry("networks".to_owned())
            .or_insert_with(|| null.entry(null.clone()));
        if networks.node.is_null() {
            networks.node.value = Value::Mapping(Mapping::new());
        }
        if let Some(networks) = networks.node.as_mapping_mut() {
            networks
                .entry("default".to_owned())
                .or_insert_with(|| null.entry(null.clone()));
        }
    }
}

/// A resource without a name of its own is called after the project and its key; an external one after its key.
pub(super) fn of_resources(root: &mut Mapping, project: &str) {
    for section in ["networks", "volumes", "secrets", "configs"] {
        let Some(resources) = super::section(root, section) else {
            continue;
        };
        for (key, entry) in resources {
            name_resource(key, entry, project);
        }
    }
}

fn name_resource(key: &str, entry: &mut Entry, project: &str) {
    if entry.node.is_null() {
        entry.node.value = Value::Mapping(Mapping::new());
    }
    let name = if entry.node.bool("external") == Some(true) {
        key.to_owned()
    } else {
        format!("{project}_{key}")
    };
    let place = Node::null(entry.key.clone());
    if let Some(resource) = entry.node.as_mapping_mut()
        && resource.get("name").is_none_or(|name| name.node.is_null())
    {
        resource.insert("name".to_owned(), place.entry(place.derive_text(name)));
    }
}
