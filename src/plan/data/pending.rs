//! Notes about what is to come.

use super::LiveData;
use crate::engine::{VolumeDetail, VolumeSpec};
use crate::plan::Labels;

/// How the name of a note's volume ends.
const ENDING: &str = ".next";

/// What is about to take the place of a live volume. For a moment neither is there, and without this note nobody would
/// know what was to come. It is an empty volume of the project's, so it goes with the project's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The live volume's name.
    pub volume: String,
    /// The project.
    pub project: String,
    /// What it is to hold.
    pub next: LiveData,
}

impl Pending {
    /// The note that a volume holds, if it holds one.
    pub fn from_volume(volume: &VolumeDetail) -> Option<Self> {
        let next = serde_json::from_str(volume.labels.get(Labels::NEXT)?).ok()?;
        Some(Self {
            volume: volume.name.strip_suffix(ENDING)?.to_owned(),
            project: volume.labels.get(Labels::PROJECT)?.clone(),
            next,
        })
    }

    /// The name of its volume.
    pub fn name(&self) -> String {
        format!("{}{ENDING}", self.volume)
    }

    /// A note as a volume to be made: that this live volume is about to be.
    pub fn note(live: &VolumeSpec) -> VolumeSpec {
        let mut labels = live.labels.clone();
        let next = labels.remove(Labels::DATA).unwrap_or_default();
        labels.insert(Labels::NEXT.to_owned(), next);
        VolumeSpec {
            name: format!("{}{ENDING}", live.name),
            labels,
            ..VolumeSpec::default()
        }
    }
}
