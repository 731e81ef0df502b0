//! Stands in for the manifest's loader until its branch is merged.

use std::path::PathBuf;

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::stack::Stack;

#[derive(Default)]
pub(super) struct LoadOptions {
    pub(super) directory: PathBuf,
    pub(super) files: Vec<PathBuf>,
    pub(super) project_directory: Option<PathBuf>,
    pub(super) project_name: Option<String>,
    pub(super) profiles: Vec<String>,
    pub(super) env_files: Vec<PathBuf>,
    pub(super) services: Vec<String>,
    pub(super) environment: IndexMap<String, String>,
    pub(super) home: Option<PathBuf>,
}

pub(super) struct Loaded {
    pub(super) stack: Option<Stack>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) project_name: Option<String>,
    pub(super) canonical: Option<serde_json::Value>,
}

pub(super) fn load(_: &LoadOptions) -> Loaded {
    let problem = Diagnostic::error("the manifest cannot be loaded yet");
    Loaded {
        stack: None,
        diagnostics: vec![problem],
        project_name: None,
        canonical: None,
    }
}
