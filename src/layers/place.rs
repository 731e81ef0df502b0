//! Puts live volumes in place.

use std::collections::HashMap;

use futures_util::future::try_join_all;

use super::overlay::live_volume;
use super::release::remove_live;
use super::{DataError, LayerMaker};
use crate::engine::{EngineHandle, VolumeDetail, VolumeSpec};
use crate::plan::{DataState, DataVolume, LiveData, Pending, Root};

/// Makes a fresh layer for each volume, and the volume anew above it. Nothing may use the old ones any more.
pub(super) async fn place(
    engine: &EngineHandle,
    maker: &LayerMaker,
    project: &str,
    image: &str,
    volumes: Vec<(DataVolume, LiveData)>,
    known: &[VolumeDetail],
) -> Result<(), DataError> {
    let roots: Vec<Option<Root>> = volumes.iter().map(|(_, live)| live.root).collect();
    let made = maker.make(project, image, &roots).await?;
    let mut places: HashMap<String, String> = HashMap::new();
    for volume in known.iter().chain(&made) {
        places.insert(volume.name.clone(), volume.mountpoint.clone());
    }
    let specs: Vec<VolumeSpec> = volumes
        .into_iter()
        .zip(&made)
        .map(|((volume, live), layer)| {
            let live = LiveData {
                top: Some(layer.name.clone()),
                ..live
            };
            live_volume(&volume, &live, &places)
        })
        .collect::<Result<_, _>>()?;
    try_join_all(
        specs
            .iter()
            .map(|spec| replace(engine, project, spec, known)),
    )
    .await?;
    Ok(())
}

/// Makes a live volume in the place of the one that there may be.
async fn replace(
    engine: &EngineHandle,
    project: &str,
    spec: &VolumeSpec,
    known: &[VolumeDetail],
) -> Result<(), DataError> {
    let of_name = |name: &str| known.iter().find(|volume| volume.name == name);
    let note = Pending::note(spec);
    let mut noted = of_name(&note.name).is_some();
    if let Some(old) = of_name(&spec.name) {
        // Whoever found half-seeded data would put the seeded state in its place as well, without being told.
        let worthless = LiveData::from_volume(old)
            .is_some_and(|old| old.state == DataState::Seeding && !old.kept);
        if !worthless {
            // What an older note tells is not true any more, and a volume's labels cannot be changed.
            if noted {
                engine.remove_volume(&note.name).await?;
            }
            engine.create_volume(&note).await?;
            noted = true;
        }
        remove_live(engine, project, &spec.name).await?;
    }
    engine.create_volume(spec).await?;
    if noted {
        engine.remove_volume(&note.name).await?;
    }
    Ok(())
}
