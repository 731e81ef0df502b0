//! Whether an engine mounts overlays of layers, tried with a layer of its own that goes again.

use super::door::{Door, unique};
use super::overlay::driver_options;
use super::{DataError, LayerMaker};
use crate::engine::{EngineError, EngineHandle, VolumeSpec};
use crate::plan::layer_labels;

/// Tries it: `None` if it works, else the engine's words. `owner` stands in the labels of what is made meanwhile;
/// `image` must be there, nothing of it runs.
pub async fn try_overlay(
    engine: &EngineHandle,
    owner: &str,
    image: &str,
) -> Result<Option<String>, DataError> {
    let made = LayerMaker::new(EngineHandle::clone(engine))
        .make(owner, image, &[None])
        .await?;
    let Some(layer) = made.first() else {
        return Err(DataError::NoImage(image.to_owned()));
    };
    let top = &layer.mountpoint;
    let overlay = VolumeSpec {
        name: unique(),
        driver: Some("local".to_owned()),
        driver_opts: driver_options(&format!("{top}/none"), top),
        labels: layer_labels(owner),
    };
    let tried = mount(engine, owner, image, &overlay).await;
    engine.remove_volume(&overlay.name).await?;
    engine.remove_volume(&layer.name).await?;
    match tried {
        Ok(()) => Ok(None),
        Err(EngineError::Api { message, .. }) => Ok(Some(message)),
        Err(error) => Err(error.into()),
    }
}

/// Has the engine mount a volume.
async fn mount(
    engine: &EngineHandle,
    owner: &str,
    image: &str,
    volume: &VolumeSpec,
) -> Result<(), EngineError> {
    engine.create_volume(volume).await?;
    let door = Door::open(engine, owner, image, &[&volume.name]).await?;
    let seen = door.root(0).await;
    door.close().await?;
    seen.map(drop)
}
