//! Who answers.

use serde::Serialize;

/// What the engine says of itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EngineInfo {
    /// The engine's version.
    pub version: String,
    /// The API version spoken.
    pub api: (u16, u16),
    /// `linux` or `windows`.
    pub os: String,
    /// The architecture, as in image platforms (`amd64`, `arm64`).
    pub architecture: String,
    /// The storage driver.
    pub storage_driver: String,
    /// CPUs.
    pub cpus: u64,
    /// Memory in bytes.
    pub memory: u64,
    /// Whether it runs on this machine, so that container addresses and host files are ours too.
    pub local: bool,
}
