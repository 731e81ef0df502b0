//! Builds, as a test scripts them.

use std::time::Duration;

use super::FakeImage;
use crate::engine::EngineError;

/// How a build goes: what it prints, how long it takes, and the image that it makes or the error it ends with.
#[derive(Debug, Clone)]
pub struct FakeBuild {
    pub(super) image: Option<FakeImage>,
    pub(super) steps: Vec<(String, Vec<String>)>,
    pub(super) takes: Duration,
    pub(super) error: Option<EngineError>,
}

impl FakeBuild {
    /// Makes this image; its reference is replaced by the one that the build asks for.
    pub fn makes(image: FakeImage) -> Self {
        Self {
            image: Some(image),
            steps: Vec::new(),
            takes: Duration::ZERO,
            error: None,
        }
    }

    /// Ends with this error after its last step.
    pub fn fails(error: EngineError) -> Self {
        Self {
            image: None,
            steps: Vec::new(),
            takes: Duration::ZERO,
            error: Some(error),
        }
    }

    /// Has a further step with this instruction, which prints these lines.
    #[must_use]
    pub fn step(mut self, instruction: &str, lines: &[&str]) -> Self {
        let lines = lines.iter().map(ToString::to_string).collect();
        self.steps.push((instruction.to_owned(), lines));
        self
    }

    /// Takes so long.
    #[must_use]
    pub fn takes(mut self, time: Duration) -> Self {
        self.takes = time;
        self
    }
}
