//! Which layers a live volume is to have: decided from what the engine has, without asking it anything.

use thiserror::Error;

use super::{
    DataSet, DataSource, DataState, DataVolume, FrozenVolume, Inventory, LayerMode, LiveData,
    Snapshot, SnapshotKind,
};

/// Why it cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChainError {
    /// A layer was removed.
    #[error("layer `{layer}` of volume `{volume}` is gone")]
    LayerGone {
        /// The volume.
        volume: String,
        /// The layer.
        layer: String,
    },
    /// A snapshot was removed.
    #[error("there is no snapshot `{0}`")]
    SnapshotGone(String),
    /// What was kept a moment ago was removed.
    #[error("the seeded state of `{0}` was removed while it was put in place")]
    KeptGone(String),
}

/// What the volumes of a set are to hold. Volumes that stay as they are are left out; `top` is not given yet.
pub fn decide(
    set: &DataSet,
    source: &DataSource,
    image: &str,
    mode: LayerMode,
    inventory: &Inventory,
) -> Result<Vec<(DataVolume, LiveData)>, ChainError> {
    let live = |volume: &DataVolume| {
        let mut all = inventory.live.iter();
        all.find(|(name, _)| *name == volume.name)
            .map(|(_, live)| live)
    };
    let snapshot = match source {
        DataSource::Snapshot(id) => Some(
            inventory
                .snapshot(id)
                .ok_or_else(|| ChainError::SnapshotGone(id.clone()))?,
        ),
        _ => None,
    };
    let cached = set
        .wanted
        .as_ref()
        .and_then(|wanted| inventory.seeded(set, wanted, image, mode));
    let mut decided = Vec::new();
    for volume in &set.volumes {
        let pending = inventory.pending(&volume.name);
        let now = live(volume).or(match source {
            DataSource::Missing | DataSource::Pending => None,
            _ => pending,
        });
        let next = match (source, now) {
            (DataSource::Missing | DataSource::Pending, Some(_)) => continue,
            (DataSource::Pending, None) => match pending {
                Some(next) => LiveData {
                    top: None,
                    ..next.clone()
                },
                None => empty(set, image, mode, DataState::Live),
            },
            (DataSource::Missing, None) => empty(set, image, mode, DataState::Live),
            // To go on with nothing would be to call a database ready that lacks its seeds.
            (DataSource::Kept(seeds), _) => match &cached {
                Some((snapshot, count)) if count >= seeds => seeded(set, volume, snapshot, *count),
                _ => return Err(ChainError::KeptGone(set.service.clone())),
            },
            (DataSource::Seeded, now) => match &cached {
                Some((snapshot, count)) => seeded(set, volume, snapshot, *count),
                None => own_base(set, now, inventory).unwrap_or_else(|| first(set, image, mode)),
            },
            // A snapshot of a copied volume is a copy: the volume itself goes on.
            (DataSource::Above, Some(now)) if is_copy(now, volume, inventory) => continue,
            (DataSource::Above, Some(now)) => above(now, inventory),
            (DataSource::Further, Some(now)) => further(volume, now, inventory),
            (DataSource::Above | DataSource::Further, None) => first(set, image, mode),
            (DataSource::Snapshot(_), now) => {
                match (
                    snapshot.and_then(|s| Some((s, s.volumes.get(&volume.key)?))),
                    now,
                ) {
                    (Some((snapshot, frozen)), _) => thawed(frozen, &snapshot.id),
                    (None, Some(now)) if is_copy(now, volume, inventory) => continue,
                    (None, Some(now)) => above(now, inventory),
                    (None, None) => empty(set, image, mode, DataState::Live),
                }
            }
        };
        let gone = next
            .below
            .iter()
            .find(|layer| !inventory.has_layers(std::iter::once(layer.as_str())));
        if let Some(layer) = gone {
            return Err(ChainError::LayerGone {
                volume: volume.name.clone(),
                layer: layer.clone(),
            });
        }
        decided.push((volume.clone(), next));
    }
    Ok(decided)
}

fn seeded(set: &DataSet, volume: &DataVolume, snapshot: &Snapshot, count: usize) -> LiveData {
    let complete = set
        .wanted
        .as_ref()
        .is_none_or(|wanted| wanted.seeds.len() == count);
    LiveData {
        state: if complete {
            DataState::Live
        } else {
            DataState::Seeding
        },
        ..thawed(&snapshot.volumes[&volume.target], &snapshot.id)
    }
}

fn thawed(frozen: &FrozenVolume, id: &str) -> LiveData {
    LiveData {
        mode: frozen.mode,
        below: frozen.layers.clone(),
        top: None,
        state: DataState::Live,
        setup: frozen.setup.clone(),
        seeds: frozen.seeds.clone(),
        image: frozen.image.clone(),
        seeded: frozen.seeded,
        root: frozen.root,
        kept: frozen.kept,
        from: Some(id.to_owned()),
    }
}

