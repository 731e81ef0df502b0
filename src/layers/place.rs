//! Puts live volumes in place.

use std::collections::HashMap;

use futures_util::future::try_join_all;

use super::DataError;
use super::door::{Door, unique};
use super::overlay::live_volume;
use crate::engine::{EngineHandle, VolumeDetail, VolumeSpec};
use crate::plan::{DataVolume, LiveData, Pending, Root, layer_labels};

/// Makes a fresh layer for each volume, and the volume anew above it. Nothing may use the old ones any more.
pub(super) async fn place(
    engine: &EngineHandle,
    project: &str,
    image: &str,
    volumes: Vec<(DataVolume, LiveData)>,
    known: &[VolumeDetail],
) -> Result<(), DataError> {
    let layers: Vec<String> = volumes.iter().map(|_| unique()).collect();
    let roots: Vec<Option<Root>> = volumes.iter().map(|(_, live)| live.root).collect();
    let made = make_layers(engine, project, image, &layers, &roots).await?;
    let mut places: HashMap<String, String> = HashMap::new();
    for volume in known.iter().chain(&made) {
        places.insert(volume.name.clone(), volume.mountpoint.clone());
    }
    let specs: Vec<VolumeSpec> = volumes
        .into_iter()
        .zip(&layers)
        .map(|((volume, live), layer)| {
            let live = LiveData {
                top: Some(layer.clone()),
                ..live
            };
            live_volume(&volume, &live, &places)
        })
        .collect::<Result<_, _>>()?;
    let there = |spec: &VolumeSpec| known.iter().any(|volume| volume.name == spec.name);
    try_join_all(specs.iter().map(|spec| async move {
        let note = Pending::note(spec);
        if there(spec) {
            // What an older note tells is not true any more, and a volume's labels cannot be changed.
            engine.remove_volume(&note.name).await?;
            engine.create_volume(&note).await?;
        }
        engine.remove_volume(&spec.name).await?;
        engine.create_volume(spec).await?;
        engine.remove_volume(&note.name).await
    }))
    .await?;
    Ok(())
}

/// Makes the volumes of layers, with their folders.
async fn make_layers(
    engine: &EngineHandle,
    project: &str,
    image: &str,
    names: &[String],
    roots: &[Option<Root>],
) -> Result<Vec<VolumeDetail>, DataError> {
    try_join_all(names.iter().map(|name| async move {
        engine
            .create_volume(&VolumeSpec {
                name: name.clone(),
                labels: layer_labels(project),
                ..VolumeSpec::default()
            })
            .await
    }))
    .await?;
    let volumes: Vec<&str> = names.iter().map(String::as_str).collect();
    let door = Door::open(engine, project, image, &volumes).await?;
    let filled = door.make_layers(roots).await;
    door.close().await?;
    filled?;
    let made = try_join_all(names.iter().map(|name| engine.volume(name))).await?;
    Ok(made.into_iter().flatten().collect())
}
