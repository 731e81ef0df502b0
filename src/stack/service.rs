//! One service.

use std::path::Path;
use std::time::Duration;

use indexmap::IndexMap;
use serde::Serialize;

use super::{
    Attachment, Build, Check, Container, Mount, MountKind, NetworkMode, Port, Readiness, Seed,
    Watch,
};
use crate::catalog::{self, Facts};
use crate::source::Span;

/// One service of a stack.
#[derive(Debug, Clone, Serialize)]
pub struct Service {
    /// Its key in the manifest.
    pub name: String,
    /// Where the manifest names it.
    pub span: Span,
    /// The image that its containers are made from; for a built service without `image`, `<project>-<service>`.
    pub image: String,
    /// Where the manifest names the image, if it does.
    pub image_span: Option<Span>,
    /// How the image is built, if it is.
    pub build: Option<Build>,
    /// When the image is pulled.
    pub pull_policy: PullPolicy,
    /// `os/arch[/variant]` to ask the engine for.
    pub platform: Option<String>,
    /// A fixed container name; else `<project>-<service>-<number>`.
    pub container_name: Option<String>,
    /// How many containers.
    pub replicas: u32,
    /// The options that go to the engine as they are.
    pub container: Container,
    /// What is mounted where.
    pub mounts: Vec<Mount>,
    /// Secrets and configs, as files in the container.
    pub files: Vec<ContentFile>,
    /// Published ports.
    pub ports: Vec<Port>,
    /// The network namespace that it uses.
    pub network_mode: NetworkMode,
    /// Networks it is attached to, by key, in order; empty unless `network_mode` is [`NetworkMode::Networks`].
    pub networks: IndexMap<String, Attachment>,
    /// What must be there before it starts.
    pub depends_on: Vec<Dependency>,
    /// When it counts as ready.
    pub readiness: Readiness,
    /// What its data starts from, in order.
    pub seeds: Vec<Seed>,
    /// Commands run in the container after it started.
    pub post_start: Vec<Hook>,
    /// Commands run in the container before it is stopped.
    pub pre_stop: Vec<Hook>,
    /// What is done when files change while somebody works on them.
    pub watches: Vec<Watch>,
    /// How long it gets to stop by itself; the engine's default (10 s) if not set.
    pub stop_grace_period: Option<Duration>,
    /// Path or URL to show and open.
    pub open: Option<String>,
    /// The profiles that it belongs to.
    pub profiles: Vec<String>,
    /// The catalogue's name for the software that its image holds (`postgres`, …), if it is recognised.
    pub family: Option<&'static str>,
}

impl Service {
    /// Whether it is done, not ready, when it has succeeded: it ends by itself with exit code 0.
    pub fn is_one_shot(&self) -> bool {
        self.readiness.checks.contains(&Check::Completed)
    }

    /// The software that it runs as a server, not as the client of a job: the catalogue's entry.
    pub fn server(&self) -> Option<&'static dyn catalog::Family> {
        let family = catalog::family(self.family?)?;
        let command = self.container.command.as_deref().unwrap_or_default();
        let names = family.servers();
        let serves = command.first().is_none_or(|first| {
            let program = first.rsplit('/').next().unwrap_or_default();
            first.starts_with('-') || names.is_empty() || names.contains(&program)
        });
        (serves && self.container.entrypoint.is_none()).then_some(family)
    }

    /// What the catalogue is told of it.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            image: &self.image,
            environment: &self.container.environment,
            command: self.container.command.as_deref().unwrap_or_default(),
        }
    }

    /// Whether a path of this machine is mounted into it.
    pub fn shows(&self, path: &Path) -> bool {
        self.mounts.iter().any(|mount| {
            matches!(&mount.kind, MountKind::Bind { source, .. } if path.starts_with(source))
        })
    }

    /// The name of its container with this number, from 1.
    pub fn container_name(&self, project: &str, number: u32) -> String {
        self.container_name
            .clone()
            .unwrap_or_else(|| format!("{project}-{}-{number}", self.name))
    }
}

/// A dependency of a service.
#[derive(Debug, Clone, Serialize)]
pub struct Dependency {
    /// The service depended on.
    pub service: String,
    /// What must be true of it.
    pub condition: Condition,
    /// Whether the dependent is restarted when it is recreated or restarted.
    pub restart: bool,
    /// Whether its absence or failure is an error, not a warning.
    pub required: bool,
    /// Where the manifest says so.
    pub span: Span,
}

/// What must be true of a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Its container runs (Compose's `service_started`).
    Started,
    /// Its readiness check passed and its seeds are applied (Compose's `service_healthy`).
    Ready,
    /// It ended with exit code 0 (Compose's `service_completed_successfully`).
    Completed,
}

/// When an image is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PullPolicy {
    /// At every `up`.
    Always,
    /// When the engine has none.
    Missing,
    /// Never: it must be there.
    Never,
    /// It is built, never pulled.
    Build,
    /// When the local one is older than this (`daily`, `weekly`, `every_<duration>`).
    Every(Duration),
}

/// A secret or config: a file with given content in the container.
///
/// The content never reaches a label, a log or an event; the configuration hash sees its digest only.
#[derive(Clone, Serialize)]
pub struct ContentFile {
    /// The absolute path in the container.
    pub target: String,
    /// The content: a host file to bind read-only, or bytes to write.
    #[serde(skip)]
    pub content: FileContent,
    /// SHA-256 of the content in hex, or the host path.
    pub digest: String,
    /// Owner, `0` by default.
    pub uid: Option<String>,
    /// Group, `0` by default.
    pub gid: Option<String>,
    /// Mode bits, such as `0o444`.
    pub mode: Option<u32>,
    /// Where the manifest asks for it.
    #[serde(skip)]
    pub span: Span,
}

/// Where a [`ContentFile`] has its content from.
#[derive(Clone)]
pub enum FileContent {
    /// A file of the host, bound read-only as Compose does.
    HostFile(std::path::PathBuf),
    /// Bytes, written into the container before it starts.
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for ContentFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContentFile({} at {})", self.target, self.span)
    }
}

/// A command run in a container at a point of its life.
#[derive(Debug, Clone, Serialize)]
pub struct Hook {
    /// The command and its arguments.
    pub command: Vec<String>,
    /// The user, if not the container's.
    pub user: Option<String>,
    /// Whether it gets all capabilities.
    pub privileged: bool,
    /// Its working folder, if not the container's.
    pub working_dir: Option<String>,
    /// Added environment.
    pub environment: IndexMap<String, String>,
    /// Where the manifest asks for it.
    pub span: Span,
}
