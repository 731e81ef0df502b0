//! What of a container is not as the manifest has it now.
//!
//! That something differs is told by the digest in a label. What it is, is found by comparing with what the engine says of
//! the container; nothing more needs to be stored for that, and no value is told, since values may be secrets.

use std::collections::{BTreeSet, HashMap};

use crate::engine::{ContainerDetail, Image, MountSource, MountSpec, PortBinding};
use crate::stack::{HostPort, Service, Stack};

use super::Labels;
use super::spec::{container_spec, is_anonymous};

/// The manifest's keys whose values a container does not have, with names where those help, such as `environment (DEBUG)`;
/// nothing if it is as it should be. What the engine does not tell is `settings`. `image` is the image that the container
/// was made from.
pub fn drift(
    stack: &Stack,
    service: &Service,
    container: &ContainerDetail,
    image: Option<&Image>,
) -> Vec<String> {
    let wanted = container_spec(stack, service, 1, Vec::new(), None);
    let hash = Labels::CONFIG_HASH;
    if container.labels.get(hash) == wanted.labels.get(hash) {
        return Vec::new();
    }
    let mut keys: Vec<String> = Vec::new();
    let mut add = |key: &str, differs: bool| {
        if differs {
            keys.push(key.to_owned());
        }
    };
    let options = &wanted.options;
    add("image", wanted.image != container.image);
    if let Some(image) = image {
        let entrypoint = options.entrypoint.as_ref();
        // An entrypoint of one's own takes the image's command away.
        let own = if entrypoint.is_some() {
            &[]
        } else {
            image.command.as_slice()
        };
        add(
            "command",
            options.command.as_deref().unwrap_or(own) != container.command,
        );
        add(
            "entrypoint",
            entrypoint.unwrap_or(&image.entrypoint) != &container.entrypoint,
        );
    }
    add("tty", options.tty != container.tty);
    let variables = variables(service, container, image);
    add(&listed("environment", &variables), !variables.is_empty());
    add("ports", ports_differ(service, container));
    let targets = mounts(&wanted.mounts, container, image);
    add(&listed("volumes", &targets), !targets.is_empty());
    let networks = wanted.networks.keys();
    add(
        "networks",
        !wanted.networks.is_empty()
            && networks.collect::<BTreeSet<_>>() != container.networks.keys().collect(),
    );
    let labels: BTreeSet<String> = options
        .labels
        .iter()
        .filter(|(name, value)| container.labels.get(*name) != Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    add(&listed("labels", &labels), !labels.is_empty());
    if keys.is_empty() {
        keys.push("settings".to_owned());
    }
    keys
}

fn listed(key: &str, names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!("{key} ({})", names.join(", "))
}

/// The names of variables that are missing, have another value, or should not be there.
fn variables(
    service: &Service,
    container: &ContainerDetail,
    image: Option<&Image>,
) -> BTreeSet<String> {
    fn map(list: &[String]) -> HashMap<&str, &str> {
        list.iter().filter_map(|one| one.split_once('=')).collect()
    }
    let is = map(&container.environment);
    let Some(image) = image.map(|image| map(&image.environment)) else {
        // Without the image it is not known what it brings.
        let wanted = service.container.environment.iter();
        return wanted
            .filter(|(name, value)| is.get(name.as_str()).copied() != value.as_deref())
            .map(|(name, _)| name.clone())
            .collect();
    };
    let mut wanted = image;
    for (name, value) in &service.container.environment {
        match value {
            Some(value) => wanted.insert(name, value),
            None => wanted.remove(name.as_str()),
        };
    }
    let all = wanted.keys().chain(is.keys());
    all.filter(|name| wanted.get(*name) != is.get(*name))
        .map(|name| (*name).to_owned())
        .collect()
}

/// Whether other ports are published than the manifest says; host ports count where they are given.
fn ports_differ(service: &Service, container: &ContainerDetail) -> bool {
    let published = |port: &&PortBinding| port.host.is_some();
    let is: BTreeSet<(u16, &str)> = container
        .ports
        .iter()
        .filter(published)
        .map(|port| (port.target, port.protocol.as_str()))
        .collect();
    let wanted: BTreeSet<(u16, &str)> = service
        .ports
        .iter()
        .map(|port| (port.target, port.protocol.as_str()))
        .collect();
    let fixed = service.ports.iter().any(|port| {
        let HostPort::Fixed(number) = port.host else {
            return false;
        };
        !container
            .ports
            .iter()
            .any(|is| is.target == port.target && is.host.is_some_and(|(_, host)| host == number))
    });
    // A container that is stopped has no ports to compare with.
    !container.ports.is_empty() && (is != wanted || fixed)
}

/// The targets of mounts that are missing, show something else, or should not be there.
fn mounts(
    wanted: &[MountSpec],
    container: &ContainerDetail,
    image: Option<&Image>,
) -> BTreeSet<String> {
    let missing = wanted.iter().filter(|mount| {
        // The listing leaves some out that are memory only.
        !matches!(mount.source, MountSource::Tmpfs { .. })
            && !container.mounts.iter().any(|is| {
                is.target == mount.target
                    && match &mount.source {
                        MountSource::Volume { name, .. } => is.name.as_ref() == Some(name),
                        MountSource::Bind { source, .. } => is.source == *source,
                        _ => true,
                    }
            })
    });
    let own = image
        .map(|image| image.volumes.as_slice())
        .unwrap_or_default();
    let further = container.mounts.iter().filter(|is| {
        let anonymous = is.name.as_deref().is_some_and(is_anonymous);
        !anonymous
            && !own.contains(&is.target)
            && !wanted.iter().any(|mount| mount.target == is.target)
    });
    missing
        .map(|mount| mount.target.clone())
        .chain(further.map(|is| is.target.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{ContainerState, MountPoint};
    use crate::stack::Protocol;
    use crate::stack::testing::devstack;

    const SERVICE: &str = "services:
  api:
    image: api:1
    command: [serve, --quick]
    environment: { DEBUG: '1', SECRET: s3cret }
    ports: ['8000:80']
    volumes: ['data:/data']
volumes: { data: {} }
";

    fn stack(text: &str) -> Stack {
        devstack(text).stack()
    }

    /// The container that the engine makes of the service above.
    fn container() -> ContainerDetail {
        let stack = stack(SERVICE);
        let service = &stack.services["api"];
        let spec = container_spec(&stack, service, 1, Vec::new(), None);
        let list = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        ContainerDetail {
            id: "0".to_owned(),
            name: spec.name,
            image: spec.image,
            image_id: "sha256:0".to_owned(),
            labels: spec.labels,
            state: ContainerState::Running,
            exit_code: None,
            oom_killed: false,
            error: String::new(),
            started: None,
            finished: None,
            restarts: 0,
            health: None,
            healthcheck: None,
            ports: vec![PortBinding {
                target: 80,
                protocol: Protocol::Tcp,
                host: Some((std::net::Ipv4Addr::LOCALHOST.into(), 8000)),
            }],
            exposed: Vec::new(),
            mounts: vec![MountPoint {
                kind: "volume".to_owned(),
                name: Some("shop_data".to_owned()),
                source: "/var/lib/docker/volumes/shop_data/_data".to_owned(),
                target: "/data".to_owned(),
            }],
            networks: std::collections::BTreeMap::from([("shop_default".to_owned(), None)]),
            environment: list(&["DEBUG=1", "SECRET=s3cret", "PATH=/bin"]),
            command: list(&["serve", "--quick"]),
            entrypoint: list(&["/entry"]),
            tty: false,
            network_mode: "shop_default".to_owned(),
        }
    }

    fn image() -> Image {
        Image {
            id: "sha256:0".to_owned(),
            names: Vec::new(),
            created: None,
            tagged: None,
            size: 0,
            platform: "linux/amd64".to_owned(),
            healthcheck: None,
            exposed: Vec::new(),
            volumes: Vec::new(),
            environment: vec!["PATH=/bin".to_owned()],
            command: vec!["serve".to_owned()],
            entrypoint: vec!["/entry".to_owned()],
            user: String::new(),
        }
    }

    fn after(changes: &[(&str, &str)]) -> Vec<String> {
        let mut text = SERVICE.to_owned();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        let stack = stack(&text);
        drift(&stack, &stack.services["api"], &container(), Some(&image()))
    }

    #[test]
    fn the_keys_that_differ_are_named_and_no_value_is() {
        assert_eq!(after(&[]), Vec::<String>::new());
        assert_eq!(after(&[("api:1", "api:2")]), ["image"]);
        assert_eq!(after(&[("--quick", "--slow")]), ["command"]);
        assert_eq!(
            after(&[("DEBUG: '1', SECRET: s3cret", "SECRET: other, NEW: '1'")]),
            ["environment (DEBUG, NEW, SECRET)"]
        );
        assert_eq!(after(&[("8000:80", "8001:80")]), ["ports"]);
        assert_eq!(
            after(&[("data:/data", "data:/elsewhere")]),
            ["volumes (/data, /elsewhere)"]
        );
        assert_eq!(
            after(&[("    image:", "    labels: { a: b }\n    image:")]),
            ["labels (a)"]
        );
        assert_eq!(
            after(&[
                ("    image:", "    networks: [n]\n    image:"),
                ("volumes: { data", "networks: { n: {} }\nvolumes: { data")
            ]),
            ["networks"]
        );
    }

    #[test]
    fn what_the_engine_does_not_tell_is_a_setting() {
        assert_eq!(
            after(&[("    image:", "    shm_size: 64m\n    image:")]),
            ["settings"]
        );
    }
}
