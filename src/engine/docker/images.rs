//! Images that are there.

use bollard::models::ImageInspect;
use bollard::query_parameters::{ListImagesOptions, RemoveImageOptions, TagImageOptions};

use super::client::DockerEngine;
use super::create::refused;
use super::errors::{gone_is_fine, optional};
use super::names::{could_be_id, no_such};
use super::request::path_part;
use super::times::instant;
use super::values::{healthcheck, ports};
use crate::catalog::ImageName;
use crate::engine::{EngineError, Image, ImageSummary, Result};

impl DockerEngine {
    pub(super) async fn inspect_image(&self, reference: &str) -> Result<Option<Image>> {
        Ok(optional(self.look_at_image(reference).await)?.map(image))
    }

    pub(super) async fn list_images(&self) -> Result<Vec<ImageSummary>> {
        let options = None::<ListImagesOptions>;
        let found = self.ask(self.inner.docker.list_images(options)).await?;
        let named = found.into_iter().map(|image| ImageSummary {
            id: image.id,
            // What has lost its names is listed under one of these words.
            names: image
                .repo_tags
                .into_iter()
                .filter(|name| !name.contains("<none>"))
                .collect(),
            size: u64::try_from(image.size).unwrap_or_default(),
        });
        Ok(named.filter(|image| !image.names.is_empty()).collect())
    }

    async fn look_at_image(&self, reference: &str) -> Result<ImageInspect> {
        let part = path_part("image", reference)?;
        let found = self.ask(self.inner.docker.inspect_image(part)).await?;
        // The engine also takes the beginning of an id for a name.
        let names = found.repo_tags.as_deref().unwrap_or_default();
        if could_be_id(part) && !names.iter().any(|name| names_image(name, part)) {
            return Err(no_such("image", reference));
        }
        Ok(found)
    }

    /// The entrypoint of an image, if the image is there and has one.
    pub(super) async fn image_entrypoint(&self, reference: &str) -> Result<Option<Vec<String>>> {
        let found = optional(self.look_at_image(reference).await)?;
        Ok(found
            .and_then(|image| image.config)
            .and_then(|config| config.entrypoint))
    }

    /// The shell that an image sets, if the image is there and sets one.
    pub(super) async fn image_shell(&self, reference: &str) -> Result<Option<Vec<String>>> {
        let found = optional(self.look_at_image(reference).await)?;
        Ok(found
            .and_then(|image| image.config)
            .and_then(|config| config.shell)
            .filter(|shell| !shell.is_empty()))
    }

    pub(super) async fn name_image(&self, reference: &str, name: &str) -> Result<()> {
        let part = path_part("image", reference)?;
        let (repo, tag) = split_tag(name)?;
        let options = TagImageOptions {
            repo: Some(repo),
            tag: Some(tag),
        };
        self.ask(self.inner.docker.tag_image(part, Some(options)))
            .await
    }

    pub(super) async fn delete_image(&self, reference: &str) -> Result<()> {
        let part = match path_part("image", reference) {
            Err(EngineError::NotFound(_)) => return Ok(()),
            other => other?,
        };
        let removed = self
            .work(
                self.inner
                    .docker
                    .remove_image(part, None::<RemoveImageOptions>, None),
            )
            .await
            .map(|_| ());
        gone_is_fine(removed)
    }
}

fn names_image(name: &str, asked: &str) -> bool {
    name == asked || name.strip_suffix(":latest") == Some(asked)
}

/// A name taken apart at its tag, as the engine wants it.
fn split_tag(name: &str) -> Result<(String, String)> {
    let parsed = ImageName::parse(name)
        .filter(|parsed| parsed.digest().is_none())
        .ok_or_else(|| refused(format!("`{name}` is no name for an image")))?;
    let tag = parsed.tag().unwrap_or("latest").to_owned();
    let repo = name
        .strip_suffix(&format!(":{tag}"))
        .unwrap_or(name)
        .to_owned();
    Ok((repo, tag))
}

fn image(found: ImageInspect) -> Image {
    let config = found.config.unwrap_or_default();
    let platform = [found.os, found.architecture, found.variant]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("/");
    let mut volumes = config.volumes.unwrap_or_default();
    volumes.sort();
    Image {
        id: found.id.unwrap_or_default(),
        names: found.repo_tags.unwrap_or_default(),
        created: instant(found.created.as_deref()),
        tagged: instant(
            found
                .metadata
                .and_then(|metadata| metadata.last_tag_time)
                .as_deref(),
        ),
        size: found
            .size
            .and_then(|size| u64::try_from(size).ok())
            .unwrap_or_default(),
        platform,
        healthcheck: healthcheck(config.healthcheck),
        exposed: ports(config.exposed_ports),
        volumes,
        environment: config.env.unwrap_or_default(),
        command: config.cmd.unwrap_or_default(),
        entrypoint: config.entrypoint.unwrap_or_default(),
        user: config.user.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_a_name_at_its_tag() {
        let split = |name| split_tag(name).expect("a name");
        assert_eq!(
            split("postgres:17"),
            ("postgres".to_owned(), "17".to_owned())
        );
        assert_eq!(
            split("localhost:5000/a/b"),
            ("localhost:5000/a/b".to_owned(), "latest".to_owned())
        );
        assert!(split_tag("a@sha256:00").is_err());
        assert!(split_tag("A B").is_err());
    }

    #[test]
    fn reads_what_an_image_says() {
        let inspected = serde_json::json!({
            "Id": "sha256:00", "RepoTags": null, "Created": "2024-05-06T07:08:09Z",
            "Architecture": "arm64", "Variant": "v8", "Os": "linux", "Size": 12,
            "Config": {
                "User": "", "Env": ["A=1"], "Cmd": ["run"], "Entrypoint": null,
                "ExposedPorts": { "5432/tcp": {}, "53/udp": {} },
                "Volumes": { "/var/lib/data": {} },
                "Healthcheck": { "Test": ["CMD", "true"], "Interval": 1_000_000_000 },
            },
            "Metadata": { "LastTagTime": "0001-01-01T00:00:00Z" },
        });
        let image = image(serde_json::from_value(inspected).expect("an image"));
        assert_eq!(image.platform, "linux/arm64/v8");
        assert_eq!(image.exposed.len(), 2);
        assert_eq!(image.volumes, ["/var/lib/data"]);
        assert_eq!(image.tagged, None);
        assert!(image.names.is_empty() && image.entrypoint.is_empty());
        assert!(image.healthcheck.is_some());
    }
}
