//! Host ports: who has which.

use std::net::{IpAddr, Ipv4Addr};

use super::container::Container;
use super::world::World;
use crate::engine::{EngineError, PortBinding, PortSpec, Result};
use crate::stack::Protocol;

/// Where the engine begins to look when it may choose.
const FIRST_FREE: u16 = 32768;

impl World {
    /// The bindings that a container gets when it starts, or why it cannot, in Docker's words.
    pub(super) fn bind_ports(&self, container: &Container) -> Result<Vec<PortBinding>> {
        let mut bindings: Vec<PortBinding> = Vec::new();
        for spec in &container.ports {
            let address = address(spec);
            let free = |port: u16, bindings: &[PortBinding]| {
                !self.holds(container, address, port, spec.protocol)
                    && !self.foreign_ports.contains(&port)
                    && !bindings
                        .iter()
                        .any(|other| overlaps(other, address, port, spec.protocol))
            };
            let last = match spec.host {
                0 => u16::MAX,
                first => spec.host_end.unwrap_or(first),
            };
            let first = if spec.host == 0 {
                FIRST_FREE
            } else {
                spec.host
            };
            let port = (first..=last)
                .find(|&port| free(port, &bindings))
                .ok_or_else(|| self.refusal(container, spec, address))?;
            bindings.push(PortBinding {
                target: spec.target,
                protocol: spec.protocol,
                host: Some((address, port)),
            });
        }
        for &(target, protocol) in &container.exposed {
            if !bindings
                .iter()
                .any(|b| b.target == target && b.protocol == protocol)
            {
                bindings.push(PortBinding {
                    target,
                    protocol,
                    host: None,
                });
            }
        }
        Ok(bindings)
    }

    fn holds(&self, but: &Container, address: IpAddr, port: u16, protocol: Protocol) -> bool {
        self.containers
            .values()
            .filter(|other| other.id != but.id)
            .flat_map(|other| &other.bindings)
            .any(|other| overlaps(other, address, port, protocol))
    }

    fn refusal(&self, container: &Container, spec: &PortSpec, address: IpAddr) -> EngineError {
        let reason = if self.foreign_ports.contains(&spec.host) {
            format!(
                "Error starting userland proxy: listen {}4 {address}:{}: bind: address already in use",
                spec.protocol.as_str(),
                spec.host
            )
        } else {
            format!(
                "Bind for {address}:{} failed: port is already allocated",
                spec.host
            )
        };
        EngineError::Api {
            status: 500,
            message: format!(
                "driver failed programming external connectivity on endpoint {} ({}): {reason}",
                container.name, container.id
            ),
        }
    }
}

fn address(spec: &PortSpec) -> IpAddr {
    spec.address
        .parse()
        .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

fn overlaps(binding: &PortBinding, address: IpAddr, port: u16, protocol: Protocol) -> bool {
    binding.protocol == protocol
        && binding.host.is_some_and(|(other, taken)| {
            taken == port
                && (other == address || other.is_unspecified() || address.is_unspecified())
        })
}
