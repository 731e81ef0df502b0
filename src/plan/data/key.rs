//! What seeded data is made from, as a short text.

use sha2::{Digest as _, Sha256};

use super::LayerMode;

/// Raised when the same input would give other data than before.
const VERSION: &str = "devstack data 1";

/// What the data of a service is made from, beside its image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// The digest of everything that its first boot depends on: settings and files.
    pub setup: String,
    /// The digest of each seed, in the manifest's order.
    pub seeds: Vec<String>,
    /// How many bytes each seed has, 0 for a command.
    pub sizes: Vec<u64>,
}

/// The name of the snapshot that holds data of this image and these settings with these seeds.
pub fn cache_key(mode: LayerMode, image: &str, setup: &str, seeds: &[String]) -> String {
    let mut hash = Sha256::new();
    let mode = match mode {
        LayerMode::Overlay => "overlay",
        LayerMode::Copy => "copy",
    };
    for part in [VERSION, mode, image, setup] {
        hash.update(part);
        hash.update([0]);
    }
    for seed in seeds {
        hash.update(seed);
        hash.update([0]);
    }
    let digest = hex::encode(hash.finalize());
    format!("devstack.seeded.{}", &digest[..32])
}
