//! Where a build's Dockerfile is, and its text.

use std::path::{Path, PathBuf};

use crate::engine::EngineError;
use crate::stack::{Build, BuildContext, BuildFile};

/// The text of a build's Dockerfile; `None` if the engine fetches it itself.
pub fn read_dockerfile(build: &Build) -> Result<Option<String>, EngineError> {
    let path = match (&build.dockerfile, &build.context) {
        (BuildFile::Inline(text), _) => return Ok(Some(text.clone())),
        (BuildFile::Path(_), BuildContext::Remote(_)) => return Ok(None),
        (BuildFile::Path(path), BuildContext::Folder(folder)) => dockerfile_path(folder, path),
    };
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) => Err(EngineError::File(format!(
            "the Dockerfile `{}` cannot be read: {error}",
            path.display()
        ))),
    }
}

/// Where the Dockerfile of a build lies.
pub(in crate::engine) fn dockerfile_path(context: &Path, dockerfile: &Path) -> PathBuf {
    context.join(dockerfile)
}
