//! Who answers.

use jiff::SignedDuration;
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
    /// The operating system that it runs on, in its own words.
    pub system: String,
    /// The folder of its data, as it sees it.
    pub root: String,
    /// What its storage driver says of itself, as `key: value`.
    pub storage_status: Vec<(String, String)>,
    /// What its clock shows more than ours.
    pub clock_lead: SignedDuration,
    /// The proxies that it uses for registries. They may hold a password.
    #[serde(skip)]
    pub proxies: EngineProxies,
    /// Whether it runs on this machine, so that container addresses and host files are ours too.
    pub local: bool,
}

/// The proxies that an engine uses for registries; empty where it uses none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EngineProxies {
    /// For `http` addresses.
    pub http: String,
    /// For `https` addresses.
    pub https: String,
    /// Hosts that are reached without one.
    pub none_for: String,
}

/// Shows no password.
impl std::fmt::Debug for EngineProxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineProxies").finish_non_exhaustive()
    }
}
