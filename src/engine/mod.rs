//! The container engine, as devstack sees it.
//!
//! [`Engine`] is the one trait that everything above talks to, in our own narrow types. `docker` implements it
//! with bollard and is the only place that knows bollard; `fake` implements it in memory for tests. Policy (what to
//! do, in which order, how often) is not here.

pub mod connect;
mod container;
mod credentials;
pub mod docker;
pub mod dockerfile;
pub mod dockerignore;
mod endpoint;
mod error;
mod event;
mod exec;
pub mod fake;
mod files;
mod image;
mod info;
mod network;
mod volume;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use tokio::io::AsyncRead;

pub use container::{
    ContainerDetail, ContainerSpec, ContainerState, ContainerSummary, Health, MountPoint,
    MountSource, MountSpec, PortBinding, PortSpec,
};
pub use credentials::{Anonymous, Credentials, RegistryAuth};
pub use docker::DockerEngine;
pub use endpoint::Endpoint;
pub use error::{EngineError, Unreachable};
pub use event::{EngineEvent, EngineEventKind};
pub use exec::{Attached, ExecSpec, LogLine, LogOptions, Output, OutputStream};
pub use files::create_with_files;
pub use image::{BuildProgress, BuildRequest, Image, ImageSummary, PullProgress, PullRequest};
pub use info::{EngineInfo, EngineProxies};
pub use network::{EndpointSpec, NetworkDetail, NetworkSpec};
pub use volume::{VolumeDetail, VolumeSpec};

/// What an engine call gives.
pub type Result<T, E = EngineError> = std::result::Result<T, E>;

/// A shared engine.
pub type EngineHandle = Arc<dyn Engine>;

/// Labels that a listed thing must have, each `key` or `key=value`.
pub type LabelFilter = [String];

