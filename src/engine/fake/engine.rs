//! The trait itself: every call is noted, delayed and failed as told, and then done.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use jiff::SignedDuration;
use tokio::io::{AsyncReadExt as _, AsyncWrite};

use super::call::{Call, CallKind};
use super::image::familiar;
use super::stream::{lost, produce};
use super::world::{Shared, fits};
use super::{FakeEngine, exec, life, logs, pull};
use crate::engine::{
    Attached, BuildProgress, BuildRequest, ContainerDetail, ContainerSpec, ContainerSummary,
    EndpointSpec, Engine, EngineError, EngineEvent, EngineInfo, EngineProxies, ExecSpec, Image,
    ImageSummary, LabelFilter, LogLine, LogOptions, NetworkDetail, NetworkSpec, PullProgress,
    PullRequest, Result, Unreachable, VolumeDetail, VolumeSpec,
};

/// Where the fake says that it is.
const ADDRESS: &str = "fake://";

/// A call that runs; dropped when it is over.
struct Running {
    shared: Arc<Shared>,
    index: usize,
    began: Duration,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut world = self.shared.world();
        let now = world.clock.elapsed();
        // The calls may have been forgotten meanwhile.
        if let Some(call) = world.calls.get_mut(self.index)
            && call.began == self.began
            && call.ended.is_none()
        {
            call.ended = Some(now);
        }
    }
}

/// Notes a call, and waits or fails as told.
async fn begin(shared: &Arc<Shared>, kind: CallKind, subject: &str) -> Result<Running> {
    let (running, error, delay) = {
        let mut world = shared.world();
        let began = world.clock.elapsed();
        world.calls.push(Call {
            kind,
            subject: subject.to_owned(),
            began,
            ended: None,
        });
        let running = Running {
            shared: Arc::clone(shared),
            index: world.calls.len() - 1,
            began,
        };
        let fault = world.faults.iter().position(|fault| {
            fault.kind == kind && fault.subject.as_deref().is_none_or(|only| only == subject)
        });
        let error = fault.map(|at| world.faults.remove(at).error);
        (running, error, world.delays.get(&kind).copied())
    };
    if *shared.gone.borrow() {
        return Err(EngineError::Unreachable {
            address: ADDRESS.to_owned(),
            reason: Unreachable::Refused,
        });
    }
    if let Some(delay) = delay {
        let mut gone = shared.gone.subscribe();
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            true = async { gone.wait_for(|gone| *gone).await.is_ok() } => return Err(lost()),
        }
    }
    match error {
        Some(error) => Err(error),
        None => Ok(running),
    }
}

impl FakeEngine {
    async fn begin(&self, kind: CallKind, subject: &str) -> Result<Running> {
        begin(&self.shared, kind, subject).await
    }

    /// A container's name, however it is called; calls are noted by it.
    fn name(&self, container: &str) -> String {
        self.shared
            .world()
            .container(container)
            .map_or_else(|_| container.to_owned(), |found| found.name.clone())
    }
}

#[async_trait]
impl Engine for FakeEngine {
    fn address(&self) -> &str {
        ADDRESS
    }

