//! What there is of each service, for the table at the end and for `status`.

use jiff::Timestamp;

use crate::catalog;
use crate::engine::{ContainerState, ContainerSummary, EngineHandle, PortBinding};
use crate::event::ServiceSummary;
use crate::plan::{Labels, service_of};
use crate::stack::{Protocol, Service, Stack};

/// The services of a project as they are now. Without a stack, what labels tell. An engine that does not answer
/// gives an empty list: the run's own outcome is told all the same.
pub async fn services(
    engine: &EngineHandle,
    project: &str,
    names: &[String],
    stack: Option<&Stack>,
) -> Vec<ServiceSummary> {
    let Ok(containers) = engine.containers(&Labels::of_project(project)).await else {
        return Vec::new();
    };
    names
        .iter()
        .map(|name| summarise(name, &containers, stack, Timestamp::now()))
        .collect()
}

/// One service, from the project's containers.
pub fn summarise(
    name: &str,
    containers: &[ContainerSummary],
    stack: Option<&Stack>,
    now: Timestamp,
) -> ServiceSummary {
    let service = stack.and_then(|stack| stack.services.get(name));
    let own: Vec<&ContainerSummary> = containers
        .iter()
        .filter(|c| service_of(c).is_some_and(|(service, _)| service == name))
        .collect();
    let Some(first) = own.first() else {
        return ServiceSummary {
            service: name.to_owned(),
            state: "not created".to_owned(),
            ..ServiceSummary::default()
        };
    };
    let wanted = service.map_or(own.len(), |service| service.replicas as usize);
    let running = own
        .iter()
        .filter(|c| c.state == ContainerState::Running)
        .count();
    let (state, ok) = state(first, running, wanted);
    let ports: Vec<&PortBinding> = published(&own);
    ServiceSummary {
        service: name.to_owned(),
        state,
        ok,
        addresses: ports.iter().map(|port| address(port)).collect(),
        url: url(first, &ports, service),
        ready_after_ms: None,
        uptime_s: (running > 0)
            .then(|| u64::try_from(now.duration_since(first.created).as_secs()).unwrap_or(0)),
        notes: Vec::new(),
    }
}

fn state(first: &ContainerSummary, running: usize, wanted: usize) -> (String, bool) {
    let one_shot = first.labels.contains_key(Labels::ONE_SHOT);
    match first.state {
        ContainerState::Running if wanted > 1 => {
            (format!("running ({running}/{wanted})"), running == wanted)
        }
        ContainerState::Running => {
            let health = first
                .status
                .rsplit_once('(')
                .and_then(|(_, rest)| rest.strip_suffix(')'));
            match health {
                Some("unhealthy") => ("unhealthy".to_owned(), false),
                _ => ("running".to_owned(), true),
            }
        }
        ContainerState::Exited if first.status.starts_with("Exited (0)") => {
            if one_shot {
                ("completed".to_owned(), true)
            } else {
                ("stopped".to_owned(), false)
            }
        }
        ContainerState::Exited => {
            let code = first.status.split(['(', ')']).nth(1).unwrap_or("?");
            (format!("exited ({code})"), false)
        }
        ContainerState::Created => ("created".to_owned(), false),
        ContainerState::Paused => ("paused".to_owned(), false),
        ContainerState::Restarting => ("restarting".to_owned(), false),
        ContainerState::Removing | ContainerState::Dead => ("half removed".to_owned(), false),
    }
}

/// The published ports, each once: the engine lists IPv4 and IPv6 apart.
fn published<'a>(containers: &[&'a ContainerSummary]) -> Vec<&'a PortBinding> {
    let mut ports: Vec<&PortBinding> = Vec::new();
    for port in containers.iter().flat_map(|container| &container.ports) {
        let Some((ip, number)) = port.host else {
            continue;
        };
        let twin = |other: &&PortBinding| {
            other.target == port.target
                && other.protocol == port.protocol
                && other.host.is_some_and(|(_, n)| n == number)
        };
        if ip.is_ipv4() && ports.iter().find(|p| twin(p)).is_none() {
            ports.push(port);
        }
    }
    ports.sort_by_key(|port| (port.target, port.host.map(|(_, number)| number)));
    ports
}

fn address(port: &PortBinding) -> String {
    let (host, number) = reachable(port);
    let protocol = if port.protocol == Protocol::Tcp {
        String::new()
    } else {
        format!("/{}", port.protocol.as_str())
    };
    format!("{host}:{number} → {}{protocol}", port.target)
}

/// An address that one can type: every interface means this machine too.
fn reachable(port: &PortBinding) -> (String, u16) {
    let Some((ip, number)) = port.host else {
        return (String::new(), 0);
    };
    let host = if ip.is_unspecified() || ip.is_loopback() {
        "localhost".to_owned()
    } else {
        ip.to_string()
    };
    (host, number)
}

/// How to reach it: what `open` says, else the connection URL that the catalogue knows.
fn url(
    container: &ContainerSummary,
    ports: &[&PortBinding],
    service: Option<&Service>,
) -> Option<String> {
    let open = container.labels.get(Labels::OPEN);
    if let Some(open) = open {
        if open.contains("://") {
            return Some(open.clone());
        }
        let (host, number) = reachable(ports.first()?);
        return Some(format!("http://{host}:{number}{open}"));
    }
    let service = service?;
    let family = catalog::family(service.family?)?;
    let target = family.port(service.facts());
    let port = ports.iter().find(|port| port.target == target)?;
    let (host, number) = reachable(port);
    family.url(service.facts(), &host, number)
}
