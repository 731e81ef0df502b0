//! An engine in memory that behaves like Docker, for tests of what stands above the engine.
//!
//! A test describes images ([`FakeImage`]) and how their containers live ([`Behaviour`]), gives [`FakeEngine`] to
//! the code under test as an [`EngineHandle`], and afterwards looks at what was asked ([`FakeEngine::calls`]) and at
//! what there is. Time is tokio's: with a paused clock nothing here takes real time. The contract suite runs
//! against this and against a real engine, so that the two cannot drift apart.
//!
//! It does not run programs: what a container or a command prints and returns is what the test says.

mod behaviour;
mod build;
mod call;
mod clock;
mod container;
mod create;
mod engine;
mod exec;
mod exec_answer;
mod files;
mod image;
mod life;
mod logs;
mod network;
mod pattern;
mod ports;
mod pull;
mod run_state;
mod script;
mod stream;
mod world;

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

pub use behaviour::Behaviour;
pub use build::FakeBuild;
pub use call::{Call, CallKind};
pub use exec::ExecRecord;
pub use exec_answer::ExecAnswer;
pub use image::FakeImage;

use super::EngineHandle;
use world::Shared;

/// An engine in memory. Clones are the same engine.
#[derive(Clone)]
pub struct FakeEngine {
    shared: Arc<Shared>,
}

impl FakeEngine {
    /// An engine with Docker's three networks and nothing else.
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared::new()),
        }
    }

    /// This engine, for the code under test.
    pub fn handle(&self) -> EngineHandle {
        Arc::new(self.clone())
    }
}

impl Default for FakeEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FakeEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.shared.world();
        write!(
            f,
            "FakeEngine({} images, {} containers)",
            world.images.len(),
            world.containers.len()
        )
    }
}

/// SHA-256 in hexadecimal digits.
fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
