//! A project on the real engine, made from labels alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use devstack::engine::{
    Anonymous, ContainerSpec, DockerEngine, Endpoint, Engine as _, PullRequest, VolumeSpec,
};
use devstack::stack::Container;
use futures_util::TryStreamExt as _;
use tokio::runtime::Runtime;

use crate::fixture::Folder;

/// Compose's labels begin with this.
const LABEL: &str = "com.docker.compose";

/// A project of one test on the real engine; its containers go with it.
pub(crate) struct Project {
    name: String,
    engine: DockerEngine,
    runtime: Runtime,
    folder: Folder,
}

impl Project {
    /// A project without anything.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let runtime = Runtime::new().expect("threads can be made");
        let host = std::env::var("DOCKER_HOST").unwrap_or_default();
        let socket = host
            .strip_prefix("unix://")
            .unwrap_or("/var/run/docker.sock");
        let engine = runtime
            .block_on(DockerEngine::connect(
                &Endpoint::Unix(socket.into()),
                Arc::new(Anonymous),
            ))
            .expect("the tests need a container engine");
        Self {
            name: format!("devstack-cli-{}-{count}", std::process::id()),
            engine,
            runtime,
            folder: Folder::new(),
        }
    }

    /// The small image of the tests, pulled if it is not there.
    fn image(&self) -> String {
        let mirror = std::env::var("DEVSTACK_REGISTRY_MIRROR");
        let mirror = mirror.unwrap_or_else(|_| "127.0.0.1:5055".to_owned());
        let reference = format!("{mirror}/library/busybox:1");
        self.runtime.block_on(async {
            if self
                .engine
                .image(&reference)
                .await
                .expect("an answer")
                .is_none()
            {
                let request = PullRequest {
                    reference: reference.clone(),
                    platform: None,
                };
                let pulled = self.engine.pull(request).try_collect::<Vec<_>>().await;
                pulled.expect("the tests' image can be pulled");
            }
        });
        reference
    }

    /// Starts a container of a service that runs a shell script.
    pub(crate) fn start(&self, service: &str, script: &str) -> String {
        let image = self.image();
        let label = |name: &str, value: &str| (format!("{LABEL}.{name}"), value.to_owned());
        let spec = ContainerSpec {
            labels: BTreeMap::from([
                label("project", &self.name),
                label("service", service),
                label("container-number", "1"),
                label("oneoff", "False"),
            ]),
            options: Container {
                command: Some(["sh", "-c", script].map(str::to_owned).to_vec()),
                stop_timeout: Some(0),
                ..Container::default()
            },
            network_mode: "none".to_owned(),
            ..ContainerSpec::new(format!("{}-{service}-1", self.name), image)
        };
        self.runtime.block_on(async {
            let id = self
                .engine
                .create_container(&spec)
                .await
                .expect("it can be created");
            self.engine
                .start_container(&id)
                .await
                .expect("it can be started");
            id
        })
    }

    /// Waits until a container has ended.
    pub(crate) fn ended(&self, id: &str) {
        self.runtime
            .block_on(self.engine.wait_container(id))
            .expect("it ends");
    }

    /// Runs the binary for this project; returns exit code, standard output, standard error.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let all: Vec<&str> = ["-p", &self.name]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        self.folder.run(&all)
    }
}

impl Project {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The folder that the binary is run in.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Kills a container and starts it again.
    pub(crate) fn start_again(&self, id: &str) {
        self.runtime.block_on(async {
            self.engine
                .kill_container(id, "SIGKILL")
                .await
                .expect("it can be killed");
            self.engine.wait_container(id).await.expect("it ends");
            self.engine
                .start_container(id)
                .await
                .expect("it starts again");
        });
    }

    /// Makes a volume of the project, and returns its name.
    pub(crate) fn volume(&self, key: &str) -> String {
        let name = format!("{}_{key}", self.name);
        let spec = VolumeSpec {
            name: name.clone(),
            labels: BTreeMap::from([
                (format!("{LABEL}.project"), self.name.clone()),
                (format!("{LABEL}.volume"), key.to_owned()),
            ]),
            ..VolumeSpec::default()
        };
        self.runtime
            .block_on(self.engine.create_volume(&spec))
            .expect("it can be made");
        name
    }

    /// Whether there is such a volume.
    pub(crate) fn has_volume(&self, name: &str) -> bool {
        let volume = self.runtime.block_on(self.engine.volume(name));
        volume.expect("an answer").is_some()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let filter = [format!("{LABEL}.project={}", self.name)];
        self.runtime.block_on(async {
            for container in self.engine.containers(&filter).await.unwrap_or_default() {
                // What cannot be removed now is found by its label later.
                let _ = self.engine.remove_container(&container.id, true).await;
            }
            for volume in self.engine.volumes(&filter).await.unwrap_or_default() {
                let _ = self.engine.remove_volume(&volume.name).await;
            }
        });
    }
}
