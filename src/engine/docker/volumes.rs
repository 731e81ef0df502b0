//! Volumes.

use bollard::models::{Volume, VolumeCreateRequest};
use bollard::query_parameters::{ListVolumesOptions, RemoveVolumeOptions};

use super::client::DockerEngine;
use super::errors::{gone_is_fine, optional};
use super::request::path_part;
use super::values::{map, sorted, with_labels};
use crate::engine::{EngineError, LabelFilter, Result, VolumeDetail, VolumeSpec};

impl DockerEngine {
    pub(super) async fn list_volumes(&self, labels: &LabelFilter) -> Result<Vec<VolumeDetail>> {
        let options = ListVolumesOptions {
            filters: Some(with_labels(labels)),
        };
        let listed = self
            .ask(self.inner.docker.list_volumes(Some(options)))
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

    pub(super) async fn new_volume(&self, spec: &VolumeSpec) -> Result<()> {
        let request = VolumeCreateRequest {
            name: Some(spec.name.clone()),
            driver: spec.driver.clone(),
            driver_opts: map(&spec.driver_opts),
            labels: map(&spec.labels),
            ..Default::default()
        };
        self.work(self.inner.docker.create_volume(request)).await?;
        Ok(())
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
