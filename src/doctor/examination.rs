//! What all checks of one check-up share: each fact is found out once, by whoever needs it first.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::look::{Look, NoLook, look};
use super::{EngineHome, Machine};
use crate::catalog::ImageName;
use crate::company::CompanyNetwork;
use crate::diagnostic::Diagnostic;
use crate::engine::connect::{ConnectError, ConnectOptions, Connection, locate};
use crate::engine::{
    ContainerSummary, EngineError, EngineHandle, EngineInfo, Result, Unreachable, VolumeDetail,
};
use crate::plan::LayerMode;
use crate::stack::{LoadOptions, Loaded, Stack, load};

/// How long an engine may take to answer, and to say what it is: a person waits.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// How long an engine may take to start a container and show what that sees: busy ones are slow.
const LOOK_LIMIT: Duration = Duration::from_secs(10);

/// What is looked at, and how it was asked for.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Which engine is meant.
    pub connect: ConnectOptions,
    /// Which manifest is meant.
    pub load: LoadOptions,
    /// How layers of data are to be put together, if that was said.
    pub layer_mode: Option<LayerMode>,
    /// The machine, and what starts its engine.
    pub home: EngineHome,
    /// What the user's network asks for.
    pub company: Arc<CompanyNetwork>,
    /// What is wrong with the settings that say so.
    pub settings_problems: Vec<Diagnostic>,
}

/// An engine that answers.
#[derive(Clone, Copy)]
pub(super) struct Answering<'a> {
    pub(super) engine: &'a EngineHandle,
    pub(super) info: &'a EngineInfo,
}

/// One look at everything.
pub(super) struct Examination {
    pub(super) subject: Subject,
    /// The manifest, with whatever is wrong with it.
    pub(super) loaded: Loaded,
    connection: OnceCell<std::result::Result<Connection, ConnectError>>,
    info: OnceCell<std::result::Result<EngineInfo, ConnectError>>,
    look: OnceCell<std::result::Result<Look, NoLook>>,
    containers: OnceCell<Vec<ContainerSummary>>,
    volumes: OnceCell<Vec<VolumeDetail>>,
}

impl Examination {
    pub(super) fn new(subject: Subject) -> Self {
        let mut loaded = load(&subject.load);
        if let Some(stack) = &mut loaded.stack {
            stack.enter(&subject.company);
        }
        Self {
            subject,
            loaded,
            connection: OnceCell::new(),
            info: OnceCell::new(),
            look: OnceCell::new(),
            containers: OnceCell::new(),
            volumes: OnceCell::new(),
        }
    }

    /// The connection to the engine, or why there is none.
    pub(super) async fn connection(&self) -> std::result::Result<&Connection, &ConnectError> {
        let options = &self.subject.connect;
        self.connection
            .get_or_init(|| async {
                // Only the way to another machine takes time, and such a one was named.
                let named = options.host.as_ref().or(options.docker_host.as_ref());
                let far = || silent(named.map_or("the context's place", String::as_str));
                let located = timeout(ANSWER_LIMIT, locate(options)).await;
                let located = located.unwrap_or_else(|_| Err(far()))?;
                let address = located.address.clone();
                let answer = timeout(ANSWER_LIMIT, located.connect(options)).await;
                answer.unwrap_or_else(|_| Err(silent(&address)))
            })
            .await
            .as_ref()
    }

