//! Networks, and how services are attached to them.

use indexmap::IndexMap;

use crate::manifest::node::Node;
use crate::stack::{Attachment, IpamPool, Network, NetworkMode, Service};

/// The network namespace of a service.
pub(super) fn mode(node: &Node) -> NetworkMode {
    match node.str("network_mode") {
        None => NetworkMode::Networks,
        Some("none") => NetworkMode::None,
        Some("host") => NetworkMode::Host,
        Some(mode) => match mode.split_once(':') {
            Some(("service", name)) => NetworkMode::Service(name.to_owned()),
            Some(("container", name)) => NetworkMode::Container(name.to_owned()),
            _ => NetworkMode::Named(mode.to_owned()),
        },
    }
}

/// What networks a service is on, and how.
pub(super) fn attachments(node: &Node) -> IndexMap<String, Attachment> {
    if node.get("network_mode").is_some() {
        return IndexMap::new();
    }
    node.get("networks")
        .into_iter()
        .flat_map(Node::entries)
        .map(|(key, entry)| (key.to_owned(), attachment(&entry.node)))
        .collect()
}

fn attachment(node: &Node) -> Attachment {
    Attachment {
        aliases: node.texts("aliases"),
        ipv4_address: node.string("ipv4_address"),
        ipv6_address: node.string("ipv6_address"),
        link_local_ips: node.texts("link_local_ips"),
        mac_address: node.string("mac_address"),
        gw_priority: node.integer("gw_priority"),
        priority: node.integer("priority").unwrap_or(0),
        interface_name: node.string("interface_name"),
        driver_opts: node.pairs("driver_opts"),
    }
}

/// The networks that services use.
pub(super) fn declared<'s>(
    root: &Node,
    services: impl Iterator<Item = &'s Service>,
) -> IndexMap<String, Network> {
    let used: std::collections::HashSet<&str> = services
        .flat_map(|service| service.networks.keys().map(String::as_str))
        .collect();
    root.get("networks")
        .into_iter()
        .flat_map(Node::entries)
        .filter(|(key, _)| used.contains(key))
        .map(|(key, entry)| {
            let node = &entry.node;
            let ipam = node.get("ipam");
            let network = Network {
                key: key.to_owned(),
                name: node.string("name").unwrap_or_default(),
                external: node.bool("external").unwrap_or(false),
                driver: node.string("driver"),
                driver_opts: node.pairs("driver_opts"),
                labels: node.pairs("labels"),
                internal: node.bool("internal").unwrap_or(false),
                attachable: node.bool("attachable").unwrap_or(false),
                enable_ipv4: node.bool("enable_ipv4"),
                enable_ipv6: node.bool("enable_ipv6"),
                ipam_driver: ipam.and_then(|ipam| ipam.string("driver")),
                ipam_options: ipam.map(|ipam| ipam.pairs("options")).unwrap_or_default(),
                ipam: ipam
                    .and_then(|ipam| ipam.get("config"))
                    .map(Node::items)
                    .unwrap_or_default()
                    .iter()
                    .map(pool)
                    .collect(),
                span: Some(entry.key.clone()),
            };
            (key.to_owned(), network)
        })
        .collect()
}

fn pool(node: &Node) -> IpamPool {
    IpamPool {
        subnet: node.string("subnet"),
        ip_range: node.string("ip_range"),
        gateway: node.string("gateway"),
        aux_addresses: node.pairs("aux_addresses"),
    }
}
