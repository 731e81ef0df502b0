//! From a service of the stack to a container that the engine can create.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::company::CompanyNetwork;
use crate::engine::{
    ContainerSpec, ContainerSummary, EndpointSpec, MountSource, MountSpec, PortSpec,
};
use crate::stack::{
    Attachment, ContentFile, FileContent, HostPort, Mount, MountKind, NetworkMode, Service, Stack,
};

use super::Labels;
use super::company::enter;
use super::data::implicit_mount;
use super::labels::container_labels;

/// The container of a service with this number. `old` is the container that it replaces: its anonymous volumes
/// are taken over.
pub(super) fn container_spec(
    stack: &Stack,
    service: &Service,
    number: u32,
    ports: Vec<PortSpec>,
    old: Option<&ContainerSummary>,
) -> ContainerSpec {
    let name = service.container_name(&stack.name, number);
    let mut options = service.container.clone();
    for mode in [&mut options.pid, &mut options.ipc].into_iter().flatten() {
        if let Some(other) = mode.strip_prefix("service:") {
            *mode = format!("container:{}", first_container(stack, other));
        }
    }
    for from in &mut options.volumes_from {
        *from = volumes_from(stack, from);
    }
    for option in &mut options.security_opt {
        *option = security_option(stack, option);
    }
    let networks = endpoints(stack, service, &name);
    let mut mounts: Vec<MountSpec> = service
        .mounts
        .iter()
        .map(|mount| mount_spec(stack, mount))
        .collect();
    mounts.extend(service.files.iter().filter_map(file_mount));
    let mut labels = container_labels(stack, service, number);
    let mut spec = ContainerSpec {
        image: service.image.clone(),
        platform: service.platform.clone(),
        network_mode: network_mode(stack, service, &networks),
        labels: std::collections::BTreeMap::new(),
        options,
        mounts,
        ports: Vec::new(),
        networks,
        name,
    };
    labels.insert(
        Labels::CONFIG_HASH.to_owned(),
        config_hash(&spec, service, &stack.company),
    );
    spec.labels = labels;
    spec.ports = ports;
    enter(stack, service, &mut spec);
    if let Some(old) = old {
        keep_anonymous_volumes(&mut spec.mounts, old);
    }
    if let Some(mount) = implicit_mount(stack, service)
        && !spec.mounts.iter().any(|own| own.target == mount.target)
    {
        spec.mounts.push(mount);
    }
    if spec.options.hostname.is_none() {
        spec.options.hostname = lasting_host_name(service);
    }
    spec
}

/// A host name for a server that finds its data by it. The engine would give each new container another one, and the
/// data would be there, but not be found.
fn lasting_host_name(service: &Service) -> Option<String> {
    let own_network = matches!(
        service.network_mode,
        NetworkMode::Networks | NetworkMode::None | NetworkMode::Named(_)
    );
    let wanted = service.server()?.goes_by_host_name() && own_network && service.replicas == 1;
    // With a dot, it would be a domain's.
    wanted.then(|| service.name.replace('.', "-"))
}

/// A container of `devstack run`: as the service's own, but with its own name, without published ports and fixed
/// addresses, and outside the service's replicas. `suffix` tells one from another.
pub fn one_off_spec(stack: &Stack, service: &Service, suffix: &str) -> ContainerSpec {
    let mut spec = container_spec(stack, service, 1, Vec::new(), None);
    // The data that the manifest gives no volume is the service's container's alone.
    if let Some(own) = implicit_mount(stack, service) {
        spec.mounts.retain(|mount| *mount != own);
    }
    spec.name = format!("{}-{}-run-{suffix}", stack.name, service.name);
    spec.labels
        .insert(Labels::ONE_OFF.to_owned(), "True".to_owned());
    spec.options.restart = crate::stack::RestartPolicy::No;
    spec.options.healthcheck = None;
    for endpoint in spec.networks.values_mut() {
        *endpoint = EndpointSpec::default();
    }
    spec
}

/// The digest of everything about a container that the manifest decides, in hex. What tells replicas apart and what
/// a run decides (host ports, volumes taken over) is left out.
fn config_hash(spec: &ContainerSpec, service: &Service, company: &CompanyNetwork) -> String {
    #[derive(Serialize)]
    struct Wanted<'a, C: Serialize> {
        #[serde(skip_serializing_if = "Option::is_none")]
        company: Option<C>,
        spec: &'a ContainerSpec,
        ports: Vec<(u16, &'static str, HostPort, &'a str)>,
        files: &'a [ContentFile],
    }
    let ports = service.ports.iter();
    let mut spec = spec.clone();
    spec.name.clear();
    for endpoint in spec.networks.values_mut() {
        // The first alias is the container's name.
        endpoint.aliases.remove(0);
    }
    let wanted = Wanted {
        company: company.fingerprint(),
        spec: &spec,
        ports: ports
            .map(|p| (p.target, p.protocol.as_str(), p.host, p.address.as_str()))
            .collect(),
        files: &service.files,
    };
    let mut value =
        serde_json::to_value(&wanted).expect("a container's description has string keys only");
    sort_keys(&mut value);
    hex::encode(Sha256::digest(value.to_string().as_bytes()))
}

/// The order of keys in the manifest must not change the digest.
fn sort_keys(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.sort_keys();
            map.values_mut().for_each(sort_keys);
        }
        Value::Array(items) => items.iter_mut().for_each(sort_keys),
        _ => {}
    }
}

