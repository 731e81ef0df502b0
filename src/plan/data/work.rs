//! What the steps that deal with data need to know.

use std::time::Duration;

use super::{DataSet, LayerMode, Snapshot};

/// Putting live volumes in place.
#[derive(Debug, Clone)]
pub struct DataWork {
    /// The project.
    pub project: String,
    /// The image whose containers give a way into volumes; it is never run.
    pub image: String,
    /// The volumes.
    pub set: DataSet,
    /// What they start from.
    pub source: DataSource,
    /// How layers are to be put together, if that was said; else overlays, where the engine can mount them.
    pub mode: Option<LayerMode>,
}

/// What live volumes start from.
#[derive(Debug, Clone)]
pub enum DataSource {
    /// The most that the cache has of what the set wants, else nothing.
    Seeded,
    /// What was kept just now, with so many seeds.
    Kept(usize),
    /// Nothing, where there is no volume; volumes that are there stay.
    Missing,
    /// What the volumes hold now, which a snapshot has frozen.
    Above,
    /// As `Above`, and seeds are about to be applied to it: they count once the result is kept.
    Further,
    /// What an interrupted run was about to put there; volumes that are there stay.
    Pending,
    /// The snapshot that is held by the volume of this name.
    Snapshot(String),
}

/// Keeping what first boot and seeds brought.
#[derive(Debug, Clone)]
pub struct KeepWork {
    /// The volumes.
    pub data: DataWork,
    /// The container that has them.
    pub container: String,
    /// How long it gets to stop.
    pub grace: Option<Duration>,
    /// How many seeds are in when it is done.
    pub seeds: usize,
    /// The name of the project's snapshot to make, where seeds went into data that has more than seeds in it.
    pub further: Option<Snapshot>,
}

/// Making a snapshot.
#[derive(Debug, Clone)]
pub struct SnapshotWork {
    /// What it will be; the layers are filled in when it is made.
    pub snapshot: Snapshot,
    /// The volumes that go into it.
    pub volumes: Vec<FrozenSource>,
    /// The containers that mount them. They are stopped already and are removed: nothing may write to a frozen layer.
    pub containers: Vec<String>,
    /// The image whose containers give a way into volumes; it is never run.
    pub image: String,
    /// The snapshots that go when this one is there.
    pub replaces: Vec<String>,
}

/// A volume that goes into a snapshot.
#[derive(Debug, Clone)]
pub struct FrozenSource {
    /// Its key in the snapshot.
    pub key: String,
    /// The live volume's name.
    pub name: String,
    /// Whether it has so many layers that one more could not be mounted: what it shows is copied into a layer of its
    /// own.
    pub flatten: bool,
}
