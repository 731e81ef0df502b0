//! Looks at the engine, once, with as few calls as will do.

use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;

use futures_util::future::try_join_all;
use futures_util::try_join;
use jiff::Timestamp;

use crate::engine::dockerfile::{self, read_dockerfile};
use crate::engine::{self, EngineHandle};
use crate::stack::{HostPort, MountKind, Protocol, Service, Stack, Volume};

use super::ports::STABLE_CANDIDATES;
use super::seeds::data_mount;
use super::{Fingerprint, Inventory, Labels, Observed, RunNote, SeedRecord};

/// What the engine has of a stack. `fingerprints` tell what the data of each service is made
/// from.
pub async fn observe(
    engine: &EngineHandle,
    stack: &Stack,
    fingerprints: HashMap<String, Fingerprint>,
    now: Timestamp,
) -> engine::Result<Observed> {
    let of_project = Labels::of_project(&stack.name);
    let references: HashSet<&str> = stack
        .services
        .values()
        .map(|service| service.image.as_str())
        .collect();
    let base_images = base_images(stack);
    let references: HashSet<&str> = references
        .into_iter()
        .chain(base_images.values().flatten().map(String::as_str))
        .collect();

    let (containers, mut networks, volumes, images) = try_join!(
        engine.containers(&[]),
        engine.networks(&of_project),
        engine.volumes(&[]),
        try_join_all(references.into_iter().map(|reference| async move {
            Ok::<_, engine::EngineError>((reference.to_owned(), engine.image(reference).await?))
        })),
    )?;
    let missing = stack
        .networks
        .values()
        .filter(|network| !networks.iter().any(|n| n.name == network.name));
    let others = try_join_all(missing.map(|network| engine.network(&network.name))).await?;
    networks.extend(others.into_iter().flatten());

    Ok(Observed {
        now,
        busy_ports: busy_ports(stack),
        empty_folders: empty_folders(stack),
        containers,
        networks,
        seeds: seed_records(&stack.name, &volumes),
        last_run: has_run_note(&stack.name, &volumes),
        layer_mode: None,
        data: Inventory::of(&volumes),
        volumes: volumes
            .into_iter()
            .filter(|volume| {
                let named = |other: &Volume| other.name == volume.name;
                is_of(&stack.name, volume) || stack.volumes.values().any(named)
            })
            .collect(),
        images: images
            .into_iter()
            .filter_map(|(reference, image)| Some((reference, image?)))
            .collect(),
        base_images,
        fingerprints,
    })
}

/// Whether a volume is one of the project's.
fn is_of(project: &str, volume: &engine::VolumeDetail) -> bool {
    volume
        .labels
        .get(Labels::PROJECT)
        .is_some_and(|name| name == project)
}

/// The base images of every service that may be built. A Dockerfile that cannot be read gives none: the build
/// itself says what is wrong with it.
fn base_images(stack: &Stack) -> HashMap<String, Vec<String>> {
    stack
        .services
        .values()
        .filter_map(|service| {
            let build = service.build.as_ref()?;
            let text = read_dockerfile(build).ok()??;
            let mut images = dockerfile::base_images(&text, &build.args, build.target.as_deref());
            images.extend(build.context_images().map(str::to_owned));
            Some((service.name.clone(), images))
        })
        .collect()
}

/// The ports, among those that a stable host port may become, that something listens on already.
fn busy_ports(stack: &Stack) -> HashSet<u16> {
    let stable = stack.services.values().flat_map(|service| &service.ports);
    let stable = stable.filter_map(|port| match port.host {
        HostPort::Stable => Some((port.target, port.protocol)),
        HostPort::From(number) => Some((number, port.protocol)),
        HostPort::Fixed(_) | HostPort::Range(..) | HostPort::Any => None,
    });
    let candidates: HashSet<(u16, Protocol)> = stable
        .flat_map(|(first, protocol)| {
            (first..=first.saturating_add(STABLE_CANDIDATES)).map(move |number| (number, protocol))
        })
        .collect();
    candidates
        .into_iter()
        .filter(|&(port, protocol)| is_busy(port, protocol))
        .map(|(port, _)| port)
        .collect()
}

/// Whether something on this machine listens there.
pub fn is_busy(port: u16, protocol: Protocol) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match protocol {
        Protocol::Tcp => TcpListener::bind(address).is_err(),
        Protocol::Udp => UdpSocket::bind(address).is_err(),
        Protocol::Sctp => false,
    }
}

/// The bound folders of seeded services' data that hold nothing yet.
fn empty_folders(stack: &Stack) -> HashSet<String> {
    let seeded = stack
        .services
        .values()
        .filter(|service| !service.seeds.is_empty());
    seeded
        .filter_map(bound_data)
        .filter(|folder| is_empty(Path::new(folder)))
        .collect()
}

fn bound_data(service: &Service) -> Option<String> {
    match &data_mount(service)?.kind {
        MountKind::Bind { source, .. } => Some(source.display().to_string()),
        _ => None,
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}

/// What there is of a project, from labels alone.
pub async fn remains(
    engine: &EngineHandle,
    project: &str,
    now: Timestamp,
) -> engine::Result<Observed> {
    let of_project = Labels::of_project(project);
    let (containers, networks, volumes) = try_join!(
        engine.containers(&of_project),
        engine.networks(&of_project),
        engine.volumes(&[]),
    )?;
    Ok(Observed {
        containers,
        networks,
        seeds: seed_records(project, &volumes),
        last_run: has_run_note(project, &volumes),
        data: Inventory::of(&volumes),
        volumes: volumes
            .into_iter()
            .filter(|volume| is_of(project, volume))
            .collect(),
        ..Observed::nothing(now)
    })
}

fn has_run_note(project: &str, volumes: &[engine::VolumeDetail]) -> bool {
    let name = RunNote::volume_name(project);
    volumes.iter().any(|volume| volume.name == name)
}

fn seed_records(project: &str, volumes: &[engine::VolumeDetail]) -> Vec<SeedRecord> {
    volumes
        .iter()
        .filter_map(SeedRecord::from_volume)
        .filter(|record| record.project == project)
        .collect()
}
