//! Snapshots: named states of data.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LayerMode, Root};
use crate::engine::{VolumeDetail, VolumeSpec};
use crate::plan::Labels;

/// A state of data: an empty volume whose label names the layers. Making it is one call to the engine, so a snapshot
/// is either whole or not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The name of the engine's volume that holds it.
    #[serde(skip)]
    pub id: String,
    /// What made it.
    pub kind: SnapshotKind,
    /// Its name, for people.
    pub name: String,
    /// The project that it belongs to. Seeded states are shared by all.
    pub project: String,
    /// When it was made.
    pub at: Timestamp,
    /// The snapshot that the data had started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What was to take the place of the data, if it was taken for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextData>,
    /// The volumes: by the manifest's key, or, in a seeded state, by the path in the container.
    pub volumes: BTreeMap<String, FrozenVolume>,
}

/// What made a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SnapshotKind {
    /// Seeding: the cache.
    Seeds,
    /// The user.
    Named,
    /// devstack, before it put other data in place.
    Automatic,
}

/// What takes the place of data that a snapshot was taken of. A run that is interrupted in the middle has put it in
/// place for some of the data; the next one does the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NextData {
    /// What its seeds make.
    Seeds,
    /// The same with further seeds.
    Further,
    /// The snapshot that is held by the volume of this name.
    Snapshot(String),
}

/// One volume of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenVolume {
    /// How its layers are put together.
    pub mode: LayerMode,
    /// The layers, the oldest first.
    pub layers: Vec<String>,
    /// The mark of the data that its one layer is a copy of, where layers are copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<String>,
    /// Owner and mode of the top folder.
    pub root: Option<Root>,
    /// As in [`LiveData`](super::LiveData).
    pub setup: String,
    /// As in [`LiveData`](super::LiveData).
    pub seeds: Option<Vec<String>>,
    /// As in [`LiveData`](super::LiveData).
    pub image: String,
    /// As in [`LiveData`](super::LiveData).
    pub seeded: usize,
    /// As in [`LiveData`](super::LiveData).
    #[serde(default)]
    pub kept: bool,
}

impl Snapshot {
    /// One of a project's own, with nothing in it yet. Automatic ones carry the time in their volume's name, so that a
    /// new one is there before an older one of that name goes.
    pub fn new(project: &str, name: &str, kind: SnapshotKind, at: Timestamp) -> Self {
        let id = match kind {
            SnapshotKind::Automatic => {
                Self::id_of(project, &format!("{name}.{}", at.as_millisecond()))
            }
            SnapshotKind::Named | SnapshotKind::Seeds => Self::id_of(project, name),
        };
        Self {
            id,
            kind,
            name: name.to_owned(),
            project: project.to_owned(),
            at,
            parent: None,
            next: None,
            volumes: BTreeMap::new(),
        }
    }

    /// The snapshot that a volume holds, if it holds one.
    pub fn from_volume(volume: &VolumeDetail) -> Option<Self> {
        let mut snapshot: Self = serde_json::from_str(volume.labels.get(Labels::SNAPSHOT)?).ok()?;
        snapshot.id.clone_from(&volume.name);
        Some(snapshot)
    }

    /// It as a volume to be made.
    pub fn to_volume(&self) -> VolumeSpec {
        let text = serde_json::to_string(self).expect("it has string keys only");
        VolumeSpec {
            name: self.id.clone(),
            labels: BTreeMap::from([(Labels::SNAPSHOT.to_owned(), text)]),
            ..VolumeSpec::default()
        }
    }

    /// Every layer that it needs.
    pub fn layers(&self) -> impl Iterator<Item = &str> {
        self.volumes
            .values()
            .flat_map(|volume| &volume.layers)
            .map(String::as_str)
    }

    /// The name of the volume of a project's own snapshot: the same name, the same volume.
    pub fn id_of(project: &str, name: &str) -> String {
        format!("{project}.snapshot.{name}")
    }
}
