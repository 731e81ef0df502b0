//! What is noted in the engine of the last run that changed something: how long it took, and what it waited for.
//!
//! As with seeds, the note is an empty volume with labels. It goes when the project does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::{VolumeDetail, VolumeSpec};
use crate::event::Stretch;

use super::Labels;

/// What is noted of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunNote {
    /// The command.
    pub command: String,
    /// When it ended.
    pub at: Timestamp,
    /// Whether it failed, or was interrupted.
    #[serde(default)]
    pub failed: bool,
    /// Milliseconds that it took.
    pub took_ms: u64,
    /// What its end waited for, first to last.
    pub path: Vec<Stretch>,
}

impl RunNote {
    /// The name of the volume that holds the note. No service has an empty name, so it is no note about seeds.
    pub fn volume_name(project: &str) -> String {
        format!("{project}_.last-run")
    }

    /// The filter that finds the note.
    pub fn of_project(project: &str) -> Vec<String> {
        vec![
            format!("{}={project}", Labels::RECORD_PROJECT),
            Labels::LAST_RUN.to_owned(),
        ]
    }

    /// The note as a volume to be made.
    pub fn to_volume(&self, project: &str) -> VolumeSpec {
        let text = serde_json::to_string(self).expect("a note has string keys only");
        VolumeSpec {
            name: Self::volume_name(project),
            labels: BTreeMap::from([
                (Labels::RECORD_PROJECT.to_owned(), project.to_owned()),
                (Labels::LAST_RUN.to_owned(), text),
            ]),
            ..VolumeSpec::default()
        }
    }

    /// The note that a volume holds, if it holds one that can be read.
    pub fn from_volume(volume: &VolumeDetail) -> Option<Self> {
        serde_json::from_str(volume.labels.get(Labels::LAST_RUN)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_was_written() {
        let note = RunNote {
            command: "up".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            failed: false,
            took_ms: 53_000,
            path: vec![Stretch {
                service: Some("db".to_owned()),
                what: "image".to_owned(),
                step: "pull postgres:17".to_owned(),
                ms: 41_000,
            }],
        };
        let spec = note.to_volume("shop");
        let volume = VolumeDetail {
            name: spec.name,
            driver: "local".to_owned(),
            labels: spec.labels,
            mountpoint: String::new(),
            created: String::new(),
        };
        assert_eq!(RunNote::from_volume(&volume), Some(note));
    }
}
