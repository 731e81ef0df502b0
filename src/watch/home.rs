//! Where in a container files go, and whose they are there.
//!
//! Files belong to whom the folder belongs that they are put into, as if a program in the container had written them
//! there: one that runs as another user than root can go on working with them.

use std::io::Cursor;

use bytes::Bytes;
use futures_util::StreamExt as _;

use crate::engine::{Engine, EngineError};

/// So much of an archive has the description of its first entry.
const ENOUGH: usize = 8 * 1024;

/// A folder that is there in a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Home {
    /// The folder.
    pub(super) folder: String,
    /// What is missing between it and the folder that was looked for, with a slash behind it if it is anything.
    pub(super) missing: String,
    /// Its owner.
    pub(super) owner: (u64, u64),
}

/// The folder, or the nearest above it that is there.
pub(super) async fn find(
    engine: &dyn Engine,
    container: &str,
    folder: &str,
) -> Result<Home, EngineError> {
    let mut at = folder.trim_end_matches('/');
    loop {
        let found = if at.is_empty() { "/" } else { at };
        match first(engine, container, &format!("{at}/.")).await {
            Ok(bytes) => {
                return Ok(Home {
                    folder: found.to_owned(),
                    missing: match folder[at.len()..].trim_matches('/') {
                        "" => String::new(),
                        missing => format!("{missing}/"),
                    },
                    owner: owner(&bytes).unwrap_or_default(),
                });
            }
            Err(EngineError::NotFound(_)) if !at.is_empty() => {
                at = at.rsplit_once('/').map_or("", |(above, _)| above);
            }
            Err(error) => return Err(error),
        }
    }
}

/// The beginning of the archive of a path.
async fn first(engine: &dyn Engine, container: &str, path: &str) -> Result<Vec<u8>, EngineError> {
    let mut archive = engine.download(container, path).await?;
    let mut bytes: Vec<u8> = Vec::new();
    while bytes.len() < ENOUGH
        && let Some(piece) = archive.next().await
    {
        let piece: Bytes = piece?;
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The owner of an archive's first entry.
fn owner(archive: &[u8]) -> Option<(u64, u64)> {
    let mut archive = tar::Archive::new(Cursor::new(archive));
    let first = archive.entries().ok()?.next()?.ok()?;
    let header = first.header();
    Some((header.uid().ok()?, header.gid().ok()?))
}
