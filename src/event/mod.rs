//! What happens during a run, as one stream of serialisable events, and the state that they add up to.
//!
//! The executor sends [`Event`]s; the live view, the plain lines and the JSON stream are all made from them and from
//! nothing else. [`Board`] folds them into what is true now. Lifecycle events are never lost; progress events may be
//! thinned out by whoever shows them.

mod board;
mod hide;
mod kind;
mod sink;
pub(crate) mod timeline;
mod watching;

pub use board::{Board, Phase, Row};
pub use kind::{EventKind, Outcome, Progress, ServiceSummary, StepKind, StepSummary};
pub use sink::EventSink;
pub use timeline::{RanStep, Stretch, Timeline};
pub use watching::{SyncedFile, WatchEvent};

use serde::Serialize;

/// The version of the events' JSON form; raised when a reader of the old form would misread the new one.
pub const SCHEMA_VERSION: u32 = 1;

/// Names a step within one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct StepId(pub usize);

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// Counts up from 0 within a run, without gaps.
    pub seq: u64,
    /// Milliseconds since the run began.
    pub at: u64,
    /// The step that it belongs to.
    pub step: Option<StepId>,
    /// The service that it belongs to.
    pub service: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}
