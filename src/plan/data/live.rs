//! What the label of a live volume tells.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::VolumeDetail;
use crate::plan::Labels;

/// What a live volume holds, as its label tells. A volume's labels cannot be changed, so neither can this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveData {
    /// How it is made of layers.
    pub mode: LayerMode,
    /// The frozen layers that it shows, the oldest first, by the names of their volumes.
    pub below: Vec<String>,
    /// The layer that is written to. Where layers are copied, a mark that tells this data from what is there later, and
    /// no volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<String>,
    /// Whether what is in it can be trusted.
    pub state: DataState,
    /// What the frozen layers were made from: the service's settings, in short.
    #[serde(default)]
    pub setup: String,
    /// The digests of the seeds that the frozen layers hold; `None` before the server has even initialised them.
    #[serde(default)]
    pub seeds: Option<Vec<String>>,
    /// The image that initialised them.
    #[serde(default)]
    pub image: String,
    /// How many of the frozen layers hold nothing but seeds: what `reset` goes back to.
    #[serde(default)]
    pub seeded: usize,
    /// Owner and mode of the top folder as the seeded layers have it.
    #[serde(default)]
    pub root: Option<Root>,
    /// Whether the frozen layers hold data of the user's own beside seeds, so that seeding must not start over.
    #[serde(default)]
    pub kept: bool,
    /// The snapshot that it started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// How far a live volume is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataState {
    /// The user's data.
    Live,
    /// First boot or seeds are being written into the top layer: whatever is in it is thrown away if that is
    /// interrupted.
    Seeding,
}

/// How layers are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LayerMode {
    /// By an overlay that the engine mounts: constant time.
    Overlay,
    /// By copying them.
    Copy,
}

/// Owner and mode of a folder. The top of an overlay shows its uppermost layer's, so each new layer has to repeat
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// The owner's number.
    pub uid: u64,
    /// The group's number.
    pub gid: u64,
    /// The mode bits.
    pub mode: u32,
}

impl LiveData {
    /// What a volume's label tells; `None` for a plain volume.
    pub fn from_volume(volume: &VolumeDetail) -> Option<Self> {
        serde_json::from_str(volume.labels.get(Labels::DATA)?).ok()
    }

    /// The label that tells it.
    pub fn label(&self) -> (String, String) {
        let text = serde_json::to_string(self).expect("it has string keys only");
        (Labels::DATA.to_owned(), text)
    }

    /// Every layer that it needs.
    pub fn layers(&self) -> impl Iterator<Item = &str> {
        self.below.iter().chain(&self.top).map(String::as_str)
    }

    /// Whether it holds these seeds, and was made from these settings.
    pub fn is_made_from(&self, setup: &str, seeds: &[String]) -> bool {
        self.setup == setup && self.seeds.as_deref() == Some(seeds)
    }
}

/// The labels of a layer's volume.
pub fn layer_labels(project: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(Labels::LAYER.to_owned(), project.to_owned())])
}