    async fn info(&self) -> Result<EngineInfo> {
        let _running = self.begin(CallKind::Info, "").await?;
        Ok(EngineInfo {
            version: "28.0.0".to_owned(),
            api: (1, 48),
            os: "linux".to_owned(),
            architecture: "amd64".to_owned(),
            storage_driver: "overlay2".to_owned(),
            cpus: 4,
            memory: 8 << 30,
            system: "a fake".to_owned(),
            root: "/var/lib/fake".to_owned(),
            storage_status: Vec::new(),
            clock_lead: SignedDuration::ZERO,
            proxies: EngineProxies::default(),
            local: true,
        })
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>> {
        let _running = self.begin(CallKind::Image, reference).await?;
        let world = self.shared.world();
        Ok(world
            .image_index(reference)
            .map(|at| world.images[at].detail.clone()))
    }

    async fn images(&self) -> Result<Vec<ImageSummary>> {
        let _running = self.begin(CallKind::Images, "").await?;
        let world = self.shared.world();
        let named = world.images.iter().map(|image| ImageSummary {
            id: image.detail.id.clone(),
            names: image.detail.names.clone(),
            size: image.detail.size,
        });
        Ok(named.filter(|image| !image.names.is_empty()).collect())
    }

    async fn ask_registry(&self, registry: &str) -> Result<Option<String>> {
        let _running = self.begin(CallKind::AskRegistry, registry).await?;
        let world = self.shared.world();
        if world.has_registry(registry) {
            return Ok(None);
        }
        Err(EngineError::Api {
            status: 500,
            message: format!("Get \"https://{registry}/v2/\": dial tcp: connection refused"),
        })
    }

    fn pull(&self, request: PullRequest) -> BoxStream<'static, Result<PullProgress>> {
        let shared = Arc::clone(&self.shared);
        produce(&self.shared, |sender| async move {
            let _running = begin(&shared, CallKind::Pull, &request.reference).await?;
            pull::pull(Arc::clone(&shared), request, sender).await
        })
    }

    async fn tag_image(&self, reference: &str, name: &str) -> Result<()> {
        let _running = self.begin(CallKind::TagImage, name).await?;
        self.shared.change(|world| {
            let at = world
                .image_index(reference)
                .ok_or_else(|| no_image(reference))?;
            let (name, now) = (familiar(name), world.clock.now());
            for image in &mut world.images {
                image.detail.names.retain(|taken| *taken != name);
            }
            let image = &mut world.images[at].detail;
            image.names.push(name);
            image.tagged = Some(now);
            Ok(())
        })
    }

    async fn remove_image(&self, reference: &str) -> Result<()> {
        let _running = self.begin(CallKind::RemoveImage, reference).await?;
        self.shared.change(|world| {
            let at = world
                .image_index(reference)
                .ok_or_else(|| no_image(reference))?;
            let image = &world.images[at].detail;
            let (id, last) = (image.id.clone(), image.names.len() < 2);
            let user = world.containers.values().find(|c| c.image_id == id);
            if let (true, Some(user)) = (last, user) {
                return Err(EngineError::Conflict(format!(
                    "conflict: unable to remove repository reference \"{reference}\" (must force) - container {} is \
                     using its referenced image {}",
                    &user.id[..12],
                    &id["sha256:".len()..][..12]
                )));
            }
            if last {
                world.images.remove(at);
            } else {
                let name = familiar(reference);
                world.images[at].detail.names.retain(|taken| *taken != name);
            }
            Ok(())
        })
    }

