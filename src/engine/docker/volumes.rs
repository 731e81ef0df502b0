//! Volumes.

use std::collections::HashMap;

use bollard::models::{Volume, VolumeCreateRequest};
use bollard::query_parameters::{ListVolumesOptions, RemoveVolumeOptions};

use http_body_util::BodyExt as _;
use serde::Deserialize;

use super::client::DockerEngine;
use super::errors::{gone_is_fine, optional};
use super::request::{Query, path_part};
use super::values::{map, sorted, with_labels};
use crate::engine::{EngineError, LabelFilter, Result, VolumeDetail, VolumeSpec};

/// The part of the account that is about volumes.
#[derive(Deserialize)]
struct Usage {
    #[serde(rename = "Volumes")]
    volumes: Option<Vec<VolumeUsage>>,
}

#[derive(Deserialize)]
struct VolumeUsage {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "UsageData")]
    usage: Option<UsageData>,
}

/// Sizes are -1 where they are not known.
#[derive(Deserialize)]
struct UsageData {
    #[serde(rename = "Size")]
    size: i64,
}

impl DockerEngine {
    pub(super) async fn list_volumes(&self, labels: &LabelFilter) -> Result<Vec<VolumeDetail>> {
        let options = ListVolumesOptions {
            filters: Some(with_labels(labels)),
        };
        // The engine lists none while it removes one, and that takes as long as its files are many.
        let listed = self
            .work(self.inner.docker.list_volumes(Some(options)))
            .await?;
        Ok(listed
            .volumes
            .unwrap_or_default()
            .into_iter()
            .map(detail)
            .collect())
    }

    pub(super) async fn inspect_volume(&self, volume: &str) -> Result<Option<VolumeDetail>> {
        let found = match path_part("volume", volume) {
            Ok(volume) => self.ask(self.inner.docker.inspect_volume(volume)).await,
            Err(error) => Err(error),
        };
        Ok(optional(found)?.map(detail))
    }

    /// From the engine's account of its disk, which bollard cannot read in every version.
    pub(super) async fn sizes_of_volumes(&self) -> Result<HashMap<String, u64>> {
        let query = if self.speaks((1, 42)) {
            Query::new().with("type", "volume")
        } else {
            Query::new()
        };
        let response = self.inner.transport.get("/system/df", &query).await?;
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| EngineError::Connection(error.to_string()))?;
        let usage: Usage = serde_json::from_slice(&body.to_bytes())
            .map_err(|error| EngineError::Connection(error.to_string()))?;
        Ok(usage
            .volumes
            .unwrap_or_default()
            .into_iter()
            .filter_map(|volume| {
                let size = u64::try_from(volume.usage?.size).ok()?;
                Some((volume.name, size))
            })
            .collect())
    }

    pub(super) async fn new_volume(&self, spec: &VolumeSpec) -> Result<VolumeDetail> {
        let request = VolumeCreateRequest {
            name: Some(spec.name.clone()),
            driver: spec.driver.clone(),
            driver_opts: map(&spec.driver_opts),
            labels: map(&spec.labels),
            ..Default::default()
        };
        let made = self.work(self.inner.docker.create_volume(request)).await?;
        Ok(detail(made))
    }

    pub(super) async fn delete_volume(&self, volume: &str) -> Result<()> {
        let volume = match path_part("volume", volume) {
            Err(EngineError::NotFound(_)) => return Ok(()),
            other => other?,
        };
        let options = None::<RemoveVolumeOptions>;
        gone_is_fine(
            self.work(self.inner.docker.remove_volume(volume, options))
                .await,
        )
    }
}

fn detail(volume: Volume) -> VolumeDetail {
    VolumeDetail {
        name: volume.name,
        driver: volume.driver,
        labels: sorted(Some(volume.labels)),
        mountpoint: volume.mountpoint,
        created: volume.created_at.unwrap_or_default(),
    }
}
