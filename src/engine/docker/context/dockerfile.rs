//! Where the Dockerfile of a build is, and which files it leaves out.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::prepare::unreadable;
use crate::engine::EngineError;
use crate::engine::dockerfile::dockerfile_path;
use crate::engine::dockerignore::Ignore;
use crate::stack::BuildFile;

/// The name under which a Dockerfile from outside the context is sent.
const EXTRA_DOCKERFILE: &str = ".dockerfile.devstack";

/// The file that tells what is left out.
pub(super) const DOCKERIGNORE: &str = ".dockerignore";

/// Where the Dockerfile is.
pub(super) enum Place {
    /// In the context, under this name.
    Inside { name: String, path: PathBuf },
    /// Elsewhere, or only in the manifest.
    Outside {
        text: Vec<u8>,
        path: Option<PathBuf>,
    },
}

impl Place {
    /// Finds it.
    pub(super) fn of(folder: &Path, dockerfile: &BuildFile) -> Result<Self, EngineError> {
        let path = match dockerfile {
            BuildFile::Inline(text) => {
                return Ok(Self::Outside {
                    text: text.clone().into_bytes(),
                    path: None,
                });
            }
            BuildFile::Path(path) => dockerfile_path(folder, path),
        };
        let real = path
            .canonicalize()
            .map_err(|error| unreadable("Dockerfile", &path, &error))?;
        let root = folder
            .canonicalize()
            .map_err(|error| unreadable("build context", folder, &error))?;
        // What a link in the context points to must lie in the context too for the engine to read it.
        if real.starts_with(&root)
            && let Some(name) = plain_name(folder, &path)
        {
            return Ok(Self::Inside { name, path });
        }
        let text = fs::read(&path).map_err(|error| unreadable("Dockerfile", &path, &error))?;
        Ok(Self::Outside {
            text,
            path: Some(path),
        })
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Inside { path, .. } => Some(path),
            Self::Outside { path, .. } => path.as_deref(),
        }
    }
}

/// The path relative to the folder, if it leads there without detours.
fn plain_name(folder: &Path, path: &Path) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.strip_prefix(folder).ok()?.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// What the build of a folder leaves out of it.
///
/// # Errors
///
/// A file with patterns that cannot be read, or one that is none.
pub fn left_out_of_build(folder: &Path, dockerfile: &BuildFile) -> Result<Ignore, EngineError> {
    // Without a Dockerfile nothing is built yet, but the folder has its own file with patterns all the same.
    let place = Place::of(folder, dockerfile).unwrap_or(Place::Outside {
        text: Vec::new(),
        path: None,
    });
    Ok(ignore_file(folder, &place)?.0)
}

/// The patterns in force (`<Dockerfile>.dockerignore`, else `.dockerignore`), and the bytes of the context's own file
/// if it is there and not left out itself.
pub(super) fn ignore_file(
    folder: &Path,
    place: &Place,
) -> Result<(Ignore, Option<Vec<u8>>), EngineError> {
    let own_path = folder.join(DOCKERIGNORE);
    let own = read_if_there(&own_path)?;
    let beside = match place.path() {
        Some(path) => {
            let mut name = path.as_os_str().to_owned();
            name.push(DOCKERIGNORE);
            let path = PathBuf::from(name);
            read_if_there(&path)?.map(|bytes| (path, bytes))
        }
        None => None,
    };
    let (path, bytes) = beside.unwrap_or_else(|| (own_path, own.clone().unwrap_or_default()));
    let ignore = Ignore::parse(&String::from_utf8_lossy(&bytes)).map_err(|error| {
        EngineError::File(format!("`{}` cannot be used: {error}", path.display()))
    })?;
    let own = own.filter(|_| !ignore.leaves_out(DOCKERIGNORE));
    Ok((ignore, own))
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, EngineError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable("file", path, &error)),
    }
}

/// A name that no file of the context has.
pub(super) fn free_name(folder: &Path) -> String {
    let mut name = EXTRA_DOCKERFILE.to_owned();
    let mut number = 1;
    while folder.join(&name).symlink_metadata().is_ok() {
        number += 1;
        name = format!("{EXTRA_DOCKERFILE}{number}");
    }
    name
}
