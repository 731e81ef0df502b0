//! A real engine, and a clean place on it: everything made carries one label and goes with it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use devstack::engine::{
    Anonymous, Attached, ContainerSpec, Credentials, DockerEngine, Endpoint, Engine, ExecSpec,
    OutputStream, PullRequest,
};
use devstack::stack::Container;
use futures_util::{StreamExt, TryStreamExt};
use indexmap::IndexMap;

/// The label of everything that a test makes.
const LABEL: &str = "dev.devstack.test";

/// Where the tests' images come from.
pub(crate) fn mirror() -> String {
    std::env::var("DEVSTACK_REGISTRY_MIRROR").unwrap_or_else(|_| "127.0.0.1:5055".to_owned())
}

/// The engine's address: `DOCKER_HOST` if it is a socket, else the usual one.
pub(crate) fn endpoint() -> Endpoint {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    let path = host
        .strip_prefix("unix://")
        .unwrap_or("/var/run/docker.sock");
    Endpoint::Unix(PathBuf::from(path))
}

/// A place of one test.
pub(crate) struct Sandbox {
    /// The engine.
    pub(crate) engine: DockerEngine,
    name: String,
    made: AtomicU32,
    images: Mutex<Vec<String>>,
}

impl Sandbox {
    /// A new place.
    pub(crate) async fn new() -> Self {
        Self::with(Arc::new(Anonymous)).await
    }

    /// A new place, with logins.
    pub(crate) async fn with(credentials: Arc<dyn Credentials>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let engine = DockerEngine::connect(&endpoint(), credentials)
            .await
            .expect("the tests need a container engine");
        Self {
            engine,
            name: format!("devstack-docker-{}-{count}", std::process::id()),
            made: AtomicU32::new(0),
            images: Mutex::default(),
        }
    }

    /// A name for an image, which goes with the sandbox.
    pub(crate) fn image_name(&self) -> String {
        let name = format!("{}:1", self.name("image"));
        self.images
            .lock()
            .expect("no test panics here")
            .push(name.clone());
        name
    }

    /// A name that nothing else has.
    pub(crate) fn name(&self, what: &str) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        format!("{}-{what}-{number}", self.name)
    }

    /// The label that everything here carries.
    pub(crate) fn label(&self) -> (String, String) {
        (LABEL.to_owned(), self.name.clone())
    }

    /// The label as a filter.
    pub(crate) fn filter(&self) -> String {
        format!("{LABEL}={}", self.name)
    }

    /// The small image of the tests, pulled if it is not there.
    pub(crate) async fn busybox(&self) -> String {
        let reference = format!("{}/library/busybox:1", mirror());
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
            self.engine
                .pull(request)
                .try_collect::<Vec<_>>()
                .await
                .expect("the tests' image can be pulled");
        }
        reference
    }

    /// A container to be: busybox with a command.
    pub(crate) async fn spec(&self, command: &[&str]) -> ContainerSpec {
        ContainerSpec {
            name: self.name("c"),
            image: self.busybox().await,
            platform: None,
            labels: BTreeMap::from([self.label()]),
            options: Container {
                command: Some(command.iter().map(|&word| word.to_owned()).collect()),
                stop_timeout: Some(0),
                ..Container::default()
            },
            mounts: Vec::new(),
            ports: Vec::new(),
            network_mode: "none".to_owned(),
            networks: IndexMap::new(),
        }
    }

    /// A container of busybox that runs a command.
    pub(crate) async fn run(&self, command: &[&str]) -> String {
        let spec = self.spec(command).await;
        self.run_spec(&spec).await
    }

    /// A running container.
    pub(crate) async fn run_spec(&self, spec: &ContainerSpec) -> String {
        let id = self
            .engine
            .create_container(spec)
            .await
            .expect("a container");
        self.engine.start_container(&id).await.expect("a start");
        id
    }

    /// A container that stays.
    pub(crate) async fn idle(&self) -> String {
        self.run(&["sleep", "600"]).await
    }

    /// Runs a shell line in a container: what it printed on both streams, and its exit code.
    pub(crate) async fn shell(&self, container: &str, line: &str) -> (String, String, i64) {
        let spec = ExecSpec {
            command: vec!["sh".into(), "-c".into(), line.into()],
            ..ExecSpec::default()
        };
        let attached = self.engine.exec(container, &spec).await.expect("a command");
        self.finish(attached).await
    }

    /// Reads a command's output to its end: both streams and the exit code.
    pub(crate) async fn finish(&self, mut attached: Attached) -> (String, String, i64) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        while let Some(output) = attached.output.next().await {
            let output = output.expect("output");
            match output.stream {
                OutputStream::Stdout => out.extend_from_slice(&output.bytes),
                OutputStream::Stderr => err.extend_from_slice(&output.bytes),
            }
        }
        let code = self.exit_code(&attached.id).await;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (text(out), text(err), code)
    }

    /// The exit code of a command whose output has ended.
    pub(crate) async fn exit_code(&self, exec: &str) -> i64 {
        loop {
            // The output ends a moment before the engine notes the code.
            match self.engine.exec_exit_code(exec).await.expect("an answer") {
                Some(code) => return code,
                None => tokio::task::yield_now().await,
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let filter = [self.filter()];
        let images = self
            .images
            .get_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        // A test may end anywhere; a runtime of its own takes away what it made.
        let swept = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(sweep(&filter, &images));
        })
        .join();
        assert!(
            swept.is_ok() || std::thread::panicking(),
            "the sandbox could not be swept"
        );
    }
}

async fn sweep(filter: &[String], images: &[String]) {
    let engine = DockerEngine::connect(&endpoint(), Arc::new(Anonymous))
        .await
        .expect("an engine");
    for container in engine.containers(filter).await.expect("containers") {
        engine
            .remove_container(&container.id, true)
            .await
            .expect("removed");
    }
    for network in engine.networks(filter).await.expect("networks") {
        engine.remove_network(&network.id).await.expect("removed");
    }
    for volume in engine.volumes(filter).await.expect("volumes") {
        engine.remove_volume(&volume.name).await.expect("removed");
    }
    for image in images {
        engine.remove_image(image).await.expect("removed");
    }
}

/// This process's resident memory in bytes.
pub(crate) fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("a line");
    let kilobytes: u64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .expect("a number");
    kilobytes * 1024
}
