//! Ports of this machine that the stack publishes: free, or held by whom.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::Examination;
use crate::doctor::{
    Finding, Group, PortHolder, TakenPort, container_holding, free_near, port_taken,
    process_holding,
};
use crate::plan::Labels;
use crate::stack::{HostPort, Port, Protocol, Service, Stack};

pub(super) async fn check(examination: &Examination) -> Vec<Finding> {
    let Some(stack) = examination.stack() else {
        return vec![Finding::skipped(
            Group::Project,
            "ports",
            "there is no manifest that says which",
        )];
    };
    let fixed = fixed(stack);
    if fixed.is_empty() {
        return vec![Finding::ok(
            Group::Project,
            "ports",
            "the stack asks for no fixed ones",
        )];
    }
    let mut problems = Vec::new();
    for (service, port, taken) in &fixed {
        if let Some(problem) = held(examination, stack, service, port, *taken).await {
            problems.push(Finding::problem(Group::Project, "ports", problem));
        }
    }
    if problems.is_empty() {
        let numbers: Vec<String> = fixed
            .iter()
            .map(|(.., taken)| taken.port.to_string())
            .collect();
        let text = format!("{}: free, or this stack's own", numbers.join(", "));
        problems.push(Finding::ok(Group::Project, "ports", text));
    }
    problems
}

/// The ports that must be these and no others.
fn fixed(stack: &Stack) -> Vec<(&Service, &Port, TakenPort)> {
    let mut found = Vec::new();
    for service in stack.services.values() {
        for port in &service.ports {
            let HostPort::Fixed(number) = port.host else {
                continue;
            };
            let Ok(address) = port.address.parse() else {
                continue;
            };
            let taken = TakenPort {
                address,
                port: number,
                protocol: port.protocol,
            };
            found.push((service, port, taken));
        }
    }
    found
}

/// Who is in the way, if somebody is.
async fn held(
    examination: &Examination,
    stack: &Stack,
    service: &Service,
    port: &Port,
    taken: TakenPort,
) -> Option<Diagnostic> {
    let answering = examination.engine().await;
    let containers = match answering {
        Some(answering) => examination.containers(answering).await.unwrap_or_default(),
        None => &[],
    };
    let own = |labels: &std::collections::BTreeMap<String, String>| {
        labels.get(Labels::PROJECT) == Some(&stack.name)
            && labels.get(Labels::SERVICE) == Some(&service.name)
    };
    let holder = match container_holding(taken, containers) {
        Some(PortHolder::Container { name, project }) => {
            let ours = containers
                .iter()
                .any(|container| container.name == name && own(&container.labels));
            if ours {
                return None;
            }
            PortHolder::Container { name, project }
        }
        // Only on this machine can we see for ourselves.
        _ if answering.is_some_and(|answering| !answering.info.local) => return None,
        _ => {
            let seen = tokio::task::spawn_blocking(move || {
                is_taken(taken).then(|| process_holding(taken, Path::new("/proc")))
            });
            seen.await.ok().flatten()?
        }
    };
    Some(port_taken(
        taken,
        &holder,
        &stack.name,
        Some(&port.span),
        free_near(taken),
    ))
}

/// Whether something listens there. That we may not bind it (below 1024, for most users) says nothing.
fn is_taken(taken: TakenPort) -> bool {
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let address = if taken.address.is_unspecified() {
        any
    } else {
        taken.address
    };
    let place = SocketAddr::new(address, taken.port);
    let bound = match taken.protocol {
        Protocol::Tcp => TcpListener::bind(place).map(drop),
        Protocol::Udp => UdpSocket::bind(place).map(drop),
        Protocol::Sctp => return false,
    };
    bound.is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}