/// A seccomp profile is a file beside the manifest.
fn security_option(stack: &Stack, option: &str) -> String {
    let profile = option
        .strip_prefix("seccomp=")
        .or_else(|| option.strip_prefix("seccomp:"));
    match profile {
        Some("unconfined" | "builtin") | None => option.to_owned(),
        Some(path) => format!("seccomp={}", stack.directory.join(path).display()),
    }
}

fn first_container(stack: &Stack, service: &str) -> String {
    stack.services.get(service).map_or_else(
        || format!("{}-{service}-1", stack.name),
        |service| service.container_name(&stack.name, 1),
    )
}

/// `service[:mode]` and `container:name[:mode]`, as the engine wants them.
fn volumes_from(stack: &Stack, from: &str) -> String {
    if let Some(container) = from.strip_prefix("container:") {
        return container.to_owned();
    }
    let (service, mode) = from
        .split_once(':')
        .map_or((from, None), |(service, mode)| (service, Some(mode)));
    if !stack.services.contains_key(service) {
        return from.to_owned();
    }
    let container = first_container(stack, service);
    mode.map_or(container.clone(), |mode| format!("{container}:{mode}"))
}

fn network_mode(
    stack: &Stack,
    service: &Service,
    networks: &IndexMap<String, EndpointSpec>,
) -> String {
    match &service.network_mode {
        NetworkMode::Networks => networks
            .keys()
            .next()
            .cloned()
            .unwrap_or_else(|| "none".to_owned()),
        NetworkMode::None => "none".to_owned(),
        NetworkMode::Host => "host".to_owned(),
        NetworkMode::Service(other) => format!("container:{}", first_container(stack, other)),
        NetworkMode::Container(name) => format!("container:{name}"),
        NetworkMode::Named(name) => name.clone(),
    }
}

/// The networks in the order in which Compose attaches them: highest priority first, then by key.
fn endpoints(stack: &Stack, service: &Service, container: &str) -> IndexMap<String, EndpointSpec> {
    let mut attachments: Vec<(&String, &Attachment)> = service.networks.iter().collect();
    attachments.sort_by(|(a_key, a), (b_key, b)| {
        b.priority.cmp(&a.priority).then_with(|| a_key.cmp(b_key))
    });
    attachments
        .into_iter()
        .filter_map(|(key, attachment)| {
            let network = stack.networks.get(key)?;
            let mut aliases = vec![container.to_owned(), service.name.clone()];
            aliases.extend(attachment.aliases.iter().cloned());
            let endpoint = EndpointSpec {
                aliases,
                ipv4_address: attachment.ipv4_address.clone(),
                ipv6_address: attachment.ipv6_address.clone(),
                link_local_ips: attachment.link_local_ips.clone(),
                mac_address: attachment.mac_address.clone(),
                gw_priority: attachment.gw_priority,
                links: service.container.links.clone(),
                driver_opts: attachment.driver_opts.clone(),
            };
            Some((network.name.clone(), endpoint))
        })
        .collect()
}

fn mount_spec(stack: &Stack, mount: &Mount) -> MountSpec {
    let source = match mount.kind.clone() {
        MountKind::Volume {
            key,
            no_copy,
            subpath,
        } => MountSource::Volume {
            name: stack
                .volumes
                .get(&key)
                .map_or(key, |volume| volume.name.clone()),
            no_copy,
            subpath,
        },
        MountKind::Anonymous => MountSource::Anonymous,
        MountKind::Bind {
            source,
            create,
            propagation,
            selinux,
            recursive,
        } => MountSource::Bind {
            source: source.display().to_string(),
            create,
            propagation,
            selinux,
            recursive,
        },
        MountKind::Tmpfs {
            size,
            mode,
            options,
        } => MountSource::Tmpfs {
            size,
            mode,
            options,
        },
        MountKind::Npipe { source } => MountSource::Npipe { source },
        MountKind::Image { source, subpath } => MountSource::Image { source, subpath },
    };
    MountSpec {
        target: mount.target.clone(),
        source,
        read_only: mount.read_only,
        consistency: mount.consistency.clone(),
    }
}

/// A secret or config from a host file is a read-only bind, as in Compose.
fn file_mount(file: &ContentFile) -> Option<MountSpec> {
    let FileContent::HostFile(path) = &file.content else {
        return None;
    };
    Some(MountSpec {
        target: file.target.clone(),
        source: MountSource::Bind {
            source: path.display().to_string(),
            create: false,
            propagation: None,
            selinux: None,
            recursive: None,
        },
        read_only: true,
        consistency: None,
    })
}

/// What an image or the manifest put into a volume without a name stays when the container is recreated.
fn keep_anonymous_volumes(mounts: &mut Vec<MountSpec>, old: &ContainerSummary) {
    for point in old.mounts.iter().filter(|point| point.kind == "volume") {
        let Some(name) = point.name.as_deref().filter(|name| is_anonymous(name)) else {
            continue;
        };
        let source = MountSource::Volume {
            name: name.to_owned(),
            no_copy: false,
            subpath: None,
        };
        match mounts.iter_mut().find(|mount| mount.target == point.target) {
            Some(mount) if mount.source == MountSource::Anonymous => mount.source = source,
            Some(_) => {}
            None => mounts.push(MountSpec {
                target: point.target.clone(),
                source,
                read_only: false,
                consistency: None,
            }),
        }
    }
}

/// The engine names volumes without a name by 64 hex digits.
pub(super) fn is_anonymous(volume: &str) -> bool {
    volume.len() == 64 && volume.bytes().all(|byte| byte.is_ascii_hexdigit())
}
