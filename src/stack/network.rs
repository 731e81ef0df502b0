//! Networks and how a service is attached to them.

use indexmap::IndexMap;
use serde::Serialize;

use crate::source::Span;

/// A network.
#[derive(Debug, Clone, Serialize)]
pub struct Network {
    /// Its key in the manifest; `default` for the one that every stack has.
    pub key: String,
    /// Its name in the engine: `name`, or `<project>_<key>`.
    pub name: String,
    /// Whether it must exist already and is never made or removed.
    pub external: bool,
    /// The driver, if not the engine's default.
    pub driver: Option<String>,
    /// The driver's options.
    pub driver_opts: IndexMap<String, String>,
    /// Labels of the user.
    pub labels: IndexMap<String, String>,
    /// Whether it has no way out.
    pub internal: bool,
    /// Whether containers outside the stack may join by hand.
    pub attachable: bool,
    /// Whether it has IPv4, if said.
    pub enable_ipv4: Option<bool>,
    /// Whether it has IPv6, if said.
    pub enable_ipv6: Option<bool>,
    /// The address management driver, if said.
    pub ipam_driver: Option<String>,
    /// Its options.
    pub ipam_options: IndexMap<String, String>,
    /// Address ranges.
    pub ipam: Vec<IpamPool>,
    /// Where the manifest declares it, if it does.
    pub span: Option<Span>,
}

/// An address range of a network.
#[derive(Debug, Clone, Default, Serialize)]
pub struct IpamPool {
    /// The subnet in CIDR form.
    pub subnet: Option<String>,
    /// The part of it from which containers get addresses.
    pub ip_range: Option<String>,
    /// The gateway.
    pub gateway: Option<String>,
    /// Addresses that are taken, by name.
    pub aux_addresses: IndexMap<String, String>,
}

/// How a service is attached to one network.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Attachment {
    /// Further names on that network, beside the service's and the container's.
    pub aliases: Vec<String>,
    /// A fixed address.
    pub ipv4_address: Option<String>,
    /// A fixed IPv6 address.
    pub ipv6_address: Option<String>,
    /// Link-local addresses.
    pub link_local_ips: Vec<String>,
    /// A fixed hardware address.
    pub mac_address: Option<String>,
    /// Which network becomes the default route: the highest.
    pub gw_priority: Option<i64>,
    /// The order in which networks are attached: highest first.
    pub priority: i64,
    /// The interface's name in the container (API 1.49).
    pub interface_name: Option<String>,
    /// Driver options of the endpoint.
    pub driver_opts: IndexMap<String, String>,
}

/// The network namespace of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkMode {
    /// Its own, on the networks listed.
    Networks,
    /// None at all.
    None,
    /// The host's.
    Host,
    /// That of the first container of another service.
    Service(String),
    /// That of a container outside the stack.
    Container(String),
    /// A network of the engine by name, such as `bridge`.
    Named(String),
}
