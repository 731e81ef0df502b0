//! Loads files into canonical trees and merges them; what one load shares lives here.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::canonical::{Deferred, OWN, Walk, absolute};
use super::discover::Flavour;
use super::environment::Variables;
use super::file::{self, FileError, STANDARD_INPUT};
use super::interpolate::{UnsetVariables, interpolate};
use super::merge::{merge, settle};
use super::node::{Entry, Mapping, Node, Value};
use super::shapes::{SERVICE, TOP};
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
    /// The variables that included services see, by service.
    pub(super) scopes: HashMap<String, Arc<Variables>>,
    unset: UnsetVariables,
    nodes_left: usize,
    ports_left: usize,
    deferred: Vec<Deferred>,
    pub(super) bases: Bases,
}

/// What services of other files were found to be, under the variables of one manifest: an included one may have others.
#[derive(Default)]
pub(super) struct Bases {
    /// Files that services extend, so that each is read once.
    files: HashMap<PathBuf, Option<Rc<Node>>>,
    /// Services of such files in their long form, so that each is checked once.
    services: HashMap<(PathBuf, String), Rc<Node>>,
    /// The same with their own bases below them.
    pub(super) extended: HashMap<(PathBuf, String), Rc<Node>>,
}

impl<'a> Loader<'a> {
    /// A load with what is known to be wrong so far.
    pub(super) fn new(options: &'a LoadOptions, problems: Vec<Diagnostic>) -> Self {
        Self {
            options,
            problems,
            copied: 0,
            included: 0,
            scopes: HashMap::new(),
            unset: UnsetVariables::default(),
            nodes_left: yaml::NODES,
            ports_left: PORTS,
            deferred: Vec::new(),
            bases: Bases::default(),
        }
    }

    /// All that was found wrong.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.problems.extend(self.unset.warnings());
        self.problems
    }

    /// Reads a file's documents.
    pub(super) fn parse(&mut self, path: &Path) -> Result<Vec<Node>, FileError> {
        let source = if path == Path::new(STANDARD_INPUT) {
            let input = self.options.standard_input.as_deref().unwrap_or_default();
            file::decode(file::shown(path, &self.options.directory), input.to_vec())?
        } else if let Some((_, text)) = self.options.unwritten.as_ref().filter(|(of, _)| of == path)
        {
            file::decode(file::shown(path, &self.options.directory), text.to_vec())?
        } else {
            file::read(path, &self.options.directory)?
        };
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
        let outer = std::mem::take(&mut self.bases);
        let merged = self.merged_alone(trees, base, variables, chain);
        self.bases = outer;
        merged
    }

    fn merged_alone(
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
        self.judge_deferred(&root);
        settle(&mut root, &mut Vec::new());
        default_contexts(&mut root, base);
        self.bind_devices(&mut root, base);
        Some(root)
    }

    /// The tree of a file that services extend, with variables put in and all else as it was written.
    pub(super) fn extended_file(
        &mut self,
        path: &Path,
        variables: &Variables,
    ) -> Result<Option<Rc<Node>>, FileError> {
        if let Some(known) = self.bases.files.get(path) {
            return Ok(known.clone());
        }
        let mut merged: Option<Node> = None;
        for mut document in self.parse(path)? {
            if self.interpolated(&mut document, variables) {
                merged = Some(match merged {
                    None => document,
                    Some(before) => merge(before, document, &mut Vec::new()),
                });
            }
        }
        let tree = merged.map(Rc::new);
        self.bases.files.insert(path.to_path_buf(), tree.clone());
        Ok(tree)
    }

    /// A service of such a file in its long form, without its own base. What else stands in the file is not looked at,
    /// as Compose does not.
    pub(super) fn extended_service(
        &mut self,
        path: &Path,
        folder: &Path,
        name: &str,
        service: &Node,
    ) -> Rc<Node> {
        let key = (path.to_path_buf(), name.to_owned());
        if let Some(known) = self.bases.services.get(&key) {
            return Rc::clone(known);
        }
        let mut service = service.clone();
        if !service.is_null() {
            self.walk(path, folder, |walk| {
                walk.check(&mut service, &SERVICE, name);
            });
        }
        let service = Rc::new(service);
        self.bases.services.insert(key, Rc::clone(&service));
        service
    }

    /// Reports the keys without a value that stayed so when everything was merged.
    fn judge_deferred(&mut self, root: &Node) {
        if self.deferred.is_empty() {
            return;
        }
        let mut left = HashSet::new();
        note_broken(root, &mut left);
        for deferred in std::mem::take(&mut self.deferred) {
            if left.contains(&deferred.place.to_string()) {
                self.problems.extend(deferred.problems);
            }
        }
    }

    /// A volume of the local driver that binds a folder: the folder's path starts from the manifest's.
    fn bind_devices(&mut self, root: &mut Node, base: &Path) {
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
                let path = match path {
                    "" => base.display().to_string(),
                    path => absolute(path, base, self.options.home.as_deref(), true),
                };
                device.node = device.node.derive_text(path);
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
        if !self.interpolated(document, variables) {
            return false;
        }
        self.walk(path, base, |walk| walk.check(document, &TOP, ""));
        if document.is_null() {
            document.value = Value::Mapping(Mapping::new());
        }
        true
    }

    /// Puts variables in; false if it is no manifest at all.
    fn interpolated(&mut self, document: &mut Node, variables: &Variables) -> bool {
        if document.as_mapping().is_none() {
            self.problems.push(document.error(
                format!("a manifest is a mapping, not {}", document.describe()),
                "",
            ));
            return false;
        }
        let apart = take_inputs(document);
        interpolate(document, variables, &mut self.unset, &mut self.problems);
        put_inputs_back(document, apart);
        true
    }

    /// Walks over a part of a file.
    fn walk(&mut self, path: &Path, base: &Path, check: impl FnOnce(&mut Walk<'_>)) {
        let mut walk = Walk {
            base,
            home: self.options.home.as_deref(),
            flavour: Flavour::of(path),
            ports_left: self.ports_left,
            problems: &mut self.problems,
            deferred: &mut self.deferred,
        };
        check(&mut walk);
        self.ports_left = walk.ports_left;
    }
}

/// Takes the inputs out of a document: nothing is put into them. The one at the top, and the one under devstack's own key,
/// each with its position.
fn take_inputs(document: &mut Node) -> [Option<(usize, Entry)>; 2] {
    let take = |mapping: &mut Mapping| {
        let (at, _, entry) = mapping.shift_remove_full("inputs")?;
        Some((at, entry))
    };
    let Some(root) = document.as_mapping_mut() else {
        return [None, None];
    };
    let top = take(root);
    let own = root.get_mut(OWN).and_then(|own| own.node.as_mapping_mut());
    [top, own.and_then(take)]
}

fn put_inputs_back(document: &mut Node, [top, own]: [Option<(usize, Entry)>; 2]) {
    let Some(root) = document.as_mapping_mut() else {
        return;
    };
    let mapping = root.get_mut(OWN).and_then(|own| own.node.as_mapping_mut());
    if let (Some(mapping), Some((at, entry))) = (mapping, own) {
        mapping.shift_insert(at, "inputs".to_owned(), entry);
    }
    if let Some((at, entry)) = top {
        root.shift_insert(at, "inputs".to_owned(), entry);
    }
}

/// The places of values that were taken out.
fn note_broken(node: &Node, places: &mut HashSet<String>) {
    if node.broken {
        places.insert(node.span.to_string());
    }
    for item in node.items() {
        note_broken(item, places);
    }
    for (_, entry) in node.entries() {
        note_broken(&entry.node, places);
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
