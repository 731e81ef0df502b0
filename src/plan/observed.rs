//! What the engine has, as far as a plan needs to know.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::engine::{ContainerSummary, Image, NetworkDetail, VolumeDetail};

use super::labels::service_of;
use super::{Fingerprint, Inventory, Labels, LayerMode, SeedRecord, SeedState};

/// What is there. Made by [`observe`](super::observe); tests make it by hand.
#[derive(Debug, Clone)]
pub struct Observed {
    /// When it was looked at.
    pub now: Timestamp,
    /// Every container of the engine.
    pub containers: Vec<ContainerSummary>,
    /// The networks that the stack names, and those that carry the project's label.
    pub networks: Vec<NetworkDetail>,
    /// The volumes that the stack names, those that carry the project's label, and those that containers use.
    pub volumes: Vec<VolumeDetail>,
    /// The images that the stack names, by the reference it uses; what is not there is not in the map.
    pub images: HashMap<String, Image>,
    /// For a service that may be built: the images that its Dockerfile starts from.
    pub base_images: HashMap<String, Vec<String>>,
    /// What was noted of seeds.
    pub seeds: Vec<SeedRecord>,
    /// Whether there is a note of the last run.
    pub last_run: bool,
    /// How layers are to be put together, if that was said.
    pub layer_mode: Option<LayerMode>,
    /// The layered data of the whole engine.
    pub data: Inventory,
    /// What the data of each service is made from, for those whose first boot or seeds count.
    pub fingerprints: HashMap<String, Fingerprint>,
    /// Ports of this machine that something listens on, as far as was asked.
    pub busy_ports: HashSet<u16>,
    /// Folders of this machine that are missing or empty, of those that hold a seeded service's data.
    pub empty_folders: HashSet<String>,
}

impl Observed {
    /// An engine with nothing in it.
    pub fn nothing(now: Timestamp) -> Self {
        Self {
            now,
            containers: Vec::new(),
            networks: Vec::new(),
            volumes: Vec::new(),
            images: HashMap::new(),
            base_images: HashMap::new(),
            seeds: Vec::new(),
            last_run: false,
            layer_mode: None,
            data: Inventory::default(),
            fingerprints: HashMap::new(),
            busy_ports: HashSet::new(),
            empty_folders: HashSet::new(),
        }
    }

    /// The project's containers, those of `run` left out.
    pub fn of_project<'a>(
        &'a self,
        project: &'a str,
    ) -> impl Iterator<Item = (&'a str, u32, &'a ContainerSummary)> {
        self.containers
            .iter()
            .filter(move |container| {
                container
                    .labels
                    .get(Labels::PROJECT)
                    .is_some_and(|name| name == project)
            })
            .filter_map(|container| {
                service_of(&container.labels).map(|(service, number)| (service, number, container))
            })
    }

    /// The container of a service with this number.
    pub fn container(
        &self,
        project: &str,
        service: &str,
        number: u32,
    ) -> Option<&ContainerSummary> {
        self.containers.iter().find(|container| {
            container
                .labels
                .get(Labels::PROJECT)
                .is_some_and(|name| name == project)
                && service_of(&container.labels) == Some((service, number))
        })
    }

    /// What was noted of a service's seeds.
    pub fn note(&self, service: &str, state: SeedState) -> Option<&SeedRecord> {
        self.seeds
            .iter()
            .find(|record| record.service == service && record.state == state)
    }

    /// A network by its name.
    pub fn network(&self, name: &str) -> Option<&NetworkDetail> {
        self.networks.iter().find(|network| network.name == name)
    }

    /// A volume by its name.
    pub fn volume(&self, name: &str) -> Option<&VolumeDetail> {
        self.volumes.iter().find(|volume| volume.name == name)
    }
}
