//! The engine that a behaviour is shown on, and what is made there.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use devstack::engine::connect::{ConnectOptions, Connection, connect};
use devstack::engine::fake::{Behaviour, ExecAnswer, FakeEngine, FakeImage};
use devstack::engine::{
    ContainerDetail, ContainerSpec, EngineError, EngineHandle, NetworkSpec, PullRequest, VolumeSpec,
};
use futures_util::StreamExt as _;

/// What each thing made here carries, with the stage's name as its value.
const LABEL: &str = "dev.devstack.contract";
/// The longest that any behaviour may take.
const LIMIT: Duration = Duration::from_secs(90);
const SECOND: Duration = Duration::from_secs(1);

/// An engine and a name of its own for each behaviour.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) engine: EngineHandle,
    /// An image with busybox's programs.
    pub(crate) image: String,
    /// The registry that has it.
    pub(crate) registry: String,
    name: String,
    fake: Option<FakeEngine>,
    _connection: Option<Arc<Connection>>,
}

impl Stage {
    /// The fake, with an image that answers as busybox does to what the suite asks.
    pub(crate) fn fake() -> Self {
        let registry = "registry.example".to_owned();
        let image = format!("{registry}/library/busybox:1");
        let fake = FakeEngine::new()
            .with_image(busybox(&image))
            .with_remote_image(busybox(&image))
            .with_remote_image(FakeImage::new("127.0.0.1:1/x:1").pull_fails(
                1,
                &EngineError::Api {
                    status: 500,
                    message: "Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused"
                        .to_owned(),
                },
            ));
        Self {
            engine: fake.handle(),
            image,
            registry,
            name: unique(),
            fake: Some(fake),
            _connection: None,
        }
    }

    /// The real engine of this machine; its image comes from the registry mirror.
    pub(crate) async fn real() -> Self {
        let options = ConnectOptions::from_variables(|name| std::env::var_os(name));
        let connection = connect(&options)
            .await
            .unwrap_or_else(|error| panic!("the contract needs a container engine: {error}"));
        let registry = std::env::var("DEVSTACK_REGISTRY_MIRROR")
            .unwrap_or_else(|_| "127.0.0.1:5055".to_owned());
        let stage = Self {
            engine: Arc::clone(&connection.engine),
            image: format!("{registry}/library/busybox:1"),
            registry,
            name: unique(),
            fake: None,
            _connection: Some(Arc::new(connection)),
        };
        let image = stage.engine.image(&stage.image).await.expect("answers");
        if image.is_none() {
            stage.pull(&stage.image).await.expect("the mirror has it");
        }
        stage
    }

