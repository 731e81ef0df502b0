//! A builder for tests: a folder with files, loaded.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::{LoadOptions, Loaded, Service, Stack, load};
use crate::diagnostic::{Diagnostic, Severity};

/// A folder with a manifest in it, and the options to load it.
pub(crate) struct Folder {
    dir: tempfile::TempDir,
    pub(crate) options: LoadOptions,
}

impl Folder {
    /// A folder called `shop` with one file.
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = dir.path().join("shop");
        std::fs::create_dir(&folder).expect("made");
        let options = LoadOptions {
            directory: folder,
            home: Some(PathBuf::from("/home/me")),
            ..LoadOptions::default()
        };
        Self { dir, options }.file(name, text)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("shop")
    }

    /// Adds a file.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
        self
    }

    /// Sets a variable of the process.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        let environment: &mut IndexMap<_, _> = &mut self.options.environment;
        environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Changes the options.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut LoadOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Loads.
    pub(crate) fn load(&self) -> Loaded {
        load(&self.options)
    }

    /// The stack, which must be without errors.
    pub(crate) fn stack(&self) -> Stack {
        let loaded = self.load();
        let errors = lines(&loaded.diagnostics, Severity::Error);
        loaded
            .stack
            .unwrap_or_else(|| panic!("no stack: {}", errors.join("\n")))
    }

    /// One service of the stack.
    pub(crate) fn service(&self, name: &str) -> Service {
        self.stack().services.swap_remove(name).expect("a service")
    }

    /// The canonical form.
    pub(crate) fn canonical(&self) -> serde_json::Value {
        let loaded = self.load();
        let errors = lines(&loaded.diagnostics, Severity::Error);
        loaded
            .canonical()
            .unwrap_or_else(|| panic!("not loaded: {}", errors.join("\n")))
    }

    /// The errors, each `file:line:column message (fix)`.
    pub(crate) fn errors(&self) -> Vec<String> {
        lines(&self.load().diagnostics, Severity::Error)
    }

    /// The warnings.
    pub(crate) fn warnings(&self) -> Vec<String> {
        lines(&self.load().diagnostics, Severity::Warning)
    }

    /// A path inside, as text.
    pub(crate) fn inside(&self, path: &str) -> String {
        self.path().join(path).display().to_string()
    }
}

fn lines(problems: &[Diagnostic], severity: Severity) -> Vec<String> {
    problems
        .iter()
        .filter(|problem| problem.severity == severity)
        .map(|problem| {
            let place = problem
                .place
                .as_ref()
                .map(|label| format!("{} ", label.span))
                .unwrap_or_default();
            let fix = problem
                .fix
                .as_ref()
                .map(|fix| format!(" ({fix})"))
                .unwrap_or_default();
            format!("{place}{}{fix}", problem.message)
        })
        .collect()
}

/// A Compose file of the text in a folder of its own.
pub(crate) fn compose(text: &str) -> Folder {
    Folder::new("compose.yaml", text)
}

/// A devstack.yaml of the text in a folder of its own.
pub(crate) fn devstack(text: &str) -> Folder {
    Folder::new("devstack.yaml", text)
}

/// Makes an empty folder inside.
pub(crate) fn folder(path: &Path) {
    std::fs::create_dir_all(path).expect("made");
}
