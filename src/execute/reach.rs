//! How people reach a service from the host: addresses, and the URL to open or to connect to.

use std::net::IpAddr;

use crate::catalog::{Facts, Family};
use crate::engine::PortBinding;
use crate::stack::Protocol;

/// The published ports as `host:port → port`, each once.
pub fn addresses(ports: &[PortBinding]) -> Vec<String> {
    let mut bindings: Vec<(&PortBinding, IpAddr, u16)> = ports
        .iter()
        .filter_map(|port| port.host.map(|(address, host)| (port, address, host)))
        .collect();
    bindings.sort_by_key(|(port, address, host)| (port.target, *host, address.is_ipv6()));
    // A port open to everybody is listed for IPv4 and for IPv6.
    bindings.dedup_by_key(|(port, address, host)| {
        (port.target, port.protocol, *host, address.is_unspecified())
    });
    bindings
        .into_iter()
        .map(|(port, address, host)| {
            let socket = std::net::SocketAddr::new(address, host);
            match port.protocol {
                Protocol::Tcp => format!("{socket} → {}", port.target),
                protocol => format!("{socket} → {}/{}", port.target, protocol.as_str()),
            }
        })
        .collect()
}

/// The URL under which a service is reached: what `open` says, else the connection URL of the software it is.
///
/// `open` is a path on its first published port, or a whole URL.
pub fn url(
    ports: &[PortBinding],
    open: Option<&str>,
    family: Option<&dyn Family>,
    facts: Facts<'_>,
) -> Option<String> {
    let published = |target: Option<u16>| {
        ports
            .iter()
            .filter(|port| port.protocol == Protocol::Tcp)
            .filter(|port| target.is_none_or(|target| port.target == target))
            .filter_map(|port| port.host)
            .min_by_key(|(address, port)| (address.is_ipv6(), *port))
            .map(|(address, port)| (from_here(address), port))
    };
    if let Some(open) = open {
        if open.contains("://") {
            return Some(open.to_owned());
        }
        let (host, port) = published(None)?;
        let slash = if open.starts_with('/') { "" } else { "/" };
        return Some(format!("http://{host}:{port}{slash}{open}"));
    }
    let family = family?;
    let (host, port) = published(Some(family.port(facts)))?;
    family.url(facts, &host, port)
}

/// The address under which this machine reaches a port bound to `address`.
fn from_here(address: IpAddr) -> String {
    match address {
        address if address.is_unspecified() || address.is_loopback() => "localhost".to_owned(),
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(target: u16, host: Option<(&str, u16)>) -> PortBinding {
        PortBinding {
            target,
            protocol: Protocol::Tcp,
            host: host.map(|(address, port)| (address.parse().expect("an address"), port)),
        }
    }

    #[test]
    fn addresses_are_told_once_and_in_order() {
        let udp = PortBinding {
            protocol: Protocol::Udp,
            ..binding(53, Some(("127.0.0.1", 5353)))
        };
        let ports = [
            binding(80, Some(("::", 8080))),
            binding(80, Some(("0.0.0.0", 8080))),
            binding(9000, None),
            udp,
        ];
        assert_eq!(
            addresses(&ports),
            ["127.0.0.1:5353 → 53/udp", "0.0.0.0:8080 → 80"]
        );
    }

    #[test]
    fn a_port_of_every_address_is_reached_by_loopback() {
        for address in ["0.0.0.0", "::", "127.0.0.1", "::1"] {
            assert_eq!(from_here(address.parse().expect("an address")), "localhost");
        }
        assert_eq!(
            from_here("fe80::1".parse().expect("an address")),
            "[fe80::1]"
        );
    }
}
