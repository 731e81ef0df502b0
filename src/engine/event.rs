//! What the engine says happens to containers.

use std::collections::BTreeMap;

/// One event of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineEvent {
    /// The container's id.
    pub container: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// What happened.
    pub kind: EngineEventKind,
}

/// What happened to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineEventKind {
    /// It was created.
    Create,
    /// It was started.
    Start,
    /// It ended, with this exit code.
    Die(i64),
    /// The kernel killed a process of it for lack of memory.
    OutOfMemory,
    /// The engine's own health check changed its mind: `healthy`, `unhealthy`.
    Health(String),
    /// It was removed.
    Destroy,
    /// Anything else, by the engine's name for it.
    Other(String),
}