    /// The engine, if one answers.
    pub(super) async fn engine(&self) -> Option<Answering<'_>> {
        let connection = self.connection().await.ok()?;
        let info = self.info(connection).await.ok()?;
        let engine = &connection.engine;
        Some(Answering { engine, info })
    }

    /// What the engine says of itself. One that lets us in may still be stuck.
    pub(super) async fn info(
        &self,
        connection: &Connection,
    ) -> std::result::Result<&EngineInfo, &ConnectError> {
        let address = &connection.address;
        let told = self.info.get_or_init(|| async {
            match timeout(ANSWER_LIMIT, connection.engine.info()).await {
                Ok(told) => told.map_err(|error| ConnectError::Engine {
                    error,
                    address: address.clone(),
                }),
                Err(_) => Err(silent(address)),
            }
        });
        told.await.as_ref()
    }

    /// What is seen from inside of a container.
    pub(super) async fn look(
        &self,
        answering: Answering<'_>,
    ) -> std::result::Result<&Look, &NoLook> {
        self.look
            .get_or_init(|| async {
                let images = self.images();
                let seen = async {
                    let network = self.network(answering).await;
                    look(answering.engine, network, &images, &self.names()).await
                };
                let seen = timeout(LOOK_LIMIT, seen).await;
                seen.unwrap_or(Err(NoLook::Late(LOOK_LIMIT)))
            })
            .await
            .as_ref()
    }

    /// Every container of the engine.
    pub(super) async fn containers(&self, answering: Answering<'_>) -> Result<&[ContainerSummary]> {
        let asked = self
            .containers
            .get_or_try_init(|| answering.engine.containers(&[]));
        asked.await.map(Vec::as_slice)
    }

    /// Every volume of the engine.
    pub(super) async fn volumes(&self, answering: Answering<'_>) -> Result<&[VolumeDetail]> {
        let asked = self
            .volumes
            .get_or_try_init(|| answering.engine.volumes(&[]));
        asked.await.map(Vec::as_slice)
    }

    pub(super) fn stack(&self) -> Option<&Stack> {
        self.loaded.stack.as_ref()
    }

    pub(super) fn machine(&self) -> &Machine {
        &self.subject.home.machine
    }

    /// The project's name, as far as it is known.
    pub(super) fn project(&self) -> Option<&str> {
        let stack = self.stack().map(|stack| stack.name.as_str());
        stack.or(self.loaded.project_name.as_deref())
    }

    /// A variable of our environment, if it says something.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.subject.load.environment.get(name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// The images that services use and that are not built here, with the name that the engine is asked for.
    pub(super) fn pulled(&self) -> Vec<(&str, ImageName)> {
        let mirror = self.mirror();
        let services = self
            .stack()
            .into_iter()
            .flat_map(|stack| stack.services.values());
        services
            .filter(|service| service.build.is_none())
            .filter_map(|service| {
                let name = ImageName::parse(&service.image)?;
                let mirrored = mirror.and_then(|mirror| name.on_mirror(mirror));
                let name = mirrored
                    .and_then(|name| ImageName::parse(&name))
                    .unwrap_or(name);
                Some((service.image.as_str(), name))
            })
            .collect()
    }

    /// The mirror of Docker Hub, if one is set.
    pub(super) fn mirror(&self) -> Option<&str> {
        match self.stack() {
            Some(stack) => stack.mirror.as_deref(),
            None => {
                self.variable("DEVSTACK_REGISTRY_MIRROR")
                    .or(self.subject.company.mirror.as_deref())
            }
        }
    }

    /// The images that a look may be taken with, the stack's first.
    fn images(&self) -> Vec<String> {
        let services = self
            .stack()
            .into_iter()
            .flat_map(|stack| stack.services.values());
        let mut images: Vec<String> = Vec::new();
        for service in services {
            if !images.contains(&service.image) {
                images.push(service.image.clone());
            }
        }
        images
    }

    /// The project's network if there is one, so that names are looked up as its containers do.
    async fn network(&self, answering: Answering<'_>) -> Option<String> {
        let network = self.stack()?.networks.values().next()?;
        let found = answering.engine.network(&network.name).await;
        found.ok().flatten().map(|network| network.name)
    }

    /// The names that are looked up from inside of a container.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let pulled = self.pulled();
        let hosts = pulled.iter().map(|(_, name)| name.registry());
        let mirror = self
            .mirror()
            .map(|mirror| mirror.split('/').next().unwrap_or(mirror));
        for host in hosts.chain(mirror) {
            if let Some(name) = super::checks::lookup_name(host)
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        if names.is_empty() && mirror.is_none() {
            names.extend(super::checks::lookup_name("docker.io"));
        }
        names
    }
}

/// An engine that takes too long.
fn silent(address: &str) -> ConnectError {
    ConnectError::Engine {
        error: EngineError::Unreachable {
            address: address.to_owned(),
            reason: Unreachable::Other(format!(
                "it does not answer within {} s",
                ANSWER_LIMIT.as_secs()
            )),
        },
        address: address.to_owned(),
    }
}