    fn build(&self, request: BuildRequest) -> BoxStream<'static, Result<BuildProgress>> {
        let shared = Arc::clone(&self.shared);
        produce(&self.shared, |sender| async move {
            let _running = begin(&shared, CallKind::Build, &request.tag).await?;
            pull::build(Arc::clone(&shared), request, sender).await
        })
    }

    async fn containers(&self, labels: &LabelFilter) -> Result<Vec<ContainerSummary>> {
        let _running = self.begin(CallKind::Containers, &labels.join(" ")).await?;
        let world = self.shared.world();
        let now = world.clock.now();
        // The newest first, as the engine lists them.
        let containers = world.containers.values().rev();
        Ok(containers
            .filter(|container| fits(&container.labels, labels))
            .map(|container| container.summary(now))
            .collect())
    }

    async fn container(&self, container: &str) -> Result<Option<ContainerDetail>> {
        let _running = self.begin(CallKind::Container, container).await?;
        Ok(self
            .shared
            .world()
            .container(container)
            .ok()
            .map(|c| c.detail()))
    }

    async fn create_container(&self, spec: &ContainerSpec) -> Result<String> {
        let _running = self.begin(CallKind::CreateContainer, &spec.name).await?;
        self.shared.change(|world| world.create(spec))
    }

    async fn start_container(&self, container: &str) -> Result<()> {
        let _running = self
            .begin(CallKind::StartContainer, &self.name(container))
            .await?;
        life::start(&self.shared, container)
    }

    async fn stop_container(&self, container: &str, grace: Option<Duration>) -> Result<()> {
        let _running = self
            .begin(CallKind::StopContainer, &self.name(container))
            .await?;
        life::stop(&self.shared, container, grace).await
    }

    async fn kill_container(&self, container: &str, signal: &str) -> Result<()> {
        let _running = self
            .begin(CallKind::KillContainer, &self.name(container))
            .await?;
        life::kill(&self.shared, container, signal)
    }

    async fn remove_container(&self, container: &str, volumes: bool) -> Result<()> {
        let _running = self
            .begin(CallKind::RemoveContainer, &self.name(container))
            .await?;
        life::remove(&self.shared, container, volumes);
        Ok(())
    }

    async fn rename_container(&self, container: &str, name: &str) -> Result<()> {
        let _running = self
            .begin(CallKind::RenameContainer, &self.name(container))
            .await?;
        self.shared.change(|world| world.rename(container, name))
    }

    async fn wait_container(&self, container: &str) -> Result<i64> {
        let _running = self
            .begin(CallKind::WaitContainer, &self.name(container))
            .await?;
        let mut changed = self.shared.changed.subscribe();
        let mut gone = self.shared.gone.subscribe();
        let id = self.shared.world().container(container)?.id.clone();
        loop {
            match self.shared.world().containers.get(&id) {
                Some(container) if container.runs() => {}
                Some(container) => return Ok(container.exit_code.unwrap_or_default()),
                // It was removed by force while it ran.
                None => return Ok(137),
            }
            tokio::select! {
                _ = changed.changed() => {}
                true = async { gone.wait_for(|gone| *gone).await.is_ok() } => return Err(lost()),
            }
        }
    }

    async fn upload(&self, container: &str, path: &str, archive: Bytes) -> Result<()> {
        let _running = self.begin(CallKind::Upload, &self.name(container)).await?;
        self.shared
            .change(|world| world.unpack(container, path, &archive))
    }

    async fn upload_stream(
        &self,
        container: &str,
        path: &str,
        mut archive: BoxStream<'static, Result<Bytes>>,
    ) -> Result<()> {
        let mut whole = Vec::new();
        while let Some(piece) = archive.next().await {
            whole.extend_from_slice(&piece?);
        }
        self.upload(container, path, whole.into()).await
    }

    async fn download(
        &self,
        container: &str,
        path: &str,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        let _running = self
            .begin(CallKind::Download, &self.name(container))
            .await?;
        let archive = self.shared.world().pack(container, path)?;
        Ok(stream::once(async { Ok(archive) }).boxed())
    }

    fn logs(&self, container: &str, options: LogOptions) -> BoxStream<'static, Result<LogLine>> {
        let shared = Arc::clone(&self.shared);
        let container = container.to_owned();
        let name = self.name(&container);
        produce(&self.shared, |sender| async move {
            let _running = begin(&shared, CallKind::Logs, &name).await?;
            logs::read(Arc::clone(&shared), container, options, sender).await
        })
    }

    async fn exec(&self, container: &str, spec: &ExecSpec) -> Result<Attached> {
        let subject = format!("{}: {}", self.name(container), spec.command.join(" "));
        let _running = self.begin(CallKind::Exec, &subject).await?;
        exec::run(&self.shared, container, spec)
    }

    async fn exec_exit_code(&self, exec: &str) -> Result<Option<i64>> {
        let _running = self.begin(CallKind::ExecExitCode, exec).await?;
        self.shared
            .world()
            .execs
            .get(exec)
            .map(|exec| exec.code)
            .ok_or_else(|| EngineError::NotFound(format!("No such exec instance: {exec}")))
    }

    async fn resize_exec(&self, exec: &str, _columns: u16, _rows: u16) -> Result<()> {
        let _running = self.begin(CallKind::ResizeExec, exec).await?;
        Ok(())
    }

    async fn attach(&self, container: &str) -> Result<Attached> {
        let _running = self.begin(CallKind::Attach, &self.name(container)).await?;
        let (id, next) = {
            let mut world = self.shared.world();
            let container = world.container(container)?;
            (container.id.clone(), container.logs.len())
        };
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        let input: Box<dyn AsyncWrite + Send + Unpin> = Box::new(ours);
        let (shared, reader) = (Arc::clone(&self.shared), id.clone());
        tokio::spawn(async move {
            let mut buffer = vec![0; 4096];
            // A pipe whose writer is gone has ended.
            while let Ok(count @ 1..) = theirs.read(&mut buffer).await {
                shared.change(|world| {
                    if let Some(container) = world.containers.get_mut(&reader) {
                        container.input.extend_from_slice(&buffer[..count]);
                    }
                });
            }
        });
        let (shared, of) = (Arc::clone(&self.shared), id.clone());
        let output = produce(&self.shared, |sender| {
            logs::attached(shared, of, next, sender)
        });
        Ok(Attached { id, input, output })
    }

    async fn resize_container(&self, container: &str, _columns: u16, _rows: u16) -> Result<()> {
        let _running = self.begin(CallKind::ResizeContainer, container).await?;
        Ok(())
    }

    async fn networks(&self, labels: &LabelFilter) -> Result<Vec<NetworkDetail>> {
        let _running = self.begin(CallKind::Networks, &labels.join(" ")).await?;
        Ok(self.shared.world().networks(labels))
    }

    async fn network(&self, network: &str) -> Result<Option<NetworkDetail>> {
        let _running = self.begin(CallKind::Network, network).await?;
        Ok(self.shared.world().network(network).cloned())
    }

    async fn create_network(&self, spec: &NetworkSpec) -> Result<()> {
        let _running = self.begin(CallKind::CreateNetwork, &spec.name).await?;
        self.shared.change(|world| world.create_network(spec))
    }

    async fn remove_network(&self, network: &str) -> Result<()> {
        let _running = self.begin(CallKind::RemoveNetwork, network).await?;
        self.shared.change(|world| world.remove_network(network))
    }

    async fn connect_network(
        &self,
        network: &str,
        container: &str,
        endpoint: &EndpointSpec,
    ) -> Result<()> {
        let subject = format!("{network}: {}", self.name(container));
        let _running = self.begin(CallKind::ConnectNetwork, &subject).await?;
        self.shared
            .change(|world| world.connect(network, container, endpoint))
    }

    async fn volumes(&self, labels: &LabelFilter) -> Result<Vec<VolumeDetail>> {
        let _running = self.begin(CallKind::Volumes, &labels.join(" ")).await?;
        Ok(self.shared.world().volumes(labels))
    }

    async fn volume(&self, volume: &str) -> Result<Option<VolumeDetail>> {
        let _running = self.begin(CallKind::Volume, volume).await?;
        let world = self.shared.world();
        Ok(world
            .volumes
            .get(volume)
            .map(|volume| volume.detail.clone()))
    }

    async fn volume_sizes(&self) -> Result<HashMap<String, u64>> {
        Ok(HashMap::new())
    }

    async fn create_volume(&self, spec: &VolumeSpec) -> Result<VolumeDetail> {
        let _running = self.begin(CallKind::CreateVolume, &spec.name).await?;
        Ok(self.shared.change(|world| world.ensure_volume(spec)))
    }

    async fn remove_volume(&self, volume: &str) -> Result<()> {
        let _running = self.begin(CallKind::RemoveVolume, volume).await?;
        self.shared.change(|world| world.remove_volume(volume))
    }

    fn events(&self, labels: &LabelFilter) -> BoxStream<'static, Result<EngineEvent>> {
        // Listening begins now, not when the stream is first polled.
        let mut events = self.shared.world().listen(labels);
        let shared = Arc::clone(&self.shared);
        let subject = labels.join(" ");
        produce(&self.shared, |sender| async move {
            let _running = begin(&shared, CallKind::Events, &subject).await?;
            while let Some(event) = events.recv().await {
                let _ = sender.send(Ok(event));
            }
            Ok(())
        })
    }
}

fn no_image(reference: &str) -> EngineError {
    EngineError::NotFound(format!("No such image: {}", familiar(reference)))
}
