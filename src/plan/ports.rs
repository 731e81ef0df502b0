//! Which host port a container port gets.

use std::collections::HashSet;

use crate::diagnostic::Diagnostic;
use crate::engine::{ContainerSummary, PortSpec};
use crate::stack::{HostPort, Port, Protocol, Service, Stack};

use super::Observed;

/// How many ports after the wanted one are tried for a stable host port.
pub(super) const STABLE_CANDIDATES: u16 = 50;

/// Gives out host ports, each once, over the services of one plan.
#[derive(Debug)]
pub(super) struct Ports<'a> {
    observed: &'a Observed,
    project: &'a str,
    taken: HashSet<u16>,
    /// What was given though another number was wanted.
    pub(super) warnings: Vec<Diagnostic>,
}

impl<'a> Ports<'a> {
    pub(super) fn new(
        observed: &'a Observed,
        project: &'a str,
        services: impl Iterator<Item = &'a Service>,
    ) -> Self {
        let fixed = services
            .flat_map(|service| &service.ports)
            .filter_map(|port| match port.host {
                HostPort::Fixed(number) => Some(number),
                _ => None,
            });
        Self {
            observed,
            project,
            taken: fixed.collect(),
            warnings: Vec::new(),
        }
    }

    /// The ports of one replica. A stable port stays what the service's container has now, if it has one.
    pub(super) fn assign(&mut self, service: &Service, number: u32) -> Vec<PortSpec> {
        let current = self.observed.container(self.project, &service.name, number);
        service
            .ports
            .iter()
            .map(|port| {
                let (host, host_end) = match port.host {
                    HostPort::Fixed(number) => (number, None),
                    HostPort::Range(first, last) => (first, Some(last)),
                    HostPort::Any => (0, None),
                    HostPort::Stable => (self.stable(service, port, port.target, current), None),
                    HostPort::From(number) => (self.stable(service, port, number, current), None),
                };
                PortSpec {
                    target: port.target,
                    protocol: port.protocol,
                    address: port.address.clone(),
                    host,
                    host_end,
                }
            })
            .collect()
    }

    fn stable(
        &mut self,
        service: &Service,
        port: &Port,
        wanted: u16,
        current: Option<&ContainerSummary>,
    ) -> u16 {
        let kept = current.and_then(|container| published(container, port.target, port.protocol));
        let candidates = wanted..=wanted.saturating_add(STABLE_CANDIDATES);
        let free = |candidate: u16| {
            !self.taken.contains(&candidate)
                && (kept == Some(candidate)
                    || (!self.observed.busy_ports.contains(&candidate)
                        && !self.is_published(candidate, service)))
        };
        let given = kept
            .into_iter()
            .chain(candidates)
            .find(|&candidate| free(candidate));
        // Out of candidates: the engine chooses, and the final table says what.
        let given = given.unwrap_or(0);
        self.taken.insert(given);
        // An instance's ports are expected to be others than the manifest's.
        let told = port.host == HostPort::Stable;
        if told && given != port.target && kept != Some(given) {
            self.warnings.push(
                Diagnostic::warning(format!(
                    "port {} of `{}` is published as {given}: {} is taken on this machine",
                    port.target, service.name, port.target
                ))
                .at(&port.span, "")
                .fix(format!(
                    "to fix the host port, write \"{given}:{}\"",
                    port.target
                )),
            );
        }
        given
    }

    /// Whether a container other than the service's own publishes this port, running or about to.
    fn is_published(&self, number: u16, service: &Service) -> bool {
        self.observed.containers.iter().any(|container| {
            let own = container
                .labels
                .get(super::Labels::PROJECT)
                .is_some_and(|p| p == self.project)
                && container.labels.get(super::Labels::SERVICE) == Some(&service.name);
            !own && container
                .ports
                .iter()
                .any(|port| port.host.is_some_and(|(_, host)| host == number))
        })
    }
}

/// The host ports that a stack's containers would get and have not yet, as far as devstack chooses them.
pub fn chosen_ports(stack: &Stack, observed: &Observed) -> Vec<(u16, Protocol)> {
    let mut ports = Ports::new(observed, &stack.name, stack.services.values());
    let mut chosen = Vec::new();
    for service in stack.services.values() {
        for number in 1..=service.replicas {
            let current = observed.container(&stack.name, &service.name, number);
            for (port, spec) in service.ports.iter().zip(ports.assign(service, number)) {
                let is_chosen = matches!(port.host, HostPort::Stable | HostPort::From(_));
                let kept = current.and_then(|it| published(it, port.target, port.protocol));
                if is_chosen && spec.host != 0 && kept != Some(spec.host) {
                    chosen.push((spec.host, spec.protocol));
                }
            }
        }
    }
    chosen
}

fn published(container: &ContainerSummary, target: u16, protocol: Protocol) -> Option<u16> {
    container
        .ports
        .iter()
        .find(|port| port.target == target && port.protocol == protocol && port.host.is_some())
        .and_then(|port| port.host)
        .map(|(_, number)| number)
}
