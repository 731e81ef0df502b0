//! What there is of each service when a run is over, for the table at the end.

use std::collections::HashMap;

use crate::catalog::Password;
use crate::engine::{ContainerState, ContainerSummary, PortBinding};
use crate::event::ServiceSummary;
use crate::plan::{Labels, service_of};
use crate::stack::{Service, Stack};

use super::reach::{self, Machine, Url};

/// What the run knows beside the engine.
pub(super) struct Known<'a> {
    pub(super) stack: Option<&'a Stack>,
    /// Milliseconds after which each service was found ready in this run.
    pub(super) ready: &'a HashMap<String, u64>,
    /// The machine that the engine runs on.
    pub(super) machine: &'a Machine,
}

/// The services of a project, by its containers as they are now.
pub(super) fn services(
    containers: &[ContainerSummary],
    names: &[String],
    known: &Known<'_>,
) -> Vec<ServiceSummary> {
    names
        .iter()
        .map(|name| summarise(name, containers, known))
        .collect()
}

fn summarise(name: &str, containers: &[ContainerSummary], known: &Known<'_>) -> ServiceSummary {
    let mut own: Vec<&ContainerSummary> = containers
        .iter()
        .filter(|c| service_of(&c.labels).is_some_and(|(service, _)| service == name))
        .collect();
    // The one that is not as it should be is the one to show.
    own.sort_by_key(|container| container.state == ContainerState::Running);
    let Some(first) = own.first() else {
        return ServiceSummary {
            service: name.to_owned(),
            state: "not created".to_owned(),
            ..ServiceSummary::default()
        };
    };
    let ready_after_ms = known.ready.get(name).copied();
    let (state, ok) = state(first, ready_after_ms.is_some());
    let ports: Vec<PortBinding> = own.iter().flat_map(|c| c.ports.iter().cloned()).collect();
    let service = known.stack.and_then(|stack| stack.services.get(name));
    let url = service.and_then(|service| url(service, &ports, known.machine));
    ServiceSummary {
        service: name.to_owned(),
        state,
        ok,
        addresses: reach::addresses(&ports),
        protected: url.as_ref().is_some_and(|url| url.protected),
        url: url.map(|url| url.text),
        console: service
            .filter(|_| first.state == ContainerState::Running)
            .and_then(|service| reach::console(name, service.server(), service.facts())),
        ready_after_ms,
        uptime_s: None,
        notes: Vec::new(),
    }
}

fn state(container: &ContainerSummary, ready: bool) -> (String, bool) {
    let one_shot = container.labels.contains_key(Labels::ONE_SHOT);
    match (container.state, container.exit_code()) {
        (ContainerState::Running, _) if ready => ("ready".to_owned(), true),
        (ContainerState::Running, _) => ("running".to_owned(), true),
        (ContainerState::Exited, Some(0)) if one_shot => ("completed".to_owned(), true),
        (ContainerState::Exited, Some(0) | None) => ("stopped".to_owned(), false),
        (ContainerState::Exited, Some(code)) => (format!("exited ({code})"), false),
        (ContainerState::Created, _) => ("created".to_owned(), false),
        (ContainerState::Paused, _) => ("paused".to_owned(), false),
        (ContainerState::Restarting, _) => ("restarting".to_owned(), false),
        (ContainerState::Removing | ContainerState::Dead, _) => ("half removed".to_owned(), false),
    }
}

/// How it is reached: the manifest knows its environment, which the listing does not tell.
fn url(service: &Service, ports: &[PortBinding], machine: &Machine) -> Option<Url> {
    let open = service.open.as_deref();
    let (family, facts) = (service.server(), service.facts());
    reach::url(ports, open, family, facts, machine, Password::Left)
}
