//! A way into volumes: a container that is created and never started.

use futures_util::StreamExt as _;

use crate::engine::{
    ContainerSpec, ContainerSummary, EngineError, EngineHandle, MountSource, MountSpec,
};
use crate::plan::{Labels, Root};

/// How much of an archive is read for its first header, extended ones before it included.
const HEADERS: usize = 8 << 10;
/// Where the volumes are mounted, each in a folder with its index.
const FOLDER: &str = "/devstack";

/// A container that mounts volumes and is removed when it is [closed](Self::close).
pub(super) struct Door<'a> {
    engine: &'a EngineHandle,
    id: String,
}

impl<'a> Door<'a> {
    /// A door of this project's to volumes that are there. The image must be there too; nothing of it runs.
    pub(super) async fn open(
        engine: &'a EngineHandle,
        project: &str,
        image: &str,
        volumes: &[&str],
    ) -> Result<Self, EngineError> {
        let mut spec = ContainerSpec::new(unique(), image);
        spec.labels
            .insert(Labels::DOOR.to_owned(), project.to_owned());
        "none".clone_into(&mut spec.network_mode);
        // An image need not have a command, a container must.
        spec.options.entrypoint = Some(vec!["/never-run".to_owned()]);
        spec.mounts = volumes
            .iter()
            .enumerate()
            .map(|(index, name)| MountSpec {
                target: Self::path(index),
                source: MountSource::Volume {
                    name: (*name).to_owned(),
                    no_copy: true,
                    subpath: None,
                },
                read_only: false,
                consistency: None,
            })
            .collect();
        let id = engine.create_container(&spec).await?;
        Ok(Self { engine, id })
    }

    /// Where the volume with this index is.
    fn path(index: usize) -> String {
        format!("{FOLDER}/{index}")
    }

    /// Makes the folders of layers, in all volumes at once.
    pub(super) async fn make_layers(&self, roots: &[Option<Root>]) -> Result<(), EngineError> {
        let archive = folders(roots).map_err(|error| EngineError::File(error.to_string()))?;
        self.engine.upload(&self.id, FOLDER, archive.into()).await
    }

    /// Owner and mode of the top folder of the volume with this index. The engine mounts it for that.
    pub(super) async fn root(&self, index: usize) -> Result<Option<Root>, EngineError> {
        root(self.engine, &self.id, &Self::path(index)).await
    }

    /// Removes the container.
    pub(super) async fn close(self) -> Result<(), EngineError> {
        self.engine.remove_container(&self.id, true).await
    }
}

/// The doors of a project that are open.
pub(super) async fn doors(
    engine: &EngineHandle,
    project: &str,
) -> Result<Vec<ContainerSummary>, EngineError> {
    let label = format!("{}={project}", Labels::DOOR);
    engine.containers(&[label]).await
}

/// Whether a container mounts this volume.
pub(super) fn mounts(container: &ContainerSummary, volume: &str) -> bool {
    let mut mounts = container.mounts.iter();
    mounts.any(|mount| mount.name.as_deref() == Some(volume))
}

/// Owner and mode of a folder of a container, which need not run.
pub(super) async fn root(
    engine: &EngineHandle,
    container: &str,
    path: &str,
) -> Result<Option<Root>, EngineError> {
    let mut stream = match engine.download(container, path).await {
        Err(EngineError::NotFound(_)) => return Ok(None),
        other => other?,
    };
    let mut start = Vec::new();
    while start.len() < HEADERS {
        match stream.next().await {
            Some(piece) => start.extend_from_slice(&piece?),
            None => break,
        }
    }
    // The rest may be gigabytes: the engine stops when nobody reads on.
    drop(stream);
    Ok(first_header(&start))
}

fn first_header(archive: &[u8]) -> Option<Root> {
    let mut archive = tar::Archive::new(archive);
    let entry = archive.entries().ok()?.next()?.ok()?;
    let header = entry.header();
    Some(Root {
        uid: header.uid().ok()?,
        gid: header.gid().ok()?,
        mode: header.mode().ok()? & 0o7777,
    })
}

/// The folders of layers, each in the folder with its index, as an archive. The data folder gets the owner and mode of
/// what it will cover.
fn folders(roots: &[Option<Root>]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let ours = Root {
        uid: 0,
        gid: 0,
        mode: 0o755,
    };
    let named = roots.iter().enumerate().flat_map(|(index, root)| {
        [
            (format!("{index}/data/"), root.unwrap_or(ours)),
            (format!("{index}/work/"), ours),
            (format!("{index}/none/"), ours),
        ]
    });
    for (name, root) in named {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_size(0);
        header.set_uid(root.uid);
        header.set_gid(root.gid);
        header.set_mode(root.mode);
        archive.append_data(&mut header, name, std::io::empty())?;
    }
    archive.into_inner()
}

/// A name that nothing has yet. It is short: the names of all layers of a volume have to fit into one page.
pub(super) fn unique() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let number = RandomState::new().hash_one(std::process::id());
    format!("devstack-{:012x}", number & 0xffff_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layers_data_folder_has_the_owner_it_is_given() {
        let root = Root {
            uid: 999,
            gid: 998,
            mode: 0o700,
        };
        let archive = folders(&[Some(root)]).expect("an archive");
        assert_eq!(first_header(&archive), Some(root));
    }

    #[test]
    fn names_are_not_given_twice() {
        let names: std::collections::HashSet<String> = (0..1000).map(|_| unique()).collect();
        assert_eq!(names.len(), 1000);
    }
}