    /// Shows a behaviour, and cleans up whether it held or not.
    pub(crate) async fn show(&self, behaviour: impl Future<Output = ()> + Send + 'static) {
        let result = tokio::spawn(tokio::time::timeout(LIMIT, behaviour)).await;
        self.clean_up().await;
        match result {
            Ok(Ok(())) => {}
            Ok(Err(_)) => panic!("it took longer than {} s", LIMIT.as_secs()),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    async fn clean_up(&self) {
        let labels = [self.label()];
        for container in self.engine.containers(&labels).await.expect("lists") {
            let removed = self.engine.remove_container(&container.id, true).await;
            removed.expect("removes a container");
        }
        for network in self.engine.networks(&labels).await.expect("lists") {
            let removed = self.engine.remove_network(&network.id).await;
            removed.expect("removes a network");
        }
        for volume in self.engine.volumes(&labels).await.expect("lists") {
            let removed = self.engine.remove_volume(&volume.name).await;
            removed.expect("removes a volume");
        }
    }

    /// The label of everything on this stage.
    pub(crate) fn label(&self) -> String {
        format!("{LABEL}={}", self.name)
    }

    /// A name that nothing else on the engine has.
    pub(crate) fn name(&self, of: &str) -> String {
        format!("{}-{of}", self.name)
    }

    /// A container that is not created yet.
    pub(crate) fn spec(&self, of: &str, command: &[&str]) -> ContainerSpec {
        let mut spec = ContainerSpec::new(self.name(of), &self.image);
        spec.options.command = Some(command.iter().map(ToString::to_string).collect());
        spec.labels.insert(LABEL.to_owned(), self.name.clone());
        spec
    }

    /// A container that is created and started; its name.
    pub(crate) async fn start(&self, spec: &ContainerSpec) -> String {
        self.engine.create_container(spec).await.expect("creates");
        let started = self.engine.start_container(&spec.name).await;
        started.expect("starts");
        spec.name.clone()
    }

    /// A container that runs until it is killed.
    pub(crate) async fn sleeper(&self, of: &str) -> String {
        self.start(&self.spec(of, &["sleep", "600"])).await
    }

    /// A container in full, which must be there.
    pub(crate) async fn detail(&self, container: &str) -> ContainerDetail {
        let detail = self.engine.container(container).await.expect("answers");
        detail.expect("is there")
    }

    /// A network that is not made yet.
    pub(crate) fn network(&self, of: &str) -> NetworkSpec {
        NetworkSpec {
            name: self.name(of),
            driver: None,
            driver_opts: indexmap::IndexMap::new(),
            labels: [(LABEL.to_owned(), self.name.clone())].into(),
            internal: false,
            attachable: false,
            enable_ipv4: None,
            enable_ipv6: None,
            ipam_driver: None,
            ipam_options: indexmap::IndexMap::new(),
            ipam: Vec::new(),
        }
    }

    /// A volume that is not made yet.
    pub(crate) fn volume(&self, of: &str) -> VolumeSpec {
        VolumeSpec {
            name: self.name(of),
            labels: [(LABEL.to_owned(), self.name.clone())].into(),
            ..VolumeSpec::default()
        }
    }

    /// Pulls an image to the end.
    pub(crate) async fn pull(&self, reference: &str) -> Result<(), EngineError> {
        let mut pull = self.engine.pull(PullRequest {
            reference: reference.to_owned(),
            platform: None,
        });
        while let Some(progress) = pull.next().await {
            let progress = progress?;
            assert!(progress.downloaded <= progress.total, "{progress:?}");
            assert!(progress.layers_done <= progress.layers, "{progress:?}");
        }
        Ok(())
    }

    /// A host port that something outside the engine holds, as long as what is returned is kept.
    pub(crate) fn occupied_port(&self) -> (u16, std::net::TcpListener) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        if let Some(fake) = &self.fake {
            fake.occupy_port(port);
        }
        (port, listener)
    }
}

fn unique() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);

    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_millis());
    format!("contract-{}-{time}-{number}", std::process::id())
}

/// As busybox behaves to what the suite asks of it.
fn busybox(reference: &str) -> FakeImage {
    let running = Behaviour::runs()
        .ignores_stop()
        .answers("true", ExecAnswer::exits(0))
        .answers("sh -c exit 3", ExecAnswer::exits(3))
        .answers(
            "sh -c echo out; echo err >&2",
            ExecAnswer::exits(0).prints("out\n").complains("err\n"),
        )
        .answers("wc -c", ExecAnswer::exits(0).prints("5\n"))
        .answers("sleep 600", ExecAnswer::hangs())
        .answers("ping -c 1 -W 5 neighbour", ExecAnswer::exits(0));
    let prints = Behaviour::exits(3, SECOND)
        .prints(Duration::ZERO, "one")
        .complains(Duration::from_millis(300), "two")
        .prints(Duration::from_millis(600), "three");
    let missing = Behaviour::cannot_start(
        400,
        "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container \
         process: exec: \"no-such-program\": executable file not found in $PATH: unknown",
        127,
    );
    FakeImage::new(reference)
        .behaves_for("sleep 600", running.clone().healthy(SECOND))
        .behaves_for("sh -c exit 3", Behaviour::exits(3, Duration::ZERO))
        .behaves_for(
            "sh -c trap 'exit 7' TERM; *",
            Behaviour::runs()
                .prints(Duration::ZERO, "ready")
                .stops(Duration::ZERO, 7),
        )
        .behaves_for("sh -c echo one; *", prints)
        .behaves_for("no-such-program", missing)
}
