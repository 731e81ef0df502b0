//! What the caller says about which manifest to load, and how.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::file::STANDARD_INPUT;

/// What the command line and the surroundings say.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// The folder that the user is in.
    pub directory: PathBuf,
    /// Manifest files (`-f`); when there are none, `COMPOSE_FILE` and then discovery decide. `-` is standard input.
    pub files: Vec<PathBuf>,
    /// What stands on standard input, if it is to be read as a manifest.
    pub standard_input: Option<Arc<[u8]>>,
    /// The folder from which relative paths start, if not that of the first file.
    pub project_directory: Option<PathBuf>,
    /// The project's name (`-p`).
    pub project_name: Option<String>,
    /// Which copy of the stack it is; its name goes behind the project's.
    pub instance: Option<String>,
    /// Profiles that are on.
    pub profiles: Vec<String>,
    /// Env files in place of `.env`.
    pub env_files: Vec<PathBuf>,
    /// Services named on the command line: switched on whatever their profile.
    pub services: Vec<String>,
    /// The environment of the process.
    pub environment: IndexMap<String, String>,
    /// A file with what is to stand in it: it is read as if it did.
    pub unwritten: Option<(PathBuf, Arc<[u8]>)>,
    /// The user's home folder, for `~`.
    pub home: Option<PathBuf>,
}

/// Whether standard input is one of these manifest files.
pub fn names_standard_input(files: &[PathBuf]) -> bool {
    files.iter().any(|file| file == Path::new(STANDARD_INPUT))
}
