//! Loads files into canonical trees and merges them; what one load shares lives here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::canonical::Walk;
use super::discover::Flavour;
use super::environment::Variables;
use super::file::{self, FileError};
use super::interpolate::{UnsetVariables, interpolate};
use super::merge::{merge, settle};
use super::node::{Mapping, Node, Value};
use super::shapes::TOP;
use super::{LoadOptions, extends, include, yaml};
use crate::diagnostic::Diagnostic;

/// How many ports the ranges of one load may become.
const PORTS: usize = 70_000;

/// One load: its options, what it has found wrong, and its budgets.
pub(super) struct Loader<'a> {
    pub(super) options: &'a LoadOptions,
    pub(super) problems: Vec<Diagnostic>,
    /// Values that bases of `extends` have added.
    pub(super) copied: usize,
    /// Manifests that `include` has brought in.
    pub(super) included: usize,
    unset: UnsetVariables,
    nodes_left: usize,
    ports_left: usize,
    /// Files that services extend, so that each is read once.
    bases: HashMap<PathBuf, Option<Rc<Node>>>,
}

impl<'a> Loader<'a> {
    /// A load with what is known to be wrong so far.
    pub(super) fn new(options: &'a LoadOptions, problems: Vec<Diagnostic>) -> Self {
        Self {
            options,
            problems,
            copied: 0,
            included: 0,
            unset: UnsetVariables::default(),
            nodes_left: yaml::NODES,
            ports_left: PORTS,
            bases: HashMap::new(),
        }
    }

    /// All that was found wrong.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.problems.extend(self.unset.warnings());
        self.problems
    }

    /// Reads a file's documents.
    pub(super) fn parse(&mut self, path: &Path) -> Result<Vec<Node>, FileError> {
        let source = file::read(path, &self.options.directory)?;
        Ok(yaml::parse(
            &source,
            &mut self.nodes_left,
            &mut self.problems,
        ))
    }

    /// Merges the documents of a set of files, the later over the earlier. `chain` are the files on the way here.
    pub(super) fn merged(
        &mut self,
        trees: Vec<(PathBuf, Vec<Node>)>,
        base: &Path,
        variables: &Variables,
        chain: &[PathBuf],
    ) -> Option<Node> {
        let mut merged: Option<Node> = None;
        for (path, documents) in trees {
            if documents.is_empty() && !self.problems.iter().any(Diagnostic::is_error) {
                let name = file::shown(&path, &self.options.directory);
                self.problems
                    .push(Diagnostic::error(format!("`{name}` is empty")));
            }
            for mut document in documents {
                if !self.canonical(&mut document, &path, base, variables) {
                    continue;
                }
                include::apply(&mut document, base, variables, chain, self);
                extends::apply(&mut document, &path, base, self, variables);
                merged = Some(match merged {
                    None => document,
                    Some(before) => merge(before, document, &mut Vec::new()),
                });
            }
        }
        let mut root = merged?;
        settle(&mut root, &mut Vec::new());
        default_contexts(&mut root, base);
        self.bind_devices(&mut root, base);
        Some(root)
    }

    /// The tree of a file that services extend, without its own bases.
    pub(super) fn extended_file(
        &mut self,
        path: &Path,
        base: &Path,
        variables: &Variables,
    ) -> Result<Option<Rc<Node>>, FileError> {
        if let Some(known) = self.bases.get(path) {
            return Ok(known.clone());
        }
        let mut merged: Option<Node> = None;
        for mut document in self.parse(path)? {
            if self.canonical(&mut document, path, base, variables) {
                merged = Some(match merged {
                    None => document,
                    Some(before) => merge(before, document, &mut Vec::new()),
                });
            }
        }
        let tree = merged.map(Rc::new);
        self.bases.insert(path.to_path_buf(), tree.clone());
        Ok(tree)
    }

    /// A volume of the local driver that binds a folder: the folder's path starts from the manifest's.
    fn bind_devices(&mut self, root: &mut Node, base: &Path) {
        let walk = Walk {
            base,
            home: self.options.home.as_deref(),
            flavour: Flavour::Compose,
            ports_left: 0,
            problems: &mut self.problems,
        };
        let volumes = root
            .as_mapping_mut()
            .and_then(|root| root.get_mut("volumes"))
            .and_then(|volumes| volumes.node.as_mapping_mut());
        for volume in volumes.into_iter().flat_map(Mapping::values_mut) {
            if volume.node.str("driver") != Some("local") {
                continue;
            }
            let options = volume
                .node
                .as_mapping_mut()
                .and_then(|volume| volume.get_mut("driver_opts"));
            let Some(options) = options.filter(|entry| entry.node.str("o") == Some("bind")) else {
                continue;
            };
            if let Some(device) = options
                .node
                .as_mapping_mut()
                .and_then(|options| options.get_mut("device"))
                && let Some(path) = device.node.as_str()
            {
                device.node = device.node.derive_text(walk.absolute(path, true));
            }
        }
    }

    /// Puts variables in and brings everything into its long form; false if it is no manifest at all.
    fn canonical(
        &mut self,
        document: &mut Node,
        path: &Path,
        base: &Path,
        variables: &Variables,
    ) -> bool {
        if document.as_mapping().is_none() {
            self.problems.push(document.error(
                format!("a manifest is a mapping, not {}", document.describe()),
                "",
            ));
            return false;
        }
        interpolate(document, variables, &mut self.unset, &mut self.problems);
        let mut walk = Walk {
            base,
            home: self.options.home.as_deref(),
            flavour: Flavour::of(path),
            ports_left: self.ports_left,
            problems: &mut self.problems,
        };
        walk.check(document, &TOP, "");
        self.ports_left = walk.ports_left;
        if document.is_null() {
            document.value = Value::Mapping(Mapping::new());
        }
        true
    }
}

/// A `build` without a context starts from the folder of the manifest.
fn default_contexts(root: &mut Node, base: &Path) {
    let services = root
        .as_mapping_mut()
        .and_then(|root| root.get_mut("services"))
        .and_then(|services| services.node.as_mapping_mut());
    let Some(services) = services else { return };
    for service in services.values_mut() {
        let build = service
            .node
            .as_mapping_mut()
            .and_then(|service| service.get_mut("build"));
        if let Some(build) = build {
            let context = build.node.derive_text(base.display().to_string());
            let entry = context.entry(context.clone());
            if let Some(build) = build.node.as_mapping_mut() {
                build.entry("context".to_owned()).or_insert(entry);
            }
        }
    }
}
