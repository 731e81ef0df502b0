//! Containers for one test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use devstack::catalog::{self, Facts, Family, Table};
use devstack::engine::{
    Anonymous, Attached, ContainerSpec, ContainerSummary, DockerEngine, Endpoint, EngineHandle,
    ExecSpec, PullRequest,
};
use devstack::event::{Event, EventSink};
use devstack::ready::{self, Crowd, NotReady, Target};
use devstack::seed::{self, Destination, SeedFailure};
use devstack::source::Source;
use devstack::stack::{Check, Compression, Container, Seed, SeedKind};
use futures_util::StreamExt as _;
use indexmap::IndexMap;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

/// Waits that must not be reached.
pub(crate) const LONG: Duration = Duration::from_mins(1);

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The engine under test.
pub(crate) async fn engine() -> EngineHandle {
    let endpoint = Endpoint::Unix("/var/run/docker.sock".into());
    let engine = DockerEngine::connect(&endpoint, Arc::new(Anonymous))
        .await
        .expect("a container engine");
    Arc::new(engine)
}

/// A container, described bit by bit.
pub(crate) struct Recipe {
    image: String,
    options: Container,
    ports: Vec<devstack::engine::PortSpec>,
    files: Vec<(String, String)>,
    network: String,
}

/// A started container; it is removed when this is dropped.
pub(crate) struct Lab {
    pub(crate) engine: EngineHandle,
    pub(crate) container: String,
    image: String,
    environment: IndexMap<String, Option<String>>,
    command: Vec<String>,
    sink: EventSink,
    pub(crate) events: UnboundedReceiver<Event>,
    pub(crate) cancel: CancellationToken,
    family: Option<&'static dyn Family>,
}

/// An image of the mirror: `postgres:17`.
pub(crate) fn image(name: &str) -> Recipe {
    let mirror =
        std::env::var("DEVSTACK_REGISTRY_MIRROR").unwrap_or_else(|_| "127.0.0.1:5055".to_owned());
    let owner = if name.contains('/') { "" } else { "library/" };
    Recipe::of(format!("{mirror}/{owner}{name}"))
}

impl Recipe {
    pub(crate) fn of(image: String) -> Self {
        Self {
            image,
            options: Container::default(),
            ports: Vec::new(),
            files: Vec::new(),
            network: "bridge".to_owned(),
        }
    }

    /// The image's reference.
    pub(crate) fn name(&self) -> String {
        self.image.clone()
    }

    /// The engine's network mode.
    pub(crate) fn network(mut self, mode: &str) -> Self {
        mode.clone_into(&mut self.network);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.options
            .environment
            .insert(name.to_owned(), Some(value.to_owned()));
        self
    }

    pub(crate) fn command(mut self, words: &[&str]) -> Self {
        self.options.command = Some(words.iter().map(|&word| word.to_owned()).collect());
        self
    }

    /// A line for the container's shell.
    pub(crate) fn shell(self, line: &str) -> Self {
        self.command(&["sh", "-c", line])
    }

    pub(crate) fn options(mut self, change: impl FnOnce(&mut Container)) -> Self {
        change(&mut self.options);
        self
    }

    pub(crate) fn publish(mut self, target: u16) -> Self {
        self.ports.push(devstack::engine::PortSpec {
            target,
            protocol: devstack::stack::Protocol::Tcp,
            address: "127.0.0.1".to_owned(),
            host: 0,
            host_end: None,
        });
        self
    }

    /// A file in a folder of the container.
    pub(crate) fn file(mut self, path: &str, content: &str) -> Self {
        self.files.push((path.to_owned(), content.to_owned()));
        self
    }

