//! Networks.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

use crate::stack::IpamPool;

/// A network to be created.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NetworkSpec {
    /// The name.
    pub name: String,
    /// The driver, if not the engine's default.
    pub driver: Option<String>,
    /// The driver's options.
    pub driver_opts: IndexMap<String, String>,
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// Whether it has no way out.
    pub internal: bool,
    /// Whether containers may join by hand.
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
}

/// A container's attachment to a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EndpointSpec {
    /// All names on that network beside the container's.
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
    /// Links, each `container:alias`.
    pub links: Vec<String>,
    /// Driver options.
    pub driver_opts: IndexMap<String, String>,
}

/// A network that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NetworkDetail {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The driver.
    pub driver: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
}
