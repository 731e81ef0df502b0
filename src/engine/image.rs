//! Images: pulls, builds, and what an image says of itself.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::company::CompanyCertificates;
use crate::stack::{Build, Healthcheck, Protocol};

/// An image that the engine has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Image {
    /// The id (`sha256:…`).
    pub id: String,
    /// The names that it has here.
    pub names: Vec<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last named here.
    pub tagged: Option<Timestamp>,
    /// Its size in bytes.
    pub size: u64,
    /// `os/arch[/variant]`.
    pub platform: String,
    /// Its health check.
    pub healthcheck: Option<Healthcheck>,
    /// Ports it exposes.
    pub exposed: Vec<(u16, Protocol)>,
    /// Folders it declares as volumes.
    pub volumes: Vec<String>,
    /// Its environment, as `KEY=value`.
    pub environment: Vec<String>,
    /// Its command.
    pub command: Vec<String>,
    /// Its entrypoint.
    pub entrypoint: Vec<String>,
    /// Its user, empty for root.
    pub user: String,
}

/// What the listing says of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageSummary {
    /// The id (`sha256:…`).
    pub id: String,
    /// The names that it has here.
    pub names: Vec<String>,
    /// Its size in bytes.
    pub size: u64,
}

/// A pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// The reference, with registry if it is not Docker Hub.
    pub reference: String,
    /// The platform, if not the engine's.
    pub platform: Option<String>,
}

/// How far a pull is, over all layers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PullProgress {
    /// Bytes downloaded.
    pub downloaded: u64,
    /// Bytes to download, as far as known yet.
    pub total: u64,
    /// Layers that are in place.
    pub layers_done: u32,
    /// Layers there are.
    pub layers: u32,
    /// Whether every byte is here and only unpacking is left.
    pub extracting: bool,
}

/// A build.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// The name of the image to make.
    pub tag: String,
    /// How.
    pub build: Build,
    /// Labels that devstack adds.
    pub labels: Vec<(String, String)>,
    /// Certificates that the build's commands trust, if not the base image's own alone.
    pub certificates: Option<Arc<CompanyCertificates>>,
}

/// What a build says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildProgress {
    /// The context is being sent: bytes so far, of how many.
    Context {
        /// Bytes sent.
        sent: u64,
        /// Bytes in all.
        total: u64,
    },
    /// A step of the Dockerfile begins.
    Step {
        /// Its number, from 1.
        number: u32,
        /// How many there are.
        of: u32,
        /// The instruction.
        text: String,
    },
    /// A line of output.
    Line(String),
    /// A base image is being pulled.
    Pull(PullProgress),
    /// The image is there, with this id.
    Done(String),
}
