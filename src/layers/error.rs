//! What can go wrong with data.

use thiserror::Error;

use crate::diagnostic::Diagnostic;
use crate::engine::EngineError;
use crate::plan::ChainError;

/// Why data could not be put in place or kept.
#[derive(Debug, Error)]
pub enum DataError {
    /// The engine refused, or did not answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A layer or snapshot was removed.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A volume would have more layers than the kernel can mount.
    #[error("volume `{volume}` has {layers} layers, more than can be mounted")]
    TooDeep {
        /// The volume.
        volume: String,
        /// How many there are.
        layers: usize,
    },
    /// A service had to be killed, so that its data may not be whole.
    #[error("`{container}` did not stop by itself (exit code {code})")]
    NotStopped {
        /// The container.
        container: String,
        /// Its exit code.
        code: i64,
    },
    /// The image that gives a way into volumes is not there.
    #[error("the engine has no image `{0}`")]
    NoImage(String),
}

impl DataError {
    /// This error as the reader is told of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.to_string());
        match self {
            Self::Engine(error) => error.diagnostic(),
            Self::Chain(ChainError::LayerGone { .. }) => diagnostic
                .note("layers are volumes that no container mounts by itself: `docker volume prune` removes them")
                .fix("devstack reset"),
            Self::TooDeep { .. } => diagnostic
                .note("each snapshot that is taken adds a layer")
                .fix("devstack reset, or back to an older snapshot"),
            Self::NotStopped { .. } => diagnostic
                .note("its first data is kept only if it was stopped cleanly")
                .fix("give it more time with `stop_grace_period`"),
            Self::Chain(ChainError::KeptGone(_)) => diagnostic
                .note("another run, `docker volume prune` or somebody removed the volume that holds it")
                .fix("devstack up"),
            Self::Chain(ChainError::SnapshotGone(_)) => diagnostic.fix("devstack snapshot list"),
            Self::NoImage(image) => diagnostic.fix(format!("docker pull {image}")),
        }
    }
}
