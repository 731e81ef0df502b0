//! All that the fake engine holds, behind one lock that is never held across an await.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indexmap::IndexMap;
use tokio::sync::{mpsc, watch};

use super::call::{Call, CallKind};
use super::clock::Clock;
use super::container::Container;
use super::exec::Exec;
use super::files::Files;
use super::image::{FakeImage, canonical};
use super::{Behaviour, FakeBuild, hash};
use crate::catalog::ImageName;
use crate::engine::{
    EngineError, EngineEvent, EngineEventKind, LabelFilter, NetworkDetail, Result, VolumeDetail,
};

/// The world and the bells that ring when it changes.
pub(super) struct Shared {
    world: Mutex<World>,
    /// Rings at every change of a container, a log or an exec.
    pub(super) changed: watch::Sender<u64>,
    /// Whether the engine has gone away.
    pub(super) gone: watch::Sender<bool>,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            world: Mutex::new(World::new()),
            changed: watch::Sender::new(0),
            gone: watch::Sender::new(false),
        }
    }

    /// The world, for reading.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        // A test that panicked with the lock has failed already; what it left is whole enough to be read.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the world, then rings.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let done = change(&mut self.world());
        self.changed
            .send_modify(|count| *count = count.wrapping_add(1));
        done
    }
}

/// What there is.
pub(super) struct World {
    pub(super) clock: Clock,
    /// Images that the engine has; their names are in their details.
    pub(super) images: Vec<FakeImage>,
    /// Images that registries have, by canonical reference.
    pub(super) registry: HashMap<String, FakeImage>,
    pub(super) builds: HashMap<String, FakeBuild>,
    /// In the order of their creation, by id.
    pub(super) containers: IndexMap<String, Container>,
    pub(super) networks: IndexMap<String, NetworkDetail>,
    pub(super) volumes: IndexMap<String, Volume>,
    pub(super) execs: IndexMap<String, Exec>,
    /// Host ports that something outside the engine holds.
    pub(super) foreign_ports: BTreeSet<u16>,
    /// Behaviours of single containers, by name.
    pub(super) behaviours: HashMap<String, Behaviour>,
    pub(super) calls: Vec<Call>,
    pub(super) faults: Vec<Fault>,
    pub(super) delays: HashMap<CallKind, Duration>,
    listeners: Vec<Listener>,
    made: u64,
}

/// A volume and the files that were put there, by path from its root.
pub(super) struct Volume {
    pub(super) detail: VolumeDetail,
    pub(super) anonymous: bool,
    pub(super) files: Files,
}

/// A call that is to fail.
pub(super) struct Fault {
    pub(super) kind: CallKind,
    /// Only calls about this, if given.
    pub(super) subject: Option<String>,
    pub(super) error: EngineError,
}

struct Listener {
    labels: Vec<String>,
    sender: mpsc::UnboundedSender<EngineEvent>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            clock: Clock::new(),
            images: Vec::new(),
            registry: HashMap::new(),
            builds: HashMap::new(),
            containers: IndexMap::new(),
            networks: IndexMap::new(),
            volumes: IndexMap::new(),
            execs: IndexMap::new(),
            foreign_ports: BTreeSet::new(),
            behaviours: HashMap::new(),
            calls: Vec::new(),
            faults: Vec::new(),
            delays: HashMap::new(),
            listeners: Vec::new(),
            made: 0,
        };
        for (name, driver) in [("bridge", "bridge"), ("host", "host"), ("none", "null")] {
            world.add_network(name, driver, BTreeMap::new());
        }
        world
    }

    /// A new id as Docker makes them: 64 hexadecimal digits, the same in every run.
    pub(super) fn new_id(&mut self) -> String {
        self.made += 1;
        hash(&self.made.to_be_bytes())
    }

    /// A number that no other caller gets.
    pub(super) fn count(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Adds a network.
    pub(super) fn add_network(
        &mut self,
        name: &str,
        driver: &str,
        labels: BTreeMap<String, String>,
    ) {
        let id = self.new_id();
        let network = NetworkDetail {
            id: id.clone(),
            name: name.to_owned(),
            driver: driver.to_owned(),
            labels,
        };
        self.networks.insert(id, network);
    }

    /// A network by name or id.
    pub(super) fn network(&self, network: &str) -> Option<&NetworkDetail> {
        self.networks
            .values()
            .find(|other| other.name == network)
            .or_else(|| by_id(&self.networks, network))
    }

    /// The id of a container by name, id or the beginning of an id.
    pub(super) fn container_id(&self, container: &str) -> Option<String> {
        let name = container.strip_prefix('/').unwrap_or(container);
        self.containers
            .values()
            .find(|other| other.name == name)
            .or_else(|| by_id(&self.containers, container))
            .map(|found| found.id.clone())
    }

    /// A container by name or id, which must be there.
    pub(super) fn container(&mut self, container: &str) -> Result<&mut Container> {
        self.container_id(container)
            .and_then(|id| self.containers.get_mut(&id))
            .ok_or_else(|| EngineError::NotFound(format!("No such container: {container}")))
    }

    /// The place of an image by reference or id.
    pub(super) fn image_index(&self, reference: &str) -> Option<usize> {
        let name = canonical(reference);
        let id = reference.strip_prefix("sha256:").unwrap_or(reference);
        self.images
            .iter()
            .position(|image| {
                image
                    .detail
                    .names
                    .iter()
                    .any(|other| canonical(other) == name)
            })
            .or_else(|| {
                self.images.iter().position(|image| {
                    id.len() >= 4 && image.detail.id["sha256:".len()..].starts_with(id)
                })
            })
    }

    /// Whether images can be pulled from there.
    pub(super) fn has_registry(&self, registry: &str) -> bool {
        self.registry
            .keys()
            .filter_map(|name| ImageName::parse(name))
            .any(|name| name.registry() == registry)
    }

    /// Tells listeners what happened to a container.
    pub(super) fn tell(&mut self, container: &str, kind: EngineEventKind) {
        let Some(container) = self.containers.get(container) else {
            return;
        };
        let event = EngineEvent {
            container: container.id.clone(),
            name: container.name.clone(),
            labels: container.labels.clone(),
            kind,
        };
        self.listeners.retain(|listener| {
            !fits(&event.labels, &listener.labels) || listener.sender.send(event.clone()).is_ok()
        });
    }

    /// Everything that happens from now on to containers with these labels.
    pub(super) fn listen(&mut self, labels: &LabelFilter) -> mpsc::UnboundedReceiver<EngineEvent> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.listeners.push(Listener {
            labels: labels.to_vec(),
            sender,
        });
        receiver
    }
}

/// Whether a thing with `labels` has all that a filter asks for.
pub(super) fn fits(labels: &BTreeMap<String, String>, filter: &LabelFilter) -> bool {
    filter.iter().all(|wanted| match wanted.split_once('=') {
        Some((key, value)) => labels.get(key).is_some_and(|have| have == value),
        None => labels.contains_key(wanted),
    })
}

/// Shorter beginnings of ids are not taken: they could be names.
const SHORT_ID: usize = 12;

/// A thing by its id or the beginning of it, if only one begins so.
fn by_id<'a, T>(things: &'a IndexMap<String, T>, id: &str) -> Option<&'a T> {
    if id.len() < SHORT_ID {
        return None;
    }
    things.get(id).or_else(|| {
        let mut found = things.iter().filter(|(other, _)| other.starts_with(id));
        match (found.next(), found.next()) {
            (Some((_, thing)), None) => Some(thing),
            _ => None,
        }
    })
}
