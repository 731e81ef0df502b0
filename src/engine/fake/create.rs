//! From what is asked for to a container.

use std::collections::BTreeMap;
use std::time::Duration;

use indexmap::IndexMap;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::container::Container;
use super::files::Files;
use super::world::{Volume, World};
use crate::engine::{
    ContainerSpec, ContainerState, EndpointSpec, EngineError, EngineEventKind, Image, MountPoint,
    MountSource, Result, VolumeDetail, VolumeSpec,
};
use crate::stack::{HealthTest, Healthcheck, Protocol};

/// The engine's default time between the stop signal and `SIGKILL`.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

impl World {
    /// Creates a container and tells its id.
    pub(super) fn create(&mut self, spec: &ContainerSpec) -> Result<String> {
        let index = self.image_index(&spec.image).ok_or_else(|| {
            EngineError::NotFound(format!(
                "No such image: {}",
                super::image::familiar(&spec.image)
            ))
        })?;
        self.check_name(&spec.name)?;
        let image = self.images[index].detail.clone();
        let (entrypoint, command) = words(spec, &image);
        let line = [entrypoint.as_slice(), command.as_slice()]
            .concat()
            .join(" ");
        let behaviour = match self.behaviours.get(&spec.name) {
            Some(behaviour) => behaviour.clone(),
            None => self.images[index].behaviour(&line).clone(),
        };
        let mounts = self.mount(spec, &image);
        let id = self.new_id();
        let container = Container {
            id: id.clone(),
            name: spec.name.clone(),
            image: spec.image.clone(),
            image_id: image.id.clone(),
            labels: spec.labels.clone(),
            behaviour,
            restart: spec.options.restart,
            stop_timeout: spec
                .options
                .stop_timeout
                .map_or(STOP_TIMEOUT, Duration::from_secs),
            healthcheck: healthcheck(
                spec.options.healthcheck.as_ref(),
                image.healthcheck.as_ref(),
            ),
            environment: environment(&spec.options.environment, &image.environment),
            command,
            entrypoint,
            tty: spec.options.tty,
            network_mode: spec.network_mode.clone(),
            networks: networks(spec),
            mounts,
            exposed: exposed(spec, &image),
            ports: spec.ports.clone(),
            bindings: Vec::new(),
            files: Files::default(),
            logs: Vec::new(),
            created: self.clock.now(),
            started: None,
            finished: None,
            state: ContainerState::Created,
            exit_code: None,
            oom_killed: false,
            error: String::new(),
            restarts: 0,
            health: None,
            answered: BTreeMap::new(),
            started_at: Duration::ZERO,
            input: Vec::new(),
            life: CancellationToken::new(),
            run: CancellationToken::new(),
            crash: watch::Sender::new(None),
        };
        self.containers.insert(id.clone(), container);
        self.tell(&id, EngineEventKind::Create);
        Ok(id)
    }

    /// Gives a container another name.
    pub(super) fn rename(&mut self, container: &str, name: &str) -> Result<()> {
        let id = self.container(container)?.id.clone();
        self.check_name(name)?;
        if let Some(container) = self.containers.get_mut(&id) {
            name.clone_into(&mut container.name);
        }
        self.tell(&id, EngineEventKind::Other("rename".to_owned()));
        Ok(())
    }

    fn check_name(&self, name: &str) -> Result<()> {
        match self.containers.values().find(|other| other.name == name) {
            None => Ok(()),
            Some(other) => Err(EngineError::Conflict(format!(
                "Conflict. The container name \"/{name}\" is already in use by container \"{}\". You have to remove (or \
                 rename) that container to be able to reuse that name.",
                other.id
            ))),
        }
    }

    /// Makes the volumes that a container mounts and are not there yet, and tells its mounts.
    fn mount(&mut self, spec: &ContainerSpec, image: &Image) -> Vec<MountPoint> {
        let mut mounts = Vec::new();
        for mount in &spec.mounts {
            let (kind, name, source) = match &mount.source {
                MountSource::Volume { name, .. } => {
                    let volume = self.ensure_volume(&VolumeSpec {
                        name: name.clone(),
                        ..VolumeSpec::default()
                    });
                    ("volume", Some(name.clone()), volume.mountpoint)
                }
                MountSource::Anonymous => {
                    let volume = self.anonymous_volume();
                    ("volume", Some(volume.name), volume.mountpoint)
                }
                MountSource::Bind { source, .. } => ("bind", None, source.clone()),
                MountSource::Tmpfs { .. } => ("tmpfs", None, String::new()),
                MountSource::Npipe { source } => ("npipe", None, source.clone()),
                MountSource::Image { source, .. } => ("image", None, source.clone()),
            };
            mounts.push(MountPoint {
                kind: kind.to_owned(),
                name,
                source,
                target: mount.target.clone(),
            });
        }
        for path in &image.volumes {
            if mounts.iter().any(|mount| mount.target == *path) {
                continue;
            }
            let volume = self.anonymous_volume();
            mounts.push(MountPoint {
                kind: "volume".to_owned(),
                name: Some(volume.name),
                source: volume.mountpoint,
                target: path.clone(),
            });
        }
        mounts
    }

