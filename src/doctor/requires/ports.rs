//! Ports that must be free, or held by the stack's own containers.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use super::{LIMIT, met, unmet};
use crate::doctor::examination::Answering;
use crate::doctor::{Finding, Group, PortHolder, TakenPort, container_holding, process_holding};
use crate::engine::ContainerSummary;
use crate::stack::{Protocol, Required, Stack};

pub(super) async fn check(stack: &Stack, engine: Option<Answering<'_>>) -> Vec<Finding> {
    let required = &stack.requirements.ports;
    if required.is_empty() {
        return Vec::new();
    }
    let containers = match engine {
        Some(Answering { engine, .. }) => {
            let asked = tokio::time::timeout(LIMIT, engine.containers(&[])).await;
            asked.ok().and_then(Result::ok).unwrap_or_default()
        }
        None => Vec::new(),
    };
    let here = engine.is_none_or(|engine| engine.info.local);
    let address = stack.bind.parse();
    let address = address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    required
        .iter()
        .map(|port| one(port, address, &stack.name, &containers, here))
        .collect()
}

fn one(
    required: &Required<u16>,
    address: IpAddr,
    project: &str,
    containers: &[ContainerSummary],
    here: bool,
) -> Finding {
    let port = required.what;
    let name = format!("port {port}");
    let taken = TakenPort {
        address,
        port,
        protocol: Protocol::Tcp,
    };
    let holder = match container_holding(taken, containers) {
        Some(PortHolder::Container {
            project: Some(own), ..
        }) if own == project => {
            return met(&name, "held by this stack", "free");
        }
        Some(holder) => holder,
        None if !here => {
            return Finding::skipped(
                Group::Requirements,
                name,
                "no container holds it; what else runs on the engine's machine cannot be seen",
            );
        }
        None => match TcpListener::bind(SocketAddr::new(address, port)) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                process_holding(taken, Path::new("/proc"))
            }
            // Nobody holds it, or only a privileged user may look: the engine may have it.
            _ => return met(&name, "free", "free"),
        },
    };
    let (by, fix) = match &holder {
        PortHolder::Container { name, project } => match project {
            Some(theirs) => (
                format!(", by container `{name}` of project `{theirs}`"),
                format!("devstack -p {theirs} down"),
            ),
            None => (
                format!(", by container `{name}`"),
                format!("docker stop {name}"),
            ),
        },
        PortHolder::Process { name, pid } => (
            format!(", by process `{name}` (pid {pid})"),
            format!("stop it: `kill {pid}`"),
        ),
        PortHolder::Hidden { .. } | PortHolder::Unknown => (
            String::new(),
            format!("sudo ss -ltnp 'sport = :{port}'   (shows who holds it)"),
        ),
    };
    unmet(
        &name,
        format!("port {port} is taken{by}"),
        &required.span,
        required.get.as_deref(),
        fix,
    )
    .found("taken")
    .needed("free")
}