    /// Creates and starts it.
    pub(crate) async fn start(self) -> Lab {
        let engine = engine().await;
        if engine.image(&self.image).await.expect("asked").is_none() {
            let mut pull = engine.pull(PullRequest {
                reference: self.image.clone(),
                platform: None,
            });
            while let Some(progress) = pull.next().await {
                progress.expect("pulled");
            }
        }
        let name = format!(
            "devstack-data-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let environment = self.options.environment.clone();
        let command = self.options.command.clone().unwrap_or_default();
        let spec = ContainerSpec {
            name: name.clone(),
            image: self.image.clone(),
            platform: None,
            labels: std::iter::once(("dev.devstack.test".to_owned(), "data".to_owned())).collect(),
            options: self.options,
            mounts: Vec::new(),
            ports: self.ports,
            network_mode: self.network,
            networks: IndexMap::new(),
        };
        let container = engine.create_container(&spec).await.expect("created");
        let (sink, events) = EventSink::new();
        let lab = Lab {
            engine,
            container,
            image: self.image,
            environment,
            command,
            sink,
            events,
            cancel: CancellationToken::new(),
            family: None,
        };
        for (path, content) in self.files {
            lab.upload(&path, &content).await;
        }
        lab.engine
            .start_container(&lab.container)
            .await
            .expect("started");
        lab
    }
}

impl Lab {
    async fn upload(&self, path: &str, content: &str) {
        let (folder, name) = path.rsplit_once('/').expect("an absolute path");
        let folder = if folder.is_empty() { "/" } else { folder };
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len().try_into().expect("short"));
        header.set_mode(0o755);
        archive
            .append_data(&mut header, name, content.as_bytes())
            .expect("archived");
        let archive = Bytes::from(archive.into_inner().expect("archived"));
        self.engine
            .upload(&self.container, folder, archive)
            .await
            .expect("uploaded");
    }

    /// Lets it pass for another family's.
    pub(crate) fn family_is(mut self, name: &str) -> Self {
        self.family = catalog::family(name);
        self
    }

    /// What the catalogue makes of the image.
    pub(crate) fn family(&self) -> Option<&'static dyn Family> {
        self.family.or_else(|| catalog::recognise(&self.image))
    }

    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts {
            image: &self.image,
            environment: &self.environment,
            command: &self.command,
        }
    }

    /// Waits until the checks hold.
    pub(crate) async fn wait(&self, checks: &[Check], timeout: Duration) -> Result<(), NotReady> {
        self.wait_having_seen(None, checks, timeout).await
    }

    /// Waits until the checks still hold, the container having been seen before.
    pub(crate) async fn wait_again(
        &self,
        checks: &[Check],
        timeout: Duration,
    ) -> Result<(), NotReady> {
        let listed = self.engine.containers(&[]).await.expect("listed");
        let seen = listed.iter().find(|listed| listed.id == self.container);
        self.wait_having_seen(Some(seen.expect("it is there")), checks, timeout)
            .await
    }

    async fn wait_having_seen(
        &self,
        seen: Option<&ContainerSummary>,
        checks: &[Check],
        timeout: Duration,
    ) -> Result<(), NotReady> {
        let target = Target {
            container: &self.container,
            service: "it",
            facts: self.facts(),
            checks,
            seen,
            crowd: &Crowd::default(),
            timeout,
            span: None,
        };
        ready::wait(&self.engine, &target, &self.sink, &self.cancel).await
    }

    /// Waits until the database that the image holds is ready.
    pub(crate) async fn ready(&self) {
        let family = self.family().expect("a known image").name();
        self.wait(&[Check::Family(family)], LONG)
            .await
            .unwrap_or_else(|error| panic!("{:#?}", error.diagnostic()));
    }

    /// Applies seeds.
    pub(crate) async fn seed(&self, seeds: &[Seed]) -> Result<(), SeedFailure> {
        let to = Destination {
            container: &self.container,
            service: "it",
            family: self.family().map(|family| family as &dyn Family),
            facts: self.facts(),
            runs: &[],
        };
        seed::apply(&self.engine, &to, seeds, &self.sink, &self.cancel).await
    }

    /// Runs a line in the container's shell and gives its exit code and output.
    pub(crate) async fn shell(&self, line: &str) -> (i64, String) {
        let spec = ExecSpec {
            command: vec!["sh".to_owned(), "-c".to_owned(), line.to_owned()],
            ..ExecSpec::default()
        };
        let Attached { id, mut output, .. } =
            self.engine.exec(&self.container, &spec).await.expect("run");
        let mut text = String::new();
        while let Some(piece) = output.next().await {
            text.push_str(&String::from_utf8_lossy(&piece.expect("output").bytes));
        }
        loop {
            if let Some(code) = self.engine.exec_exit_code(&id).await.expect("asked") {
                return (code, text.trim().to_owned());
            }
            tokio::task::yield_now().await;
        }
    }

    /// Runs a line that must succeed, and gives its output.
    pub(crate) async fn ask(&self, line: &str) -> String {
        let (code, text) = self.shell(line).await;
        assert_eq!(code, 0, "{line}: {text}");
        text
    }

    /// The content of a file in the container.
    pub(crate) async fn read(&self, path: &str) -> Vec<u8> {
        let mut stream = self
            .engine
            .download(&self.container, path)
            .await
            .expect("there");
        let mut bytes = Vec::new();
        while let Some(piece) = stream.next().await {
            bytes.extend_from_slice(&piece.expect("downloaded"));
        }
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut entry = archive
            .entries()
            .expect("an archive")
            .next()
            .expect("an entry")
            .expect("an entry");
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).expect("read");
        content
    }

    /// The container's own address, where applications would come in.
    pub(crate) async fn address(&self) -> String {
        let detail = self.engine.container(&self.container).await;
        let detail = detail.expect("asked").expect("there");
        let address = detail.networks.values().flatten().next().copied();
        address.expect("an address").to_string()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let container = self.container.clone();
        // A runtime of its own: the test's may be on its way down.
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async { engine().await.remove_container(&container, true).await })
        })
        .join();
        if !std::thread::panicking() {
            removed.expect("ran").expect("removed");
        }
    }
}

