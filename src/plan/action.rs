//! What a step does.

use std::time::Duration;

use crate::catalog::Facts;
use crate::engine::{BuildRequest, ContainerSpec, ContainerSummary, NetworkSpec, VolumeSpec};
use crate::stack::{Check, ContentFile, Hook, Seed};

use super::{DataWork, KeepWork, SeedRecord, Snapshot, SnapshotWork};
use crate::event::{StepId, StepKind};

/// What a step does, with exactly the data that it needs.
#[derive(Debug, Clone)]
pub enum Action {
    /// Pulls an image, from the mirror first if there is one, and gives it its usual name.
    PullImage {
        /// The usual name.
        image: String,
        /// Where the mirror has it.
        mirror: Option<String>,
        /// The platform, if not the engine's.
        platform: Option<String>,
    },
    /// Builds an image.
    BuildImage(Box<BuildRequest>),
    /// Makes a network.
    CreateNetwork(NetworkSpec),
    /// Removes a network.
    RemoveNetwork {
        /// Its name.
        name: String,
    },
    /// Makes a volume.
    CreateVolume(VolumeSpec),
    /// Removes a volume.
    RemoveVolume {
        /// Its name.
        name: String,
    },
    /// Creates a container and puts its files into it.
    CreateContainer {
        /// The container.
        spec: Box<ContainerSpec>,
        /// Files with content of the manifest's own.
        files: Vec<ContentFile>,
    },
    /// Starts a container.
    StartContainer {
        /// Its name.
        container: String,
    },
    /// Runs a command in a container at a point of its life.
    RunHook {
        /// Its name.
        container: String,
        /// The command.
        hook: Hook,
    },
    /// Waits until a service's container is ready.
    AwaitReady(AwaitReady),
    /// Applies seeds, and records them.
    ApplySeeds(Box<SeedWork>),
    /// Puts live volumes in place, on the layers that they start from.
    PrepareData(Box<DataWork>),
    /// Stops a service whose data first boot and seeds have brought, and keeps that data as a snapshot. There is
    /// nothing to do if it was there already.
    KeepData(Box<KeepWork>),
    /// Takes a snapshot of volumes that nothing writes to, and removes the containers that could.
    TakeSnapshot(Box<SnapshotWork>),
    /// Removes a snapshot.
    RemoveSnapshot(Snapshot),
    /// Removes layers that nothing names any more.
    CollectLayers {
        /// The project that made them.
        project: String,
    },
    /// Notes in the engine that seeding begins, before there is anything that it could leave half done.
    BeginSeeds(SeedRecord),
    /// Stops a container.
    StopContainer {
        /// Its name.
        container: String,
        /// How long it gets; its own setting if not given.
        grace: Option<Duration>,
    },
    /// Removes a container.
    RemoveContainer {
        /// Its name.
        container: String,
        /// Whether its anonymous volumes go too.
        volumes: bool,
    },
}

/// What waiting for readiness needs to know.
#[derive(Debug, Clone)]
pub struct AwaitReady {
    /// The container's name.
    pub container: String,
    /// The image that it was made from.
    pub image: String,
    /// What must hold.
    pub checks: Vec<Check>,
    /// How long it may take.
    pub timeout: Duration,
    /// The environment that the manifest gives it.
    pub environment: indexmap::IndexMap<String, Option<String>>,
    /// The command that the manifest gives it.
    pub command: Vec<String>,
    /// The container as it was seen, if it ran then and this plan leaves it as it is.
    pub seen: Option<Box<ContainerSummary>>,
}

/// What applying seeds needs to know.
#[derive(Debug, Clone)]
pub struct SeedWork {
    /// The container's name.
    pub container: String,
    /// The catalogue's name for the software in it, if it is recognised.
    pub family: Option<&'static str>,
    /// The image that it was made from.
    pub image: String,
    /// What is applied, in order.
    pub seeds: Vec<Seed>,
    /// The environment that the manifest gives the container.
    pub environment: indexmap::IndexMap<String, Option<String>>,
    /// The command that the manifest gives it.
    pub command: Vec<String>,
    /// The record to leave when all of them are applied; its identity of the data is filled in then.
    pub record: SeedRecord,
    /// Where the data lives in the container, if the catalogue knows.
    pub data_dir: Option<String>,
    /// The live volume whose label tells how many of the seeds are in already, if the data is layered; then that
    /// label is the record.
    pub live: Option<String>,
    /// Where layered volumes are mounted that each get a further layer when the seeds are in.
    pub layered: Vec<String>,
    /// The containers in which `run` seeds run.
    pub runs: Vec<SeedContainer>,
}

