//! What a manifest requires of the machine and the engine, with its places.

use std::path::PathBuf;

use serde::Serialize;

use super::VersionRequirement;
use crate::source::Span;

/// One requirement.
#[derive(Debug, Clone, Serialize)]
pub struct Required<T> {
    /// What is required.
    pub what: T,
    /// How to get it, in the manifest's words.
    pub get: Option<String>,
    /// Where the manifest says so.
    pub span: Span,
}

/// All that is required, checked before anything starts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Requirements {
    /// The engine's version.
    pub engine: Option<Required<VersionRequirement>>,
    /// The engine's memory in bytes.
    pub memory: Option<Required<u64>>,
    /// The engine's processors.
    pub cpus: Option<Required<f64>>,
    /// Free bytes where the engine keeps its data.
    pub disk: Option<Required<u64>>,
    /// Architectures of which the engine's must be one, as images name them.
    pub architectures: Option<Required<Vec<String>>>,
    /// Programs of this machine.
    pub tools: Vec<Required<Tool>>,
    /// Variables that must have a value.
    pub variables: Vec<Required<Variable>>,
    /// Servers that must be reachable from this machine.
    pub hosts: Vec<Required<Host>>,
    /// Ports that must be free, or the stack's own.
    pub ports: Vec<Required<u16>>,
    /// Files that must be there.
    pub files: Vec<Required<RequiredFile>>,
}

impl Requirements {
    /// Whether nothing is required.
    pub fn is_empty(&self) -> bool {
        let Self {
            engine,
            memory,
            cpus,
            disk,
            architectures,
            tools,
            variables,
            hosts,
            ports,
            files,
        } = self;
        engine.is_none()
            && memory.is_none()
            && cpus.is_none()
            && disk.is_none()
            && architectures.is_none()
            && tools.is_empty()
            && variables.is_empty()
            && hosts.is_empty()
            && ports.is_empty()
            && files.is_empty()
    }
}

/// A program that is looked for in `PATH`.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// The version that it must have.
    pub version: VersionRequirement,
}

/// A variable of the surroundings.
#[derive(Debug, Clone, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Whether it had a value when the manifest was read; the value is nobody's business.
    pub is_set: bool,
}

/// A server.
#[derive(Debug, Clone, Serialize)]
pub struct Host {
    /// Its name or address.
    pub name: String,
    /// Its port.
    pub port: u16,
}

/// A file.
#[derive(Debug, Clone, Serialize)]
pub struct RequiredFile {
    /// As the manifest has it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}
