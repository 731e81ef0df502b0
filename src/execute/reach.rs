//! How people reach a service from the host: addresses, and the URL to open or to connect to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::catalog::{Facts, Family, Password};
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

/// The machine that the engine runs on, as seen from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Machine {
    /// This one.
    This,
    /// Another, by its name or address.
    Other(String),
}

impl Machine {
    /// That of an engine with this address, such as `unix:///var/run/docker.sock` or `ssh://me@build.example.com`.
    pub fn of(address: &str) -> Self {
        let Some((scheme, rest)) = address.split_once("://") else {
            return Self::This;
        };
        if !matches!(scheme, "tcp" | "http" | "https" | "ssh") {
            return Self::This;
        }
        let authority = rest.split('/').next().unwrap_or_default();
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        let loopback = host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        if host.is_empty() || host == "localhost" || loopback {
            Self::This
        } else {
            Self::Other(host.to_owned())
        }
    }

    /// The host under which a port is reached that is bound to this address there; `None` if it is not reached from here.
    fn host(&self, bound: IpAddr) -> Option<String> {
        match self {
            Self::This if bound.is_unspecified() && bound.is_ipv6() => {
                Some(Ipv6Addr::LOCALHOST.to_string())
            }
            Self::This if bound.is_unspecified() => Some(Ipv4Addr::LOCALHOST.to_string()),
            Self::Other(host) if bound.is_unspecified() => Some(host.clone()),
            Self::Other(_) if bound.is_loopback() => None,
            _ => Some(bound.to_string()),
        }
    }
}

/// Host and port under which a TCP port of a container is reached from here, the lowest of its published ones if none is
/// named.
pub fn socket(
    ports: &[PortBinding],
    target: Option<u16>,
    machine: &Machine,
) -> Option<(String, u16)> {
    ports
        .iter()
        .filter(|port| port.protocol == Protocol::Tcp)
        .filter(|port| target.is_none_or(|target| port.target == target))
        .filter_map(|port| port.host)
        .filter_map(|(bound, port)| Some((bound.is_ipv6(), port, machine.host(bound)?)))
        .min()
        .map(|(_, port, host)| (host, port))
}

/// The address to open: `open` is a path on the first published port, or a whole URL.
pub fn page(ports: &[PortBinding], open: &str, machine: &Machine) -> Option<String> {
    if open.contains("://") {
        return Some(open.to_owned());
    }
    let (host, port) = socket(ports, None, machine)?;
    let host = by_name(&host);
    let slash = if open.starts_with('/') { "" } else { "/" };
    Some(if host.contains(':') {
        format!("http://[{host}]:{port}{slash}{open}")
    } else {
        format!("http://{host}:{port}{slash}{open}")
    })
}

/// The URL under which a service is reached, and whether a password belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// The URL.
    pub text: String,
    /// Whether a password belongs to it that is not, or not as it is, in the text.
    pub protected: bool,
}

/// The URL of a service: what `open` says, else the connection URL of the software it is.
pub fn url(
    ports: &[PortBinding],
    open: Option<&str>,
    family: Option<&dyn Family>,
    facts: Facts<'_>,
    machine: &Machine,
    password: Password,
) -> Option<Url> {
    if let Some(open) = open {
        let text = page(ports, open, machine)?;
        return Some(Url {
            text,
            protected: false,
        });
    }
    let family = family?;
    let (host, port) = socket(ports, Some(family.port(facts)), machine)?;
    let access = family.access(facts);
    Some(Url {
        text: access.url(by_name(&host), port, password),
        protected: password != Password::Shown
            && (access.is_protected() || facts.has_password_file()),
    })
}

/// The command that opens a service's console, if it has one.
pub fn console(service: &str, family: Option<&dyn Family>, facts: Facts<'_>) -> Option<String> {
    family?.console(facts)?;
    Some(format!("devstack console {service}"))
}

/// What people call this machine.
fn by_name(host: &str) -> &str {
    match host {
        "127.0.0.1" | "::1" => "localhost",
        other => other,
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
        for (bound, reached) in [
            ("0.0.0.0", "127.0.0.1"),
            ("127.0.0.1", "127.0.0.1"),
            ("::", "::1"),
            ("10.1.2.3", "10.1.2.3"),
        ] {
            let ports = [binding(80, Some((bound, 8080)))];
            let found = socket(&ports, Some(80), &Machine::This);
            assert_eq!(found, Some((reached.to_owned(), 8080)));
        }
        let ports = [binding(80, Some(("fe80::1", 8080)))];
        let page = page(&ports, "a", &Machine::This);
        assert_eq!(page.as_deref(), Some("http://[fe80::1]:8080/a"));
    }

    #[test]
    fn an_engine_elsewhere_is_reached_where_it_is() {
        for address in [
            "unix:///var/run/docker.sock",
            "tcp://localhost:2375",
            "tcp://[::1]:2375",
        ] {
            assert_eq!(Machine::of(address), Machine::This, "{address}");
        }
        let machine = Machine::of("ssh://me@build.example.com:22/run/docker.sock");
        assert_eq!(machine, Machine::Other("build.example.com".to_owned()));
        let open = [binding(80, Some(("0.0.0.0", 8080)))];
        assert_eq!(
            page(&open, "/", &machine).as_deref(),
            Some("http://build.example.com:8080/")
        );
        let hidden = [binding(80, Some(("127.0.0.1", 8080)))];
        assert_eq!(socket(&hidden, None, &machine), None);
    }
}
