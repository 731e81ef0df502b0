//! Containers with files whose content the manifest gives.

use bytes::Bytes;

use super::{ContainerSpec, Engine, EngineError};
use crate::stack::{ContentFile, FileContent};

/// Creates a container and puts its files into it. A container that could not be given its files is removed again:
/// it must not be started without them. Gives the container's id.
pub async fn create_with_files(
    engine: &dyn Engine,
    spec: &ContainerSpec,
    files: &[ContentFile],
) -> Result<String, EngineError> {
    let id = engine.create_container(spec).await?;
    let archive = archive(files).map_err(|error| EngineError::File(error.to_string()))?;
    if let Some(archive) = archive
        && let Err(error) = engine.upload(&id, "/", archive).await
    {
        engine.remove_container(&id, true).await?;
        return Err(error);
    }
    Ok(id)
}

/// The files whose content the manifest gives, as an archive to be unpacked at the root.
fn archive(files: &[ContentFile]) -> std::io::Result<Option<Bytes>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut any = false;
    for file in files {
        let FileContent::Bytes(content) = &file.content else {
            continue;
        };
        any = true;
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(file.mode.unwrap_or(0o444));
        header.set_uid(number(file.uid.as_deref()));
        header.set_gid(number(file.gid.as_deref()));
        archive.append_data(
            &mut header,
            file.target.trim_start_matches('/'),
            content.as_slice(),
        )?;
    }
    Ok(if any {
        Some(archive.into_inner()?.into())
    } else {
        None
    })
}

fn number(id: Option<&str>) -> u64 {
    id.and_then(|id| id.parse().ok()).unwrap_or(0)
}