/// A container in which a service's `run` seeds run, one after the other.
#[derive(Debug, Clone)]
pub struct SeedContainer {
    /// The service that it is one of.
    pub service: String,
    /// The container, but for its command.
    pub spec: ContainerSpec,
    /// Files with content of the manifest's own.
    pub files: Vec<ContentFile>,
}

impl AwaitReady {
    /// What the catalogue is told of the service.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            image: &self.image,
            environment: &self.environment,
            command: &self.command,
        }
    }
}

impl SeedWork {
    /// What the catalogue is told of the service.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            image: &self.image,
            environment: &self.environment,
            command: &self.command,
        }
    }
}

/// When a step is run at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// If an image is another one now.
    Image(ImageChanged),
    /// If that step had something to do.
    Changed(StepId),
}

/// A condition: the image that a container was made from is not what its reference names any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageChanged {
    /// The reference.
    pub image: String,
    /// The id that the container was made from.
    pub was: String,
}

impl Action {
    /// Whether it ends this container.
    pub fn ends(&self, name: &str) -> bool {
        match self {
            Self::StopContainer { container, .. } | Self::RemoveContainer { container, .. } => {
                container == name
            }
            Self::KeepData(work) => work.container == name,
            Self::TakeSnapshot(work) => work.containers.iter().any(|container| container == name),
            _ => false,
        }
    }

    /// What sort of work it is.
    pub fn kind(&self) -> StepKind {
        match self {
            Self::PullImage { .. } => StepKind::Pull,
            Self::BuildImage(_) => StepKind::Build,
            Self::CreateNetwork(_)
            | Self::RemoveNetwork { .. }
            | Self::CreateVolume(_)
            | Self::RemoveVolume { .. }
            | Self::PrepareData(_)
            | Self::TakeSnapshot(_)
            | Self::RemoveSnapshot(_)
            | Self::CollectLayers { .. }
            | Self::BeginSeeds(_) => StepKind::Resource,
            Self::CreateContainer { .. } => StepKind::Create,
            Self::StartContainer { .. } => StepKind::Start,
            Self::RunHook { .. } => StepKind::Hook,
            Self::AwaitReady(_) => StepKind::Ready,
            Self::ApplySeeds(_) => StepKind::Seed,
            Self::StopContainer { .. } | Self::KeepData(_) => StepKind::Stop,
            Self::RemoveContainer { .. } => StepKind::Remove,
        }
    }
}

/// What an action does, in a few words: a verb and what it is done to.
pub fn title(action: &Action) -> String {
    match action {
        Action::PullImage { image, .. } => format!("pull {image}"),
        Action::BuildImage(request) => format!("build {}", request.tag),
        Action::CreateNetwork(spec) => format!("create network {}", spec.name),
        Action::RemoveNetwork { name } => format!("remove network {name}"),
        Action::CreateVolume(spec) => format!("create volume {}", spec.name),
        Action::RemoveVolume { name } => format!("remove volume {name}"),
        Action::CreateContainer { spec, .. } => format!("create {}", spec.name),
        Action::StartContainer { container } => format!("start {container}"),
        Action::RunHook { container, hook } => {
            format!("run {} in {container}", hook.command.join(" "))
        }
        Action::AwaitReady(ready) => format!("wait until {} is ready", ready.container),
        Action::ApplySeeds(work) => match work.seeds.as_slice() {
            [one] => format!("seed {} from {}", work.container, one.label),
            several => format!("seed {} from {} files", work.container, several.len()),
        },
        Action::PrepareData(work) => format!("prepare data of {}", work.set.service),
        Action::KeepData(work) => format!("keep the first data of {}", work.data.set.service),
        Action::TakeSnapshot(work) => format!("take snapshot {}", work.snapshot.name),
        Action::RemoveSnapshot(snapshot) => format!("remove snapshot {}", snapshot.name),
        Action::CollectLayers { .. } => "remove unused layers".to_owned(),
        Action::BeginSeeds(record) => format!("note that seeding of {} begins", record.service),
        Action::StopContainer { container, .. } => format!("stop {container}"),
        Action::RemoveContainer { container, .. } => format!("remove {container}"),
    }
}
