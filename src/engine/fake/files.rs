//! Files that were put into containers and volumes, as tar archives come and go.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use bytes::Bytes;
use tar::{Archive, Builder, EntryType, Header};

use super::world::World;
use crate::engine::{EngineError, Result};

/// Files and folders by absolute path, without a slash at the end.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<String, (Header, Vec<u8>)>);

impl World {
    /// Unpacks an archive at a path of a container; what lies in a volume goes there.
    pub(super) fn unpack(&mut self, container: &str, path: &str, archive: &Bytes) -> Result<()> {
        let broken = |error: std::io::Error| EngineError::Api {
            status: 500,
            message: format!("unable to unpack the archive: {error}"),
        };
        let mut entries = Vec::new();
        for entry in Archive::new(Cursor::new(archive))
            .entries()
            .map_err(broken)?
        {
            let mut entry = entry.map_err(broken)?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let mut data = Vec::new();
            entry.read_to_end(&mut data).map_err(broken)?;
            entries.push((join(path, &name), entry.header().clone(), data));
        }
        let found = self.container(container)?;
        let mounts = found.mounts.clone();
        let id = found.id.clone();
        for (target, header, data) in entries {
            let volume = mounts
                .iter()
                .filter_map(|mount| Some((mount.name.as_ref()?, below(&target, &mount.target)?)))
                .max_by_key(|(_, rest)| std::cmp::Reverse(rest.len()));
            match volume {
                Some((name, rest)) => {
                    if let Some(volume) = self.volumes.get_mut(name) {
                        volume.files.0.insert(rest, (header, data));
                    }
                }
                None => {
                    if let Some(container) = self.containers.get_mut(&id) {
                        container.files.0.insert(target, (header, data));
                    }
                }
            }
        }
        Ok(())
    }

    /// The archive of a path of a container, its entries named from the path's last part on, as Docker's are.
    pub(super) fn pack(&mut self, container: &str, path: &str) -> Result<Bytes> {
        let found = self.container(container)?;
        let path = join("/", path);
        let mut all: BTreeMap<String, (Header, Vec<u8>)> = found.files.0.clone();
        let mounts = found.mounts.clone();
        for mount in mounts {
            all.entry(mount.target.clone())
                .or_insert_with(|| (folder(), Vec::new()));
            let volume = mount.name.as_ref().and_then(|name| self.volumes.get(name));
            for (rest, file) in volume.iter().flat_map(|volume| &volume.files.0) {
                all.insert(join(&mount.target, rest), file.clone());
            }
        }
        let base = path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut builder = Builder::new(Vec::new());
        let mut empty = true;
        for (target, (header, data)) in &all {
            let Some(rest) = below(target, &path) else {
                continue;
            };
            let mut name = join(&format!("/{base}"), &rest)[1..].to_owned();
            if header.entry_type() == EntryType::Directory {
                name.push('/');
            }
            let mut header = header.clone();
            builder
                .append_data(&mut header, name, data.as_slice())
                .map_err(|error| EngineError::Connection(error.to_string()))?;
            empty = false;
        }
        if empty {
            return Err(EngineError::NotFound(format!(
                "Could not find the file {path} in container {container}"
            )));
        }
        builder
            .into_inner()
            .map(Bytes::from)
            .map_err(|error| EngineError::Connection(error.to_string()))
    }
}

/// `name` below `folder`, with `.` and doubled slashes taken out.
fn join(folder: &str, name: &str) -> String {
    let parts: Vec<&str> = folder
        .split('/')
        .chain(name.split('/'))
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    format!("/{}", parts.join("/"))
}

/// The part of `path` below `folder`: `/` for the folder itself.
fn below(path: &str, folder: &str) -> Option<String> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    match rest {
        "" => Some("/".to_owned()),
        rest if rest.starts_with('/') => Some(rest.to_owned()),
        _ => None,
    }
}

fn folder() -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Directory);
    header.set_mode(0o755);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(0);
    header
}
