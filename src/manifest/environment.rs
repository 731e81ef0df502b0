//! The variables that a manifest sees, each with its origin.
//!
//! The process environment wins over env files, and an env file read earlier over one read later (Compose's order:
//! the folder the user is in, then the project's folder; an include's own file comes last). Answers to the manifest's
//! inputs stand between the two.

use std::path::Path;

use indexmap::IndexMap;

use super::env_file::{self, EnvEntries, EnvEntry, EnvFormat};
use super::file;
use super::inputs::{GivenBy, Input};
use super::node::Origin;
use super::template::Found;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// All variables that interpolation can see.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    process: IndexMap<String, String>,
    files: EnvEntries,
    /// The manifest's inputs, each with the value that counts.
    inputs: IndexMap<String, (String, Origin)>,
}

impl Variables {
    /// Those of the process.
    pub fn new(process: IndexMap<String, String>) -> Self {
        Self {
            process,
            files: EnvEntries::new(),
            inputs: IndexMap::new(),
        }
    }

    /// A variable's value and where it came from.
    pub fn find(&self, name: &str) -> Option<Found<'_>> {
        if let Some((value, origin)) = self.inputs.get(name) {
            return Some((value, origin.clone()));
        }
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
            .chain(self.inputs.keys())
            .map(String::as_str)
    }

    /// Sets a variable as if the process had it, unless it is set already.
    pub fn set_default(&mut self, name: &str, value: &str) {
        if self.value(name).is_none() {
            self.process.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Sets an input's variable to its value, empty if there is none.
    pub(super) fn set_input(&mut self, input: &Input, answer: Option<&EnvEntry>) {
        let origin = match (input.given_by, answer) {
            (Some(GivenBy::Answer), Some(answer)) => Origin::EnvFile(answer.span.clone()),
            (Some(GivenBy::Environment | GivenBy::EnvFile), _) => match self.find(&input.name) {
                Some((_, origin)) => origin,
                None => Origin::Default,
            },
            (Some(_), _) => Origin::Default,
            (None, _) if input.optional => Origin::Default,
            (None, _) => Origin::Unanswered,
        };
        let value = input.value.clone().unwrap_or_default();
        self.inputs.insert(input.name.clone(), (value, origin));
    }

    /// Whether a variable is an input that needs a value and has none.
    pub fn is_unanswered(&self, name: &str) -> bool {
        let input = self.inputs.get(name);
        input.is_some_and(|(_, origin)| *origin == Origin::Unanswered)
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
            match file::read_confidential(path, directory) {
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
