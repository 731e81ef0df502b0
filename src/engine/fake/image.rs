//! Images of the fake engine and of the registry that it pulls from.

use std::time::Duration;

use jiff::Timestamp;

use super::Behaviour;
use super::pattern;
use crate::catalog::ImageName;
use crate::engine::{EngineError, Image};
use crate::stack::{Healthcheck, Protocol};

/// An image as a test describes it: what it says of itself, how its containers behave, and how its pull goes.
#[derive(Debug, Clone)]
pub struct FakeImage {
    pub(super) reference: String,
    pub(super) detail: Image,
    behaviour: Behaviour,
    by_command: Vec<(String, Behaviour)>,
    pub(super) layers: Vec<u64>,
    pub(super) pull_takes: Duration,
    pub(super) pull_failures: Vec<EngineError>,
}

impl FakeImage {
    /// An image whose containers run for ever, of two layers, pulled in no time.
    pub fn new(reference: &str) -> Self {
        Self {
            reference: reference.to_owned(),
            detail: Image {
                id: String::new(),
                names: Vec::new(),
                created: Some(Timestamp::UNIX_EPOCH),
                tagged: None,
                size: 0,
                platform: "linux/amd64".to_owned(),
                healthcheck: None,
                exposed: Vec::new(),
                volumes: Vec::new(),
                environment: vec!["PATH=/usr/local/bin:/usr/bin:/bin".to_owned()],
                command: vec!["serve".to_owned()],
                entrypoint: Vec::new(),
                user: String::new(),
            },
            behaviour: Behaviour::runs(),
            by_command: Vec::new(),
            layers: vec![20_000_000, 5_000_000],
            pull_takes: Duration::ZERO,
            pull_failures: Vec::new(),
        }
    }

    /// What its containers do.
    #[must_use]
    pub fn behaves(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// What its containers do whose entrypoint and command, joined by spaces, have this form (`*` is anything).
    #[must_use]
    pub fn behaves_for(mut self, command: &str, behaviour: Behaviour) -> Self {
        self.by_command.push((command.to_owned(), behaviour));
        self
    }

    /// Its health check.
    #[must_use]
    pub fn healthcheck(mut self, healthcheck: Healthcheck) -> Self {
        self.detail.healthcheck = Some(healthcheck);
        self
    }

    /// A TCP port that it exposes.
    #[must_use]
    pub fn exposes(mut self, port: u16) -> Self {
        self.detail.exposed.push((port, Protocol::Tcp));
        self
    }

    /// A folder that it declares as a volume.
    #[must_use]
    pub fn volume(mut self, path: &str) -> Self {
        self.detail.volumes.push(path.to_owned());
        self
    }

    /// A variable of its environment, `KEY=value`.
    #[must_use]
    pub fn environment(mut self, variable: &str) -> Self {
        self.detail.environment.push(variable.to_owned());
        self
    }

    /// Its command.
    #[must_use]
    pub fn command(mut self, words: &[&str]) -> Self {
        self.detail.command = words.iter().map(ToString::to_string).collect();
        self
    }

    /// Its entrypoint.
    #[must_use]
    pub fn entrypoint(mut self, words: &[&str]) -> Self {
        self.detail.entrypoint = words.iter().map(ToString::to_string).collect();
        self
    }

    /// The sizes of its layers in bytes.
    #[must_use]
    pub fn layers(mut self, sizes: &[u64]) -> Self {
        self.layers = sizes.to_vec();
        self
    }

    /// How long its pull takes.
    #[must_use]
    pub fn pull_takes(mut self, time: Duration) -> Self {
        self.pull_takes = time;
        self
    }

    /// Its first `times` pulls break off halfway with this error.
    #[must_use]
    pub fn pull_fails(mut self, times: usize, error: &EngineError) -> Self {
        self.pull_failures
            .extend(std::iter::repeat_n(error.clone(), times));
        self
    }

    /// What a container with this entrypoint and command does.
    pub(super) fn behaviour(&self, command: &str) -> &Behaviour {
        self.by_command
            .iter()
            .find(|(form, _)| pattern::matches(form, command))
            .map_or(&self.behaviour, |(_, behaviour)| behaviour)
    }

    pub(super) fn size(&self) -> u64 {
        self.layers.iter().sum()
    }
}

/// A reference with all that it implies, so that `postgres:17` and `docker.io/library/postgres:17` are one.
pub(super) fn canonical(reference: &str) -> String {
    let Some(name) = ImageName::parse(reference) else {
        return reference.to_owned();
    };
    let mut text = format!("{}/{}", name.registry(), name.repository());
    if let Some(tag) = name.tag() {
        text.push(':');
        text.push_str(tag);
    }
    if let Some(digest) = name.digest() {
        text.push('@');
        text.push_str(digest);
    }
    text
}

/// A reference as the engine shows it: Docker Hub's names short.
pub(super) fn familiar(reference: &str) -> String {
    let full = canonical(reference);
    full.strip_prefix("docker.io/library/")
        .or_else(|| full.strip_prefix("docker.io/"))
        .map(str::to_owned)
        .unwrap_or(full)
}
