//! Docker Engine through bollard: the only place that knows bollard.
//!
//! One file a noun of the API. bollard gives the models and every call that has one answer; what comes as a stream
//! (pulls, builds, logs, events, terminals) is read here, since bollard's readers buffer without bound. No policy:
//! what to call, in which order and how often is decided above. The main type is [`DockerEngine`].

mod archive;
mod build;
mod buildkit;
mod client;
mod containers;
mod context;
mod create;
mod errors;
mod events;
mod exec;
mod frames;
mod host;
mod images;
mod info;
mod json_lines;
mod limits;
mod logs;
mod mounts;
mod names;
mod networks;
mod pull;
mod registry;
mod request;
mod security;
#[cfg(test)]
mod testing;
mod times;
mod tls;
mod transport;
mod values;
mod volumes;

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

pub use client::DockerEngine;
pub use context::left_out_of_build;

use crate::engine::{
    Attached, BuildProgress, BuildRequest, ContainerDetail, ContainerSpec, ContainerSummary,
    EndpointSpec, Engine, EngineEvent, EngineInfo, ExecSpec, Image, ImageSummary, LabelFilter,
    LogLine, LogOptions, NetworkDetail, NetworkSpec, PullProgress, PullRequest, Result,
    VolumeDetail, VolumeSpec,
};

#[async_trait]
impl Engine for DockerEngine {
    fn address(&self) -> &str {
        &self.inner.address
    }

    async fn info(&self) -> Result<EngineInfo> {
        self.described().await
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>> {
        self.inspect_image(reference).await
    }

    async fn images(&self) -> Result<Vec<ImageSummary>> {
        self.list_images().await
    }

    async fn ask_registry(&self, registry: &str) -> Result<Option<String>> {
        self.log_in(registry).await
    }

    fn pull(&self, request: PullRequest) -> BoxStream<'static, Result<PullProgress>> {
        self.pull_image(request)
    }

    async fn tag_image(&self, reference: &str, name: &str) -> Result<()> {
        self.name_image(reference, name).await
    }

    async fn remove_image(&self, reference: &str) -> Result<()> {
        self.delete_image(reference).await
    }

    fn build(&self, request: BuildRequest) -> BoxStream<'static, Result<BuildProgress>> {
        self.build_image(request)
    }

    async fn containers(&self, labels: &LabelFilter) -> Result<Vec<ContainerSummary>> {
        self.list_containers(labels).await
    }

    async fn container(&self, container: &str) -> Result<Option<ContainerDetail>> {
        self.inspect_container(container).await
    }

    async fn create_container(&self, spec: &ContainerSpec) -> Result<String> {
        self.new_container(spec).await
    }

    async fn start_container(&self, container: &str) -> Result<()> {
        self.start(container).await
    }

    async fn stop_container(&self, container: &str, grace: Option<Duration>) -> Result<()> {
        self.stop(container, grace).await
    }

    async fn kill_container(&self, container: &str, signal: &str) -> Result<()> {
        self.kill(container, signal).await
    }

    async fn remove_container(&self, container: &str, volumes: bool) -> Result<()> {
        self.delete_container(container, volumes).await
    }

    async fn rename_container(&self, container: &str, name: &str) -> Result<()> {
        self.rename(container, name).await
    }

    async fn wait_container(&self, container: &str) -> Result<i64> {
        self.wait(container).await
    }

    async fn upload(&self, container: &str, path: &str, archive: Bytes) -> Result<()> {
        self.put_archive(container, path, archive).await
    }

    async fn upload_stream(
        &self,
        container: &str,
        path: &str,
        archive: BoxStream<'static, Result<Bytes>>,
    ) -> Result<()> {
        self.put_archive_stream(container, path, archive).await
    }

    async fn download(
        &self,
        container: &str,
        path: &str,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        self.get_archive(container, path).await
    }

    fn logs(&self, container: &str, options: LogOptions) -> BoxStream<'static, Result<LogLine>> {
        self.read_logs(container, options)
    }

    async fn exec(&self, container: &str, spec: &ExecSpec) -> Result<Attached> {
        self.run_in(container, spec).await
    }

    async fn exec_exit_code(&self, exec: &str) -> Result<Option<i64>> {
        self.exit_code_of(exec).await
    }

    async fn resize_exec(&self, exec: &str, columns: u16, rows: u16) -> Result<()> {
        self.resize_command(exec, columns, rows).await
    }

    async fn attach(&self, container: &str) -> Result<Attached> {
        self.attach_to(container).await
    }

    async fn resize_container(&self, container: &str, columns: u16, rows: u16) -> Result<()> {
        self.resize_main(container, columns, rows).await
    }

    async fn networks(&self, labels: &LabelFilter) -> Result<Vec<NetworkDetail>> {
        self.list_networks(labels).await
    }

    async fn network(&self, network: &str) -> Result<Option<NetworkDetail>> {
        self.inspect_network(network).await
    }

    async fn create_network(&self, spec: &NetworkSpec) -> Result<()> {
        self.new_network(spec).await
    }

    async fn remove_network(&self, network: &str) -> Result<()> {
        self.delete_network(network).await
    }

    async fn connect_network(
        &self,
        network: &str,
        container: &str,
        endpoint: &EndpointSpec,
    ) -> Result<()> {
        self.join_network(network, container, endpoint).await
    }

    async fn volumes(&self, labels: &LabelFilter) -> Result<Vec<VolumeDetail>> {
        self.list_volumes(labels).await
    }

    async fn volume(&self, volume: &str) -> Result<Option<VolumeDetail>> {
        self.inspect_volume(volume).await
    }

    async fn volume_sizes(&self) -> Result<HashMap<String, u64>> {
        self.sizes_of_volumes().await
    }

    async fn create_volume(&self, spec: &VolumeSpec) -> Result<VolumeDetail> {
        self.new_volume(spec).await
    }

    async fn remove_volume(&self, volume: &str) -> Result<()> {
        self.delete_volume(volume).await
    }

    fn events(&self, labels: &LabelFilter) -> BoxStream<'static, Result<EngineEvent>> {
        self.watch(labels)
    }
}