/// A container engine with Docker's API, 1.41 or later.
///
/// Containers, networks and volumes are named by id or name alike, as the API does. A thing that is not there is
/// `Ok(None)` where a method returns an option, [`EngineError::NotFound`] elsewhere.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Where it is reached, such as `unix:///var/run/docker.sock`.
    fn address(&self) -> &str;
    /// Who answers: versions, platform, storage. The engine is asked once, however often this is called: it starts
    /// programs of its own to find out.
    async fn info(&self) -> Result<EngineInfo>;

    /// An image by reference or id.
    async fn image(&self, reference: &str) -> Result<Option<Image>>;
    /// The images that have a name.
    async fn images(&self) -> Result<Vec<ImageSummary>>;
    /// Has the engine ask a registry, `host[:port]`, with the login that is kept for it: the user's name, `None` where
    /// there is no login and none is wanted. A registry that refuses is [`EngineError::Denied`].
    async fn ask_registry(&self, registry: &str) -> Result<Option<String>>;
    /// Pulls an image; the stream gives progress over all layers and ends when the image is there.
    fn pull(&self, request: PullRequest) -> BoxStream<'static, Result<PullProgress>>;
    /// Gives an image a further name.
    async fn tag_image(&self, reference: &str, name: &str) -> Result<()>;
    /// Removes an image's name, and the image if it was the last.
    async fn remove_image(&self, reference: &str) -> Result<()>;
    /// Builds an image; the stream ends with [`BuildProgress::Done`] or an error.
    fn build(&self, request: BuildRequest) -> BoxStream<'static, Result<BuildProgress>>;

    /// The containers, running or not, that have all the labels.
    async fn containers(&self, labels: &LabelFilter) -> Result<Vec<ContainerSummary>>;
    /// One container in full.
    async fn container(&self, container: &str) -> Result<Option<ContainerDetail>>;
    /// Creates a container and returns its id; it is not started.
    async fn create_container(&self, spec: &ContainerSpec) -> Result<String>;
    /// Starts a container; one that runs already is no error.
    async fn start_container(&self, container: &str) -> Result<()>;
    /// Stops a container: its stop signal, then `SIGKILL` after `grace` (the container's own setting if `None`).
    async fn stop_container(&self, container: &str, grace: Option<Duration>) -> Result<()>;
    /// Sends a signal, such as `SIGKILL`.
    async fn kill_container(&self, container: &str, signal: &str) -> Result<()>;
    /// Removes a container, by force if it runs, with its anonymous volumes if `volumes`. One that is gone is no error.
    async fn remove_container(&self, container: &str, volumes: bool) -> Result<()>;
    /// Renames a container.
    async fn rename_container(&self, container: &str, name: &str) -> Result<()>;
    /// Waits until a container does not run any more and returns its exit code.
    async fn wait_container(&self, container: &str) -> Result<i64>;
    /// Unpacks a tar archive at `path` in a container, which need not run.
    async fn upload(&self, container: &str, path: &str, archive: Bytes) -> Result<()>;
    /// The same with an archive that is not in memory as a whole.
    async fn upload_stream(
        &self,
        container: &str,
        path: &str,
        archive: BoxStream<'static, Result<Bytes>>,
    ) -> Result<()>;
    /// The tar archive of a path in a container, which need not run.
    async fn download(
        &self,
        container: &str,
        path: &str,
    ) -> Result<BoxStream<'static, Result<Bytes>>>;
    /// A container's output, line by line; it ends when the container does if followed.
    fn logs(&self, container: &str, options: LogOptions) -> BoxStream<'static, Result<LogLine>>;

    /// Runs a command in a running container. Its input and output are in the answer.
    async fn exec(&self, container: &str, spec: &ExecSpec) -> Result<Attached>;
    /// The exit code of a command started with [`exec`](Self::exec); `None` while it runs.
    async fn exec_exit_code(&self, exec: &str) -> Result<Option<i64>>;
    /// Tells the command's terminal its size.
    async fn resize_exec(&self, exec: &str, columns: u16, rows: u16) -> Result<()>;
    /// Attaches to a container's own input and output; to be called before it is started.
    async fn attach(&self, container: &str) -> Result<Attached>;
    /// Tells the container's terminal its size.
    async fn resize_container(&self, container: &str, columns: u16, rows: u16) -> Result<()>;

    /// The networks that have all the labels.
    async fn networks(&self, labels: &LabelFilter) -> Result<Vec<NetworkDetail>>;
    /// One network by name or id.
    async fn network(&self, network: &str) -> Result<Option<NetworkDetail>>;
    /// Creates a network.
    async fn create_network(&self, spec: &NetworkSpec) -> Result<()>;
    /// Removes a network; one that is gone is no error.
    async fn remove_network(&self, network: &str) -> Result<()>;
    /// Attaches a container to a further network.
    async fn connect_network(
        &self,
        network: &str,
        container: &str,
        endpoint: &EndpointSpec,
    ) -> Result<()>;

    /// The volumes that have all the labels.
    async fn volumes(&self, labels: &LabelFilter) -> Result<Vec<VolumeDetail>>;
    /// One volume by name.
    async fn volume(&self, volume: &str) -> Result<Option<VolumeDetail>>;
    /// How many bytes each volume takes on the engine's disk, by name, where the engine knows. It counts files, which may
    /// take seconds.
    async fn volume_sizes(&self) -> Result<HashMap<String, u64>>;
    /// Creates a volume. One of that name that exists already is no error, as in the API.
    async fn create_volume(&self, spec: &VolumeSpec) -> Result<VolumeDetail>;
    /// Removes a volume; one that is gone is no error.
    async fn remove_volume(&self, volume: &str) -> Result<()>;

    /// What happens to containers that have all the labels, from the call on.
    fn events(&self, labels: &LabelFilter) -> BoxStream<'static, Result<EngineEvent>>;
}

/// The input side of a command, or of an upload: any byte source.
pub type ByteSource = Box<dyn AsyncRead + Send + Unpin>;