/// The seeded layers that a volume has itself, if they are what is wanted: their image may be another by now, and the
/// cache may have let them go.
fn own_base(set: &DataSet, now: Option<&LiveData>, inventory: &Inventory) -> Option<LiveData> {
    let (wanted, now) = (set.wanted.as_ref()?, now?);
    let usable = now.state == DataState::Live
        && now.seeded > 0
        && !now.kept
        && now.is_made_from(&wanted.setup, &wanted.seeds);
    let below = now.below[..now.seeded.min(now.below.len())].to_vec();
    let there = inventory.has_layers(below.iter().map(String::as_str));
    (usable && there).then(|| LiveData {
        below,
        top: None,
        from: None,
        ..now.clone()
    })
}

/// Nothing yet: to be booted for the first time, and seeded, if that is worth keeping.
fn first(set: &DataSet, image: &str, mode: LayerMode) -> LiveData {
    match set.wanted {
        Some(_) => empty(set, image, mode, DataState::Seeding),
        None => empty(set, image, mode, DataState::Live),
    }
}

/// Whether it is a copy that is there, not one that is yet to be made.
fn is_copy(now: &LiveData, volume: &DataVolume, inventory: &Inventory) -> bool {
    now.mode == LayerMode::Copy && inventory.has_live(&volume.name)
}

fn empty(set: &DataSet, image: &str, mode: LayerMode, state: DataState) -> LiveData {
    LiveData {
        mode,
        below: Vec::new(),
        top: None,
        state,
        setup: set
            .wanted
            .as_ref()
            .map(|wanted| wanted.setup.clone())
            .unwrap_or_default(),
        seeds: None,
        image: image.to_owned(),
        seeded: 0,
        root: None,
        kept: false,
        from: None,
    }
}

/// The same data, with everything that was written so far below a fresh layer.
fn above(now: &LiveData, inventory: &Inventory) -> LiveData {
    if now.mode == LayerMode::Copy {
        return LiveData {
            top: None,
            ..now.clone()
        };
    }
    let top = now.top.as_deref().unwrap_or_default();
    let snapshot = inventory
        .snapshots
        .iter()
        .filter(|snapshot| snapshot.layers().any(|layer| layer == top))
        .max_by_key(|snapshot| snapshot.at);
    let root = snapshot.and_then(|snapshot| {
        let mut frozen = snapshot.volumes.values();
        frozen
            .find(|frozen| frozen.layers.iter().any(|layer| layer == top))?
            .root
    });
    LiveData {
        below: now.layers().map(str::to_owned).collect(),
        top: None,
        root: root.or(now.root),
        from: snapshot.map(|snapshot| snapshot.id.clone()),
        ..now.clone()
    }
}

/// As [`above`], for further seeds; what an interrupted run wrote is left out. Copied data is taken from the snapshot
/// that was just made of it.
fn further(volume: &DataVolume, now: &LiveData, inventory: &Inventory) -> LiveData {
    let newest = inventory
        .snapshots
        .iter()
        .filter(|snapshot| snapshot.kind == SnapshotKind::Automatic)
        .filter_map(|snapshot| Some((snapshot, snapshot.volumes.get(&volume.key)?)))
        .filter(|(snapshot, _)| {
            let project = volume.labels.get(crate::plan::Labels::PROJECT);
            project == Some(&snapshot.project)
        })
        .max_by_key(|(snapshot, _)| snapshot.at);
    let next = match now.state {
        DataState::Live if now.mode == LayerMode::Copy => match newest {
            Some((snapshot, frozen)) => thawed(frozen, &snapshot.id),
            None => above(now, inventory),
        },
        DataState::Live => above(now, inventory),
        DataState::Seeding => LiveData {
            top: None,
            ..now.clone()
        },
    };
    LiveData {
        state: DataState::Seeding,
        kept: true,
        ..next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Fingerprint;

    fn set() -> DataSet {
        DataSet {
            service: "db".to_owned(),
            volumes: vec![DataVolume {
                key: "data".to_owned(),
                name: "shop_data".to_owned(),
                target: "/data".to_owned(),
                labels: std::collections::BTreeMap::new(),
            }],
            wanted: Some(Fingerprint {
                setup: "setup".to_owned(),
                seeds: vec!["seed".to_owned()],
                sizes: vec![1],
            }),
        }
    }

    #[test]
    fn a_seeded_state_that_is_gone_when_it_was_just_kept_is_no_empty_one() {
        let decided = |source| {
            let (set, nothing) = (set(), Inventory::default());
            decide(&set, &source, "image", LayerMode::Overlay, &nothing)
        };
        let first = decided(DataSource::Seeded).expect("made anew");
        assert_eq!(first[0].1.state, DataState::Seeding);
        assert_eq!(
            decided(DataSource::Kept(1)).map(|all| all.len()),
            Err(ChainError::KeptGone("db".to_owned()))
        );
    }
}
