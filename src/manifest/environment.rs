//! The variables that a manifest sees, each with its origin.
//!
//! The process environment wins over env files, and an env file read earlier over one read later (Compose's order:
//! the folder the user is in, then the project's folder; an include's own file comes last).

use std::path::Path;

use indexmap::IndexMap;

use super::env_file::{self, EnvEntries, EnvFormat};
use super::file;
use super::node::Origin;
use super::template::Found;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// All variables that interpolation can see.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    process: IndexMap<String, String>,
    files: EnvEntries,
}

impl Variables {
    /// Those of the process.
    pub fn new(process: IndexMap<String, String>) -> Self {
        Self {
            process,
            files: EnvEntries::new(),
        }
    }

    /// A variable's value and where it came from.
    pub fn find(&self, name: &str) -> Option<Found<'_>> {
        if let Some(value) = self.process.get(name) {
            return Some((value, Origin::Environment));
        }
        let entry = self.files.get(name)?;
        Some((&entry.value, Origin::EnvFile(entry.span.clone())))
    }

    /// A variable's value.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.find(name).map(|(value, _)| value)
    }

    /// A variable's value, unless it is empty.
    pub fn non_empty(&self, name: &str) -> Option<&str> {
        self.value(name).filter(|value| !value.is_empty())
    }

    /// All names that have a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.process
            .keys()
            .chain(self.files.keys())
            .map(String::as_str)
    }

    /// Sets a variable as if the process had it, unless it is set already.
    pub fn set_default(&mut self, name: &str, value: &str) {
        if self.value(name).is_none() {
            self.process.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Adds the variables of env files; of several, the later wins, and what is set already wins over all of them.
    ///
    /// `place` is where the manifest names them, if it does. Files that cannot be read are problems.
    pub fn add_files<'p>(
        &mut self,
        paths: impl IntoIterator<Item = &'p Path>,
        directory: &Path,
        place: Option<&Span>,
        problems: &mut Vec<Diagnostic>,
    ) {
        let mut added = EnvEntries::new();
        for path in paths {
            match file::read(path, directory) {
                Ok(source) => env_file::parse(
                    &source,
                    EnvFormat::Compose,
                    &|name| self.find(name),
                    &mut added,
                    problems,
                ),
                Err(error) => problems.push(error.diagnostic(place)),
            }
        }
        for (name, entry) in added {
            self.files.entry(name).or_insert(entry);
        }
    }
}
