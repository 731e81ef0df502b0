//! Data as part of the stack: which volumes are layered, what is in them, and what they are made from.
//!
//! A *layer* is a volume of the engine that holds what was written since the layers below it were frozen. A service's
//! *live* volume shows a chain of layers, and only the top one is written to. A *snapshot* is an empty volume whose
//! label names chains. All of that is in labels of volumes; see [`LiveData`] and [`Snapshot`].

mod chain;
mod inventory;
mod key;
mod live;
mod pending;
mod sets;
mod snapshot;
mod work;

pub use chain::{ChainError, decide};
pub use inventory::{Inventory, MOST_MOUNT_OPTIONS};
pub use key::{Fingerprint, cache_key};
pub use live::{DataState, LayerMode, LiveData, Root, layer_labels};
pub use pending::Pending;
pub(super) use sets::implicit_mount;
pub use sets::{
    DataSet, DataVolume, adopted_by, adopted_volumes, data_sets, edited_seeds, is_layered_volume,
    seeded_state, stateful_services,
};
pub use snapshot::{FrozenVolume, NextData, Snapshot, SnapshotKind};
pub use work::{DataSource, DataWork, FrozenSource, KeepWork, SnapshotWork};