/// A seed file in a folder of the test, compressed by its name's ending.
pub(crate) async fn seed_file(folder: &std::path::Path, name: &str, text: &str) -> Seed {
    use async_compression::tokio::write::{BzEncoder, GzipEncoder, XzEncoder, ZstdEncoder};
    use tokio::io::AsyncWriteExt as _;
    macro_rules! with {
        ($encoder:ident) => {{
            let mut encoder = $encoder::new(Vec::new());
            encoder.write_all(text.as_bytes()).await.expect("packed");
            encoder.shutdown().await.expect("packed");
            encoder.into_inner()
        }};
    }
    let (compression, bytes) = match name.rsplit('.').next() {
        Some("gz") => (Compression::Gzip, with!(GzipEncoder)),
        Some("zst") => (Compression::Zstd, with!(ZstdEncoder)),
        Some("xz") => (Compression::Xz, with!(XzEncoder)),
        Some("bz2") => (Compression::Bzip2, with!(BzEncoder)),
        _ => (Compression::None, text.as_bytes().to_vec()),
    };
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    seed(
        name,
        SeedKind::File {
            path,
            compression,
            table: None,
        },
    )
}

/// A seed file or folder that is there.
pub(crate) fn seed_of(path: &std::path::Path, table: Option<Table>) -> Seed {
    let label = path.file_name().unwrap_or_default().to_string_lossy();
    let kind = SeedKind::File {
        path: path.to_owned(),
        compression: Compression::of_name(path).0,
        table,
    };
    seed(&label, kind)
}

/// A file with rows for a table, compressed by its name's ending.
pub(crate) async fn seed_rows(
    folder: &std::path::Path,
    name: &str,
    text: &str,
    table: Table,
) -> Seed {
    seed_file(folder, name, text).await;
    seed_of(&folder.join(name), Some(table))
}

/// A seed that a command makes.
pub(crate) fn seed_command(words: &[&str]) -> Seed {
    let command = words.iter().map(|&word| word.to_owned()).collect();
    seed("exec", SeedKind::Exec { command })
}

fn seed(label: &str, kind: SeedKind) -> Seed {
    Seed {
        kind,
        label: label.to_owned(),
        span: Source::new("devstack.yaml", label).span(0, label.len()),
    }
}
