//! Files into and out of containers, as tar archives.

use bollard::query_parameters::{DownloadFromContainerOptions, UploadToContainerOptions};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::client::DockerEngine;
use crate::engine::Result;

impl DockerEngine {
    /// No limit of time: an upload takes as long as its bytes need.
    pub(super) async fn put_archive(
        &self,
        container: &str,
        path: &str,
        archive: Bytes,
    ) -> Result<()> {
        let id = self.container_id(container).await?;
        let options = UploadToContainerOptions {
            path: path.to_owned(),
            ..Default::default()
        };
        self.inner
            .docker
            .upload_to_container(&id, Some(options), bollard::body_full(archive))
            .await
            .map_err(|error| self.error(error))
    }

    /// The same with an archive that comes piece by piece.
    pub(super) async fn put_archive_stream(
        &self,
        container: &str,
        path: &str,
        archive: BoxStream<'static, Result<Bytes>>,
    ) -> Result<()> {
        let id = self.container_id(container).await?;
        let options = UploadToContainerOptions {
            path: path.to_owned(),
            ..Default::default()
        };
        let archive = archive.map(|piece| piece.map_err(std::io::Error::other));
        self.inner
            .docker
            .upload_to_container(&id, Some(options), bollard::body_try_stream(archive))
            .await
            .map_err(|error| self.error(error))
    }

    pub(super) async fn get_archive(
        &self,
        container: &str,
        path: &str,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        let id = self.container_id(container).await?;
        let options = DownloadFromContainerOptions {
            path: path.to_owned(),
        };
        let engine = self.clone();
        let mut parts = self
            .inner
            .docker
            .download_from_container(&id, Some(options))
            .map(move |part| part.map_err(|error| engine.error(error)))
            .boxed();
        // The first part says whether the path is there.
        match parts.next().await {
            None => Ok(stream::empty().boxed()),
            Some(first) => Ok(stream::once(std::future::ready(Ok(first?)))
                .chain(parts)
                .boxed()),
        }
    }
}
