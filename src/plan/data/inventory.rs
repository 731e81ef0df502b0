//! Every layer, live volume and snapshot of an engine.

use std::collections::{BTreeSet, HashSet};

use super::{DataSet, Fingerprint, LayerMode, LiveData, Pending, Snapshot, cache_key};
use crate::engine::VolumeDetail;
use crate::plan::Labels;

/// What an engine has of layered data, of all projects: layers are shared.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// The snapshots.
    pub snapshots: Vec<Snapshot>,
    /// The live volumes, by name, but for those into which a run was still copying when it was interrupted.
    pub live: Vec<(String, LiveData)>,
    /// What runs are about to put in the place of live volumes.
    pub pending: Vec<Pending>,
    /// The layers: the volume's name and the project that made it.
    pub layers: Vec<(String, String)>,
    /// The length of the longest path of a layer in the engine.
    pub longest_path: usize,
}

/// The kernel takes a page of mount options, and ends it with a zero.
pub const MOST_MOUNT_OPTIONS: usize = 4095;

impl Inventory {
    /// What these volumes, which are all that the engine has, tell.
    pub fn of(volumes: &[VolumeDetail]) -> Self {
        let pending: Vec<Pending> = volumes.iter().filter_map(Pending::from_volume).collect();
        // Copied data is not there before it is whole.
        let half = |name: &str, live: &LiveData| {
            live.mode == LayerMode::Copy && pending.iter().any(|pending| pending.volume == name)
        };
        Self {
            snapshots: volumes.iter().filter_map(Snapshot::from_volume).collect(),
            live: volumes
                .iter()
                .filter_map(|volume| Some((volume.name.clone(), LiveData::from_volume(volume)?)))
                .filter(|(name, live)| !half(name, live))
                .collect(),
            pending,
            longest_path: volumes
                .iter()
                .filter(|volume| volume.labels.contains_key(Labels::LAYER))
                .map(|volume| volume.mountpoint.len())
                .max()
                .unwrap_or_default(),
            layers: volumes
                .iter()
                .filter_map(|volume| {
                    let project = volume.labels.get(Labels::LAYER)?;
                    Some((volume.name.clone(), project.clone()))
                })
                .collect(),
        }
    }

    /// Whether this engine mounts overlays, as far as its volumes tell. Copied data tells nothing: it may have been asked
    /// for.
    pub fn mounts_overlays(&self) -> bool {
        self.modes().any(|mode| mode == LayerMode::Overlay)
    }

    /// How new data is most likely put together.
    pub fn likely_mode(&self) -> LayerMode {
        let copied = self.modes().next() == Some(LayerMode::Copy);
        if copied && !self.mounts_overlays() {
            LayerMode::Copy
        } else {
            LayerMode::Overlay
        }
    }

    fn modes(&self) -> impl Iterator<Item = LayerMode> {
        let live = self.live.iter().map(|(_, live)| live.mode);
        let frozen = self
            .snapshots
            .iter()
            .flat_map(|snapshot| snapshot.volumes.values());
        live.chain(frozen.map(|frozen| frozen.mode))
    }

    /// A snapshot by the name of its volume.
    pub fn snapshot(&self, id: &str) -> Option<&Snapshot> {
        self.snapshots.iter().find(|snapshot| snapshot.id == id)
    }

    /// The snapshots of a project that people see, the oldest first.
    pub fn of_project(&self, project: &str) -> Vec<&Snapshot> {
        let mut own: Vec<&Snapshot> = self
            .snapshots
            .iter()
            .filter(|snapshot| {
                snapshot.project == project && snapshot.kind != super::SnapshotKind::Seeds
            })
            .collect();
        own.sort_by_key(|snapshot| snapshot.at);
        own
    }

    /// Whether a snapshot has frozen this layer.
    pub fn is_frozen(&self, layer: &str) -> bool {
        self.frozen_by(layer).is_some()
    }

