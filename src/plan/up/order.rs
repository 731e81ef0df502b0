//! The order in which services are planned: each after what it needs.

use std::collections::HashSet;

use crate::stack::{NetworkMode, Service, Stack};

/// The services in an order in which each comes after what it needs, otherwise as in the manifest.
pub(super) fn in_order<'a>(stack: &'a Stack, names: &[&str]) -> Vec<&'a Service> {
    fn visit<'a>(
        stack: &'a Stack,
        name: &str,
        wanted: &[&str],
        seen: &mut HashSet<&'a str>,
        order: &mut Vec<&'a Service>,
    ) {
        let Some(service) = stack.services.get(name).filter(|_| wanted.contains(&name)) else {
            return;
        };
        if !seen.insert(&service.name) {
            return;
        }
        for dependency in &service.depends_on {
            visit(stack, &dependency.service, wanted, seen, order);
        }
        for other in joined_services(service) {
            visit(stack, other, wanted, seen, order);
        }
        order.push(service);
    }
    let mut order = Vec::new();
    let mut seen = HashSet::new();
    for name in names {
        visit(stack, name, names, &mut seen, &mut order);
    }
    order
}

/// The services whose namespaces or volumes a service uses: it cannot exist without their containers.
pub(super) fn joined_services(service: &Service) -> impl Iterator<Item = &str> {
    let network = match &service.network_mode {
        NetworkMode::Service(other) => Some(other.as_str()),
        _ => None,
    };
    let modes = [
        service.container.pid.as_deref(),
        service.container.ipc.as_deref(),
    ];
    let modes = modes
        .into_iter()
        .flatten()
        .filter_map(|mode| mode.strip_prefix("service:"));
    let volumes = service
        .container
        .volumes_from
        .iter()
        .filter(|from| !from.starts_with("container:"));
    let volumes = volumes.map(|from| {
        from.split_once(':')
            .map_or(from.as_str(), |(service, _)| service)
    });
    network.into_iter().chain(modes).chain(volumes)
}
