//! Containers: what is asked for and what is there.

use std::collections::BTreeMap;
use std::net::IpAddr;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Serialize;

use super::EndpointSpec;
use crate::stack::{Container, Healthcheck, Protocol};

/// A container to be created. Its serialised form, without what tells replicas apart, is what the configuration
/// hash is made of.
#[derive(Debug, Clone, Serialize)]
pub struct ContainerSpec {
    /// The container's name.
    pub name: String,
    /// The image reference.
    pub image: String,
    /// The platform to ask for.
    pub platform: Option<String>,
    /// All labels, devstack's and Compose's among them; they win over those in `options`.
    pub labels: BTreeMap<String, String>,
    /// The options that the manifest gives.
    pub options: Container,
    /// Mounts, with the engine's names of volumes.
    pub mounts: Vec<MountSpec>,
    /// Published ports, each on one host port; 0 lets the engine choose.
    pub ports: Vec<PortSpec>,
    /// The engine's `NetworkMode`: a network's name, `none`, `host`, `container:<id>`.
    pub network_mode: String,
    /// The networks to be attached to, by the engine's name, first the one of `network_mode`.
    pub networks: IndexMap<String, EndpointSpec>,
}

impl ContainerSpec {
    /// A container with the image's and the engine's defaults, on the default network.
    pub fn new(name: impl Into<String>, image: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            image: image.into(),
            platform: None,
            labels: BTreeMap::new(),
            options: Container::default(),
            mounts: Vec::new(),
            ports: Vec::new(),
            network_mode: "bridge".to_owned(),
            networks: IndexMap::new(),
        }
    }
}

/// One mount of a container to be created.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MountSpec {
    /// The absolute path in the container.
    pub target: String,
    /// What is mounted.
    pub source: MountSource,
    /// Whether it is read-only.
    pub read_only: bool,
    /// `consistency`, if given.
    pub consistency: Option<String>,
}

/// What a mount shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MountSource {
    /// A volume by the engine's name.
    Volume {
        /// The name.
        name: String,
        /// Whether the image's files there are *not* copied in first.
        no_copy: bool,
        /// A folder of the volume (API 1.45).
        subpath: Option<String>,
    },
    /// A new volume without a name.
    Anonymous,
    /// A path of the engine's host.
    Bind {
        /// The absolute path.
        source: String,
        /// Whether a missing source is made as a folder.
        create: bool,
        /// `rprivate` and kin.
        propagation: Option<String>,
        /// `z` or `Z`.
        selinux: Option<String>,
        /// `enabled`, `disabled`, `writable`, `readonly`.
        recursive: Option<String>,
    },
    /// Memory.
    Tmpfs {
        /// Bytes at most.
        size: Option<i64>,
        /// Mode bits of its root.
        mode: Option<u32>,
        /// Options as in `--tmpfs`, maybe empty; `None` for a mount that `size` and `mode` describe.
        options: Option<String>,
    },
    /// A named pipe.
    Npipe {
        /// Its path.
        source: String,
    },
    /// An image's files.
    Image {
        /// The image.
        source: String,
        /// A folder of it.
        subpath: Option<String>,
    },
}

/// One published port of a container to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortSpec {
    /// The port in the container.
    pub target: u16,
    /// The transport.
    pub protocol: Protocol,
    /// The host's address.
    pub address: String,
    /// The host's first port; 0 lets the engine choose.
    pub host: u16,
    /// The host's last port, if the engine may choose from a range.
    pub host_end: Option<u16>,
}

/// What the listing says of a container.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContainerSummary {
    /// The id.
    pub id: String,
    /// The name, without the API's leading slash.
    pub name: String,
    /// The reference it was made from.
    pub image: String,
    /// The id of the image it was made from.
    pub image_id: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// What it does.
    pub state: ContainerState,
    /// The engine's words for it, such as `Up 3 minutes (healthy)`.
    pub status: String,
    /// When it was created.
    pub created: Timestamp,
    /// Its ports.
    pub ports: Vec<PortBinding>,
    /// Its mounts.
    pub mounts: Vec<MountPoint>,
    /// Its networks by name, with its address there.
    pub networks: BTreeMap<String, Option<IpAddr>>,
}

impl ContainerSummary {
    /// The exit code in the engine's words, such as `Exited (137) 2 minutes ago`.
    pub fn exit_code(&self) -> Option<i64> {
        let (code, _) = self.status.strip_prefix("Exited (")?.split_once(')')?;
        code.parse().ok()
    }
}

/// What a container does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ContainerState {
    /// Created, never started.
    Created,
    /// Runs.
    Running,
    /// Held.
    Paused,
    /// Ended, and about to be started again by its restart policy.
    Restarting,
    /// About to go.
    Removing,
    /// Ended.
    Exited,
    /// Half gone.
    Dead,
}

impl ContainerState {
    /// Whether it has processes, or is about to have them again.
    pub fn is_up(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Restarting)
    }
}

/// A port of a container that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortBinding {
    /// The port in the container.
    pub target: u16,
    /// The transport.
    pub protocol: Protocol,
    /// The host's address and port, if published.
    pub host: Option<(IpAddr, u16)>,
}

/// A mount of a container that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MountPoint {
    /// `volume`, `bind`, `tmpfs`, …
    pub kind: String,
    /// The volume's name, if it is one.
    pub name: Option<String>,
    /// The path on the host.
    pub source: String,
    /// The path in the container.
    pub target: String,
}

/// One container in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContainerDetail {
    /// The id.
    pub id: String,
    /// The name, without the API's leading slash.
    pub name: String,
    /// The reference it was made from.
    pub image: String,
    /// The id of the image it was made from.
    pub image_id: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// What it does.
    pub state: ContainerState,
    /// The exit code of the last end.
    pub exit_code: Option<i64>,
    /// Whether the kernel killed it for lack of memory.
    pub oom_killed: bool,
    /// The engine's word on why it could not start, empty if it could.
    pub error: String,
    /// When it was last started.
    pub started: Option<Timestamp>,
    /// When it last ended.
    pub finished: Option<Timestamp>,
    /// How often its restart policy started it.
    pub restarts: i64,
    /// The engine's own view of its health, if it has a health check.
    pub health: Option<Health>,
    /// The health check, its own or the image's.
    pub healthcheck: Option<Healthcheck>,
    /// Its ports.
    pub ports: Vec<PortBinding>,
    /// Ports it exposes, published or not.
    pub exposed: Vec<(u16, Protocol)>,
    /// Its mounts.
    pub mounts: Vec<MountPoint>,
    /// Its networks by name, with its address there.
    pub networks: BTreeMap<String, Option<IpAddr>>,
    /// The whole environment, as `KEY=value`.
    pub environment: Vec<String>,
    /// The command.
    pub command: Vec<String>,
    /// The entrypoint.
    pub entrypoint: Vec<String>,
    /// Whether it has a terminal.
    pub tty: bool,
    /// The network mode.
    pub network_mode: String,
}

/// The engine's view of a container's health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// `starting`, `healthy`, `unhealthy`.
    pub status: String,
    /// What the last probe printed.
    pub last_output: String,
    /// When the last probe passed, by our clock; `None` if the last one failed. The status stays `healthy` until so
    /// many have failed in a row as the check allows.
    pub passed: Option<Timestamp>,
}
