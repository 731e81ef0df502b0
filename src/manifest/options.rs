//! What the caller says about which manifest to load, and how.

use std::path::PathBuf;

use indexmap::IndexMap;

/// What the command line and the surroundings say.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// The folder that the user is in.
    pub directory: PathBuf,
    /// Manifest files (`-f`); when there are none, `COMPOSE_FILE` and then discovery decide.
    pub files: Vec<PathBuf>,
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
    /// The user's home folder, for `~`.
    pub home: Option<PathBuf>,
}
