//! Volumes.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

/// A volume to be created.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VolumeSpec {
    /// The name.
    pub name: String,
    /// The driver, if not the engine's default.
    pub driver: Option<String>,
    /// The driver's options.
    pub driver_opts: IndexMap<String, String>,
    /// All labels.
    pub labels: BTreeMap<String, String>,
}

/// A volume that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VolumeDetail {
    /// The name.
    pub name: String,
    /// The driver.
    pub driver: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// Where the engine keeps it, as the engine sees it.
    pub mountpoint: String,
    /// When it was made, in the engine's words; with the name it tells one volume from a later one of that name.
    pub created: String,
}
