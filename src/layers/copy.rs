//! Copying, where the engine cannot mount overlays.
//!
//! A copied live volume is a plain volume with everything in it. Its `top` is the name of an empty volume that is
//! made when the copy is whole; a live volume whose `top` is missing is the rest of a copy that was interrupted.

use std::time::Duration;

use crate::engine::{ContainerSpec, EngineError, EngineHandle, MountSource, MountSpec, VolumeSpec};
use crate::plan::{DataVolume, Labels, LiveData, layer_labels};

use super::door::unique;

/// A folder of a volume.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The volume.
    pub(super) volume: &'a str,
    /// The folder, from the volume's root; empty for the root itself.
    pub(super) folder: &'a str,
}

/// Makes a live volume with the content of a layer, if it starts from one.
pub(super) async fn place(
    engine: &EngineHandle,
    project: &str,
    image: &str,
    volume: &DataVolume,
    live: LiveData,
) -> Result<(), EngineError> {
    let mark = unique();
    let live = LiveData {
        top: Some(mark.clone()),
        ..live
    };
    let mut labels = volume.labels.clone();
    labels.extend([live.label()]);
    engine.remove_volume(&volume.name).await?;
    engine
        .create_volume(&VolumeSpec {
            name: volume.name.clone(),
            labels,
            ..VolumeSpec::default()
        })
        .await?;
    if let Some(layer) = live.below.last() {
        let from = Place {
            volume: layer,
            folder: "data",
        };
        let to = Place {
            volume: &volume.name,
            folder: "",
        };
        copy(engine, project, image, from, to).await?;
    }
    engine
        .create_volume(&VolumeSpec {
            name: mark,
            labels: layer_labels(project),
            ..VolumeSpec::default()
        })
        .await?;
    Ok(())
}

/// Copies a live volume into a new layer, and gives its name.
pub(super) async fn freeze(
    engine: &EngineHandle,
    project: &str,
    image: &str,
    volume: &str,
) -> Result<String, EngineError> {
    let layer = unique();
    engine
        .create_volume(&VolumeSpec {
            name: layer.clone(),
            labels: layer_labels(project),
            ..VolumeSpec::default()
        })
        .await?;
    let from = Place { volume, folder: "" };
    let to = Place {
        volume: &layer,
        folder: "data",
    };
    copy(engine, project, image, from, to).await?;
    Ok(layer)
}

/// Copies everything in a folder. In the engine, by the image's own `cp`; an image without one has the data pass
/// through here, as an archive.
async fn copy(
    engine: &EngineHandle,
    project: &str,
    image: &str,
    from: Place<'_>,
    to: Place<'_>,
) -> Result<(), EngineError> {
    let source = path(0, from.folder);
    let target = path(1, to.folder);
    let mut spec = ContainerSpec::new(unique(), image);
    spec.labels
        .insert(Labels::DOOR.to_owned(), project.to_owned());
    "none".clone_into(&mut spec.network_mode);
    spec.options.user = Some("0:0".to_owned());
    spec.options.entrypoint = Some(vec!["cp".to_owned()]);
    spec.options.command = Some(vec!["-a".to_owned(), format!("{source}/."), target.clone()]);
    spec.mounts = vec![mount(0, from.volume), mount(1, to.volume)];
    let id = engine.create_container(&spec).await?;
    let copied = async {
        if !to.folder.is_empty() {
            engine.upload(&id, &path(1, ""), folder(to.folder)?).await?;
        }
        let ran = match engine.start_container(&id).await {
            Ok(()) => engine.wait_container(&id).await? == 0,
            // There is no such program.
            Err(_) => false,
        };
        if ran {
            return Ok(());
        }
        let archive = engine.download(&id, &format!("{source}/.")).await?;
        engine.upload_stream(&id, &target, archive).await
    };
    let copied = copied.await;
    engine.kill_container(&id, "SIGKILL").await.ok();
    tokio::time::timeout(Duration::from_mins(1), engine.remove_container(&id, true))
        .await
        .unwrap_or(Ok(()))?;
    copied
}

fn path(index: usize, folder: &str) -> String {
    let root = format!("/devstack/{index}");
    if folder.is_empty() {
        root
    } else {
        format!("{root}/{folder}")
    }
}

fn mount(index: usize, volume: &str) -> MountSpec {
    MountSpec {
        target: path(index, ""),
        source: MountSource::Volume {
            name: volume.to_owned(),
            no_copy: true,
            subpath: None,
        },
        read_only: false,
        consistency: None,
    }
}

/// An archive with an empty folder; `cp -a` gives it the source's owner and mode.
fn folder(name: &str) -> Result<bytes::Bytes, EngineError> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_size(0);
    header.set_mode(0o755);
    let made = archive
        .append_data(&mut header, format!("{name}/"), std::io::empty())
        .and_then(|()| archive.into_inner());
    made.map(Into::into)
        .map_err(|error| EngineError::File(error.to_string()))
}
