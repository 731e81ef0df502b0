//! Copying, where the engine cannot mount overlays.
//!
//! A copied live volume is a plain volume with everything in it. While it is being made there is a note beside it that
//! tells what it will be ([`Pending`]); one that has such a note is the rest of a copy that was interrupted.

use std::time::Duration;

use crate::engine::{ContainerSpec, EngineError, EngineHandle, MountSource, MountSpec, VolumeSpec};
use crate::plan::{DataVolume, Labels, LiveData, Pending, layer_labels};

use super::door::{doors, mounts, unique};
use super::release::remove_live;

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
    let live = LiveData {
        top: Some(unique()),
        ..live
    };
    let mut spec = VolumeSpec {
        name: volume.name.clone(),
        labels: volume.labels.clone(),
        ..VolumeSpec::default()
    };
    spec.labels.extend([live.label()]);
    let note = Pending::note(&spec);
    close_doors(engine, project, &volume.name).await?;
    // What an older note tells is not true any more, and a volume's labels cannot be changed.
    engine.remove_volume(&note.name).await?;
    engine.create_volume(&note).await?;
    remove_live(engine, project, &volume.name).await?;
    engine.create_volume(&spec).await?;
    if let Some(layer) = live.below.last() {
        let from = Place {
            volume: layer,
            folder: "data",
        };
        let to = Place {
            volume: &volume.name,
            folder: "",
        };
        copy(engine, project, image, from, to, Some(&note.name)).await?;
    }
    engine.remove_volume(&note.name).await
}

/// Ends the copying of a run that was killed: the engine goes on with its last call, even with one that it had only
/// begun when this run looked.
async fn close_doors(
    engine: &EngineHandle,
    project: &str,
    volume: &str,
) -> Result<(), EngineError> {
    for door in doors(engine, project).await? {
        if mounts(&door, volume) {
            engine.remove_container(&door.id, true).await?;
        }
    }
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
    copy(engine, project, image, from, to, None).await?;
    Ok(layer)
}

/// Copies everything in a folder. In the engine, by the image's own `cp`; an image without one has the data pass
/// through here, as an archive. The note is mounted as well, so that nobody removes it as a volume without a use while
/// there is a container that copies.
async fn copy(
    engine: &EngineHandle,
    project: &str,
    image: &str,
    from: Place<'_>,
    to: Place<'_>,
    note: Option<&str>,
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
    spec.mounts.extend(note.map(|note| mount(2, note)));
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
