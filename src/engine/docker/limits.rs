//! How long calls may take.

use std::future::Future;
use std::time::Duration;

use crate::engine::{EngineError, Result};

/// How long the engine may be silent before a call is given up.
///
/// Pulls, builds, uploads, waits and everything that a command prints have no limit of their own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Questions, and the first answer of streams.
    pub(super) answer: Duration,
    /// Changes, which may copy an image's files into a volume first.
    pub(super) work: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(30),
            work: Duration::from_mins(5),
        }
    }
}

/// Gives a call up after a time: an engine that hangs is an error, not a silence.
pub(super) async fn limited<T>(
    limit: Duration,
    call: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
        Err(EngineError::Connection(format!(
            "the container engine did not answer within {} s",
            limit.as_secs_f64()
        )))
    })
}
