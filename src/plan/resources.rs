//! Networks and volumes that containers need.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::engine::{NetworkSpec, VolumeSpec};
use crate::event::StepId;
use crate::stack::{MountKind, Network, Service, Stack, Volume};

use super::builder::{NewStep, Steps};
use super::labels::project_labels;
use super::{Action, Labels, Observed};

/// The steps that make what is missing, by key. What is there already has none.
pub(super) fn create_networks(
    stack: &Stack,
    services: &[&Service],
    observed: &Observed,
    steps: &mut Steps,
    problems: &mut Vec<Diagnostic>,
) -> HashMap<String, StepId> {
    let used = |key: &String| {
        services
            .iter()
            .any(|service| service.networks.contains_key(key))
    };
    let mut made = HashMap::new();
    for (key, network) in stack.networks.iter().filter(|(key, _)| used(key)) {
        if observed.network(&network.name).is_some() {
            continue;
        }
        if network.external {
            problems.push(missing_external(
                "network",
                &network.name,
                network.span.as_ref(),
            ));
            continue;
        }
        let action = Action::CreateNetwork(network_spec(stack, network));
        made.insert(
            key.clone(),
            steps.push(NewStep::new(action, "missing").origin(network.span.as_ref())),
        );
    }
    made
}

/// What is known of volumes before they are made.
#[derive(Debug)]
pub(super) struct Volumes<'a> {
    /// The steps that remove them, by key: they are made anew after it.
    pub(super) discarded: &'a HashMap<String, StepId>,
    /// The steps that note that seeding begins, by service.
    pub(super) begun: &'a HashMap<String, StepId>,
    /// The keys of those that are layered and made elsewhere.
    pub(super) layered: &'a HashSet<String>,
}

/// The steps that make missing volumes, by key.
pub(super) fn create_volumes(
    stack: &Stack,
    services: &[&Service],
    observed: &Observed,
    known: &Volumes<'_>,
    steps: &mut Steps,
    problems: &mut Vec<Diagnostic>,
) -> HashMap<String, StepId> {
    let mut made = HashMap::new();
    for (key, volume) in &stack.volumes {
        let users: Vec<&&Service> = services
            .iter()
            .filter(|service| uses(service, key))
            .collect();
        let discarded = known.discarded.get(key).copied();
        if users.is_empty()
            || known.layered.contains(key)
            || (discarded.is_none() && observed.volume(&volume.name).is_some())
        {
            continue;
        }
        if volume.external {
            problems.push(missing_external("volume", &volume.name, Some(&volume.span)));
            continue;
        }
        let begun = users
            .iter()
            .filter_map(|service| known.begun.get(&service.name))
            .copied();
        let reason = if discarded.is_some() {
            "its data starts again"
        } else {
            "missing"
        };
        let step = NewStep::new(Action::CreateVolume(volume_spec(stack, volume)), reason)
            .needs(discarded)
            .needs(begun)
            .origin(Some(&volume.span));
        made.insert(key.clone(), steps.push(step));
    }
    made
}

/// Whether a service mounts a volume.
pub(super) fn uses(service: &Service, key: &str) -> bool {
    volume_keys(service).any(|used| used == key)
}

/// The keys of the named volumes that a service mounts.
pub(super) fn volume_keys(service: &Service) -> impl Iterator<Item = &str> {
    service.mounts.iter().filter_map(|mount| match &mount.kind {
        MountKind::Volume { key, .. } => Some(key.as_str()),
        _ => None,
    })
}

fn missing_external(kind: &str, name: &str, span: Option<&crate::source::Span>) -> Diagnostic {
    Diagnostic::error(format!("{kind} `{name}` is external and does not exist"))
        .maybe_at(span, "declared here")
        .fix(format!(
            "docker {kind} create {name}   (or take `external` away, and devstack makes it)"
        ))
}

fn network_spec(stack: &Stack, network: &Network) -> NetworkSpec {
    let mut labels: std::collections::BTreeMap<_, _> = network.labels.clone().into_iter().collect();
    labels.extend(project_labels(stack));
    labels.insert(Labels::NETWORK.to_owned(), network.key.clone());
    NetworkSpec {
        name: network.name.clone(),
        driver: network.driver.clone(),
        driver_opts: network.driver_opts.clone(),
        labels,
        internal: network.internal,
        attachable: network.attachable,
        enable_ipv4: network.enable_ipv4,
        enable_ipv6: network.enable_ipv6,
        ipam_driver: network.ipam_driver.clone(),
        ipam_options: network.ipam_options.clone(),
        ipam: network.ipam.clone(),
    }
}

fn volume_spec(stack: &Stack, volume: &Volume) -> VolumeSpec {
    let mut labels: std::collections::BTreeMap<_, _> = volume.labels.clone().into_iter().collect();
    labels.extend(project_labels(stack));
    labels.insert(Labels::VOLUME.to_owned(), volume.key.clone());
    VolumeSpec {
        name: volume.name.clone(),
        driver: volume.driver.clone(),
        driver_opts: volume
            .driver_opts
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<IndexMap<_, _>>(),
        labels,
    }
}
