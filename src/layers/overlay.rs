//! A live volume as an overlay that the engine mounts.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::DataError;
use crate::engine::VolumeSpec;
use crate::plan::{ChainError, DataVolume, LiveData, MOST_MOUNT_OPTIONS};

/// The live volume; `places` tells where the engine keeps each layer.
pub(super) fn live_volume(
    volume: &DataVolume,
    live: &LiveData,
    places: &HashMap<String, String>,
) -> Result<VolumeSpec, DataError> {
    let place = |layer: &str| {
        places.get(layer).ok_or_else(|| ChainError::LayerGone {
            volume: volume.name.clone(),
            layer: layer.to_owned(),
        })
    };
    let top = place(live.top.as_deref().unwrap_or_default())?;
    // The first one named is the uppermost.
    let mut lower = Vec::new();
    for layer in live.below.iter().rev() {
        lower.push(format!("{}/data", place(layer)?));
    }
    if lower.is_empty() {
        lower.push(format!("{top}/none"));
    }
    let driver_opts = driver_options(&lower.join(":"), top);
    if driver_opts["o"].len() > MOST_MOUNT_OPTIONS {
        return Err(DataError::TooDeep {
            volume: volume.name.clone(),
            layers: live.below.len(),
        });
    }
    let mut labels = volume.labels.clone();
    labels.extend([live.label()]);
    Ok(VolumeSpec {
        name: volume.name.clone(),
        driver: Some("local".to_owned()),
        driver_opts,
        labels,
    })
}

/// What has the engine mount an overlay: `lower` folders, joined by colons, below the layer at `top`.
pub(super) fn driver_options(lower: &str, top: &str) -> IndexMap<String, String> {
    let options = format!("lowerdir={lower},upperdir={top}/data,workdir={top}/work");
    IndexMap::from([
        ("type".to_owned(), "overlay".to_owned()),
        ("device".to_owned(), "overlay".to_owned()),
        ("o".to_owned(), options),
    ])
}
