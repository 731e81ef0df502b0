//! How a service's image is built.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde::Serialize;

use crate::source::Span;

/// A `build` section.
#[derive(Debug, Clone, Serialize)]
pub struct Build {
    /// The folder sent to the engine (absolute), or a URL that the engine fetches itself.
    pub context: BuildContext,
    /// The Dockerfile.
    pub dockerfile: BuildFile,
    /// Build arguments; one without a value takes the build environment's.
    pub args: IndexMap<String, Option<String>>,
    /// The stage to build, if not the last.
    pub target: Option<String>,
    /// Further tags.
    pub tags: Vec<String>,
    /// Labels of the image.
    pub labels: IndexMap<String, String>,
    /// Images whose layers may be reused.
    pub cache_from: Vec<String>,
    /// The network of `RUN` commands.
    pub network: Option<String>,
    /// Added host names during the build, each `name:address`.
    pub extra_hosts: Vec<String>,
    /// Size of `/dev/shm` during the build, in bytes.
    pub shm_size: Option<i64>,
    /// `os/arch` to build for.
    pub platform: Option<String>,
    /// Whether base images are pulled even if present.
    pub pull: bool,
    /// Whether the build cache is left unused.
    pub no_cache: bool,
    /// Further contexts by name (`additional_contexts`).
    pub additional_contexts: IndexMap<String, String>,
    /// Secrets offered to `RUN --mount=type=secret`: id to host file.
    pub secrets: IndexMap<String, PathBuf>,
    /// SSH agents or keys offered to `RUN --mount=type=ssh`.
    pub ssh: Vec<String>,
    /// Where the manifest says so.
    pub span: Span,
}

impl Build {
    /// The images that further contexts are.
    pub fn context_images(&self) -> impl Iterator<Item = &str> {
        let contexts = self.additional_contexts.values();
        contexts.filter_map(|context| context.strip_prefix("docker-image://"))
    }
}

/// What a build starts from.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildContext {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A git repository or archive that the engine fetches.
    Remote(String),
}

/// Where the Dockerfile is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildFile {
    /// A path relative to the context, or absolute and possibly outside it.
    Path(PathBuf),
    /// Its text stands in the manifest.
    Inline(String),
}
