//! The labels that are devstack's only database.
//!
//! Compose's own labels are used wherever Compose has one, so that editors, dashboards and `docker compose ps` show
//! the stack; `dev.devstack.*` for the rest. No secret is ever put into a label.

use std::collections::BTreeMap;

use crate::stack::{Condition, Service, Stack};

/// The names of the labels.
#[derive(Debug)]
pub struct Labels;

impl Labels {
    /// The project.
    pub const PROJECT: &'static str = "com.docker.compose.project";
    /// The service.
    pub const SERVICE: &'static str = "com.docker.compose.service";
    /// The number of the replica, from 1.
    pub const NUMBER: &'static str = "com.docker.compose.container-number";
    /// `True` for containers of `run`.
    pub const ONE_OFF: &'static str = "com.docker.compose.oneoff";
    /// The digest of what the container was made from.
    pub const CONFIG_HASH: &'static str = "com.docker.compose.config-hash";
    /// The id of the image.
    pub const IMAGE: &'static str = "com.docker.compose.image";
    /// The manifest files, separated by commas.
    pub const CONFIG_FILES: &'static str = "com.docker.compose.project.config_files";
    /// The project's folder.
    pub const WORKING_DIR: &'static str = "com.docker.compose.project.working_dir";
    /// `service:condition:restart`, separated by commas.
    pub const DEPENDS_ON: &'static str = "com.docker.compose.depends_on";
    /// The key of a network.
    pub const NETWORK: &'static str = "com.docker.compose.network";
    /// The key of a volume.
    pub const VOLUME: &'static str = "com.docker.compose.volume";
    /// The version of the tool that made it.
    pub const VERSION: &'static str = "com.docker.compose.version";
    /// The catalogue's name for the software.
    pub const FAMILY: &'static str = "dev.devstack.family";
    /// The path or URL to open.
    pub const OPEN: &'static str = "dev.devstack.open";
    /// Whether the container is a one-shot, done when it exits 0.
    pub const ONE_SHOT: &'static str = "dev.devstack.one-shot";
    /// The project of a record that is no part of the stack itself.
    pub const RECORD_PROJECT: &'static str = "dev.devstack.project";
    /// The service of a record.
    pub const RECORD_SERVICE: &'static str = "dev.devstack.service";
    /// `begun` or `applied`, on a seed record.
    pub const SEED_STATE: &'static str = "dev.devstack.seed.state";
    /// Digests of the seeds, separated by commas.
    pub const SEED_DIGESTS: &'static str = "dev.devstack.seed.digests";
    /// Which data the seeds were applied to.
    pub const SEED_DATA: &'static str = "dev.devstack.seed.data";

    /// What is noted of the last run, as JSON.
    pub const LAST_RUN: &'static str = "dev.devstack.last-run";
    /// Which copy of a stack it is.
    pub const INSTANCE: &'static str = "dev.devstack.instance";
    /// The project that it is a copy of.
    pub const INSTANCE_OF: &'static str = "dev.devstack.instance-of";
    /// What a live volume holds, as JSON.
    pub const DATA: &'static str = "dev.devstack.data";
    /// A snapshot, as JSON.
    pub const SNAPSHOT: &'static str = "dev.devstack.snapshot";
    /// The project that made a layer.
    pub const LAYER: &'static str = "dev.devstack.layer";
    /// What is about to take the place of a live volume, as JSON.
    pub const NEXT: &'static str = "dev.devstack.next";
    /// The project for which a container gave a way into volumes; it is never started.
    pub const DOOR: &'static str = "dev.devstack.door";

    /// The filter that finds everything of a project.
    pub fn of_project(project: &str) -> Vec<String> {
        vec![format!("{}={project}", Self::PROJECT)]
    }
}

/// The labels of a service's container, without the configuration hash.
pub(super) fn container_labels(
    stack: &Stack,
    service: &Service,
    number: u32,
) -> BTreeMap<String, String> {
    let mut labels = project_labels(stack);
    let mut set = |key: &str, value: String| labels.insert(key.to_owned(), value);
    set(Labels::SERVICE, service.name.clone());
    set(Labels::NUMBER, number.to_string());
    set(Labels::ONE_OFF, "False".to_owned());
    set(Labels::WORKING_DIR, stack.directory.display().to_string());
    let files: Vec<_> = stack
        .files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    set(Labels::CONFIG_FILES, files.join(","));
    let depends_on: Vec<_> = service
        .depends_on
        .iter()
        // One that is not required and switched off is none.
        .filter(|dependency| stack.services.contains_key(&dependency.service))
        .map(|dependency| {
            let condition = match dependency.condition {
                Condition::Started => "service_started",
                Condition::Ready => "service_healthy",
                Condition::Completed => "service_completed_successfully",
            };
            format!("{}:{condition}:{}", dependency.service, dependency.restart)
        })
        .collect();
    set(Labels::DEPENDS_ON, depends_on.join(","));
    if let Some(family) = service.family {
        set(Labels::FAMILY, family.to_owned());
    }
    if let Some(open) = &service.open {
        set(Labels::OPEN, open.clone());
    }
    if service.is_one_shot() {
        set(Labels::ONE_SHOT, "true".to_owned());
    }
    labels
}

/// The labels that everything of a project has.
pub(super) fn project_labels(stack: &Stack) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([
        (Labels::PROJECT.to_owned(), stack.name.clone()),
        (
            Labels::VERSION.to_owned(),
            env!("CARGO_PKG_VERSION").to_owned(),
        ),
    ]);
    if let Some(instance) = &stack.instance {
        labels.insert(Labels::INSTANCE.to_owned(), instance.name.clone());
        labels.insert(Labels::INSTANCE_OF.to_owned(), instance.of.clone());
    }
    labels
}

/// Which service and replica a container with these labels is; `None` for containers of `run` and of other tools.
pub fn service_of(labels: &BTreeMap<String, String>) -> Option<(&str, u32)> {
    if labels
        .get(Labels::ONE_OFF)
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        return None;
    }
    let service = labels.get(Labels::SERVICE)?;
    let number = labels
        .get(Labels::NUMBER)
        .and_then(|number| number.parse().ok());
    Some((service, number.unwrap_or(1)))
}