    fn anonymous_volume(&mut self) -> VolumeDetail {
        let name = self.new_id();
        let detail = self.ensure_volume(&VolumeSpec {
            name: name.clone(),
            ..VolumeSpec::default()
        });
        if let Some(volume) = self.volumes.get_mut(&name) {
            volume.anonymous = true;
        }
        detail
    }

    /// The volume of that name, made if it is not there.
    pub(super) fn ensure_volume(&mut self, spec: &VolumeSpec) -> VolumeDetail {
        let created = self.clock.now().to_string();
        self.volumes
            .entry(spec.name.clone())
            .or_insert_with(|| Volume {
                detail: VolumeDetail {
                    name: spec.name.clone(),
                    driver: spec.driver.clone().unwrap_or_else(|| "local".to_owned()),
                    labels: spec.labels.clone(),
                    mountpoint: format!("/var/lib/docker/volumes/{}/_data", spec.name),
                    created,
                },
                anonymous: false,
                files: Files::default(),
            })
            .detail
            .clone()
    }
}

/// Entrypoint and command: an own entrypoint takes the image's command away.
fn words(spec: &ContainerSpec, image: &Image) -> (Vec<String>, Vec<String>) {
    match (&spec.options.entrypoint, &spec.options.command) {
        (Some(entrypoint), command) => (entrypoint.clone(), command.clone().unwrap_or_default()),
        (None, Some(command)) => (image.entrypoint.clone(), command.clone()),
        (None, None) => (image.entrypoint.clone(), image.command.clone()),
    }
}

fn environment(own: &IndexMap<String, Option<String>>, image: &[String]) -> Vec<String> {
    let mut all: Vec<String> = image
        .iter()
        .filter(|variable| {
            variable
                .split_once('=')
                .is_none_or(|(key, _)| !own.contains_key(key))
        })
        .cloned()
        .collect();
    all.extend(
        own.iter()
            .filter_map(|(key, value)| Some(format!("{key}={}", value.as_ref()?))),
    );
    all
}

/// The container's own check; what it leaves open comes from the image's.
fn healthcheck(own: Option<&Healthcheck>, image: Option<&Healthcheck>) -> Option<Healthcheck> {
    let Some(own) = own else {
        return image.cloned();
    };
    let Some(image) = image else {
        return Some(own.clone());
    };
    Some(Healthcheck {
        test: match own.test {
            HealthTest::Inherit => image.test.clone(),
            _ => own.test.clone(),
        },
        interval: own.interval.or(image.interval),
        timeout: own.timeout.or(image.timeout),
        retries: own.retries.or(image.retries),
        start_period: own.start_period.or(image.start_period),
        start_interval: own.start_interval.or(image.start_interval),
    })
}

fn networks(spec: &ContainerSpec) -> BTreeMap<String, (EndpointSpec, Option<std::net::IpAddr>)> {
    let mut networks: BTreeMap<_, _> = spec
        .networks
        .iter()
        .map(|(name, endpoint)| (name.clone(), (endpoint.clone(), None)))
        .collect();
    let mode = match spec.network_mode.as_str() {
        "" | "default" => "bridge",
        other => other,
    };
    if networks.is_empty() && !mode.starts_with("container:") {
        networks.insert(mode.to_owned(), (EndpointSpec::default(), None));
    }
    networks
}

/// Every port that is exposed or published, once.
fn exposed(spec: &ContainerSpec, image: &Image) -> Vec<(u16, Protocol)> {
    let own = spec.options.expose.iter().filter_map(|text| {
        let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let protocol = match protocol {
            "udp" => Protocol::Udp,
            "sctp" => Protocol::Sctp,
            _ => Protocol::Tcp,
        };
        Some((port.parse().ok()?, protocol))
    });
    let published = spec.ports.iter().map(|port| (port.target, port.protocol));
    let mut all: Vec<(u16, Protocol)> = Vec::new();
    for port in image.exposed.iter().copied().chain(own).chain(published) {
        if !all.contains(&port) {
            all.push(port);
        }
    }
    all.sort_by_key(|(port, protocol)| (*port, protocol.as_str()));
    all
}