    /// The newest snapshot that has frozen this layer, or is a copy of the data with this mark.
    pub fn frozen_by(&self, layer: &str) -> Option<&Snapshot> {
        self.snapshots
            .iter()
            .filter(|snapshot| {
                let mut volumes = snapshot.volumes.values();
                let copied = volumes.any(|volume| volume.copy_of.as_deref() == Some(layer));
                copied || snapshot.layers().any(|own| own == layer)
            })
            .max_by_key(|snapshot| snapshot.at)
    }

    /// What an interrupted run was about to put in the place of a live volume that it had removed.
    pub fn pending(&self, volume: &str) -> Option<&LiveData> {
        let mut pending = self.pending.iter();
        let found = pending.find(|pending| pending.volume == volume && !self.has_live(volume))?;
        Some(&found.next)
    }

    /// The notes of a project about volumes that are in place by now, by the names of their own volumes.
    pub fn done_notes(&self, project: &str) -> Vec<String> {
        let own = self.pending.iter().filter(|own| own.project == project);
        own.filter(|pending| self.has_live(&pending.volume))
            .map(Pending::name)
            .collect()
    }

    /// Whether a live volume is there, and is whole.
    pub fn has_live(&self, volume: &str) -> bool {
        self.live.iter().any(|(name, _)| name == volume)
    }

    /// Whether every layer of live data is there. Copied data needs none.
    pub fn is_whole(&self, live: &LiveData) -> bool {
        match live.mode {
            LayerMode::Overlay => self.has_layers(live.layers()),
            LayerMode::Copy => true,
        }
    }

    /// Whether a run was interrupted after it had put this data aside for other data.
    pub fn is_being_replaced(&self, live: &LiveData) -> bool {
        let snapshot = live.top.as_deref().and_then(|top| self.frozen_by(top));
        snapshot.is_some_and(|snapshot| snapshot.next.is_some())
    }

    /// Whether a live volume can have so many frozen layers: their paths have to fit into the options of one mount.
    pub fn has_room(&self, below: usize) -> bool {
        let path = self.longest_path + "/data:".len();
        let options = "lowerdir=,upperdir=/data,workdir=/work".len() + 2 * self.longest_path;
        options + below * path <= MOST_MOUNT_OPTIONS
    }

    /// Whether every layer is there.
    pub fn has_layers<'a>(&self, mut layers: impl Iterator<Item = &'a str>) -> bool {
        layers.all(|layer| self.layers.iter().any(|(name, _)| name == layer))
    }

    /// The snapshot of the most seeds of a set that is there as a whole, and how many they are.
    pub fn seeded(
        &self,
        set: &DataSet,
        wanted: &Fingerprint,
        image: &str,
        mode: LayerMode,
    ) -> Option<(&Snapshot, usize)> {
        (0..=wanted.seeds.len()).rev().find_map(|count| {
            let key = cache_key(mode, image, &wanted.setup, &wanted.seeds[..count]);
            let snapshot = self.snapshot(&key)?;
            let whole = self.has_layers(snapshot.layers())
                && set
                    .volumes
                    .iter()
                    .all(|volume| snapshot.volumes.contains_key(&volume.target));
            let same = snapshot.volumes.values().all(|frozen| frozen.mode == mode);
            (whole && same).then_some((snapshot, count))
        })
    }

    /// The layers of a project that nothing names any more.
    pub fn garbage(&self, project: &str) -> BTreeSet<String> {
        let live = self.live.iter().flat_map(|(_, live)| live.layers());
        let frozen = self.snapshots.iter().flat_map(Snapshot::layers);
        let pending = self
            .pending
            .iter()
            .flat_map(|pending| pending.next.layers());
        let used: HashSet<&str> = live.chain(frozen).chain(pending).collect();
        let own = self.layers.iter().filter(|(_, owner)| owner == project);
        own.filter(|(name, _)| !used.contains(name.as_str()))
            .map(|(name, _)| name.clone())
            .collect()
    }
}
