//! Commands in containers whose output is read to its end.

use std::time::Duration;

use futures_util::StreamExt as _;

use crate::engine::{Engine, EngineError, ExecSpec};

/// So much of the output is kept.
const KEPT: usize = 64 * 1024;
/// So often the engine is asked for the exit code, which it may not know at once.
const ASKED: u32 = 8;

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The exit code; `None` if it went on in the background.
    pub code: Option<i64>,
    /// The last lines that it printed.
    pub lines: Vec<String>,
}

impl Ended {
    /// Whether it failed.
    pub fn failed(&self) -> bool {
        self.code.is_some_and(|code| code != 0)
    }

    /// Whether there was no such program.
    pub fn is_absent(&self) -> bool {
        matches!(self.code, Some(126 | 127))
    }
}

/// Runs a command in a container.
pub async fn run_in(
    engine: &dyn Engine,
    container: &str,
    spec: &ExecSpec,
) -> Result<Ended, EngineError> {
    let mut attached = engine.exec(container, spec).await?;
    let mut output: Vec<u8> = Vec::new();
    while let Some(piece) = attached.output.next().await {
        output.extend_from_slice(&piece?.bytes);
        let surplus = output.len().saturating_sub(KEPT);
        output.drain(..surplus);
    }
    let mut code = None;
    for attempt in 0..ASKED {
        code = engine.exec_exit_code(&attached.id).await?;
        if code.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5 << attempt)).await;
    }
    let text = String::from_utf8_lossy(&output);
    Ok(Ended {
        code,
        lines: text
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect(),
    })
}
