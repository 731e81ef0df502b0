//! The manifest that a template goes into: its text, its meaning, and the stack that it describes today.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::catalog::ImageName;
use crate::diagnostic::Diagnostic;
use crate::manifest::discover::{Discovered, discover};
use crate::manifest::environment::Variables;
use crate::manifest::file::{self, STANDARD_INPUT, shown};
use crate::manifest::node::Node;
use crate::manifest::{Flavour, project_name, yaml};
use crate::source::Source;
use crate::stack::{HostPort, LoadOptions, Stack, load};

/// The name of a manifest that is made.
const NEW: &str = "devstack.yaml";

/// The manifest that a template goes into.
#[derive(Debug)]
pub struct Target {
    /// The file.
    pub path: PathBuf,
    /// How it is called in messages.
    pub shown: String,
    /// Which language it is written in.
    pub flavour: Flavour,
    /// The folder from which its relative paths start.
    pub directory: PathBuf,
    /// Its text as it lies on the disk; `None` if it is to be made.
    pub raw: Option<String>,
    /// Its documents as they are written, without those that are empty.
    pub documents: Vec<Node>,
    /// The stack that it describes, with every profile switched on; `None` if it is broken or to be made.
    pub stack: Option<Stack>,
    /// Why it is broken.
    pub problems: Vec<Diagnostic>,
    /// The project's name.
    pub project: String,
    /// How it was loaded.
    pub options: LoadOptions,
}

impl Target {
    /// Finds the manifest as every other command does. What cannot be edited is an error.
    pub fn open(options: &LoadOptions) -> Result<Self, Vec<Diagnostic>> {
        let options = LoadOptions {
            profiles: vec!["*".to_owned()],
            ..options.clone()
        };
        let variables = Variables::new(options.environment.clone());
        let mut problems = Vec::new();
        let Discovered { files, directory } = discover(&options, &variables, &mut problems);
        let path = match files.first() {
            Some(path) if path == Path::new(STANDARD_INPUT) => {
                return Err(vec![
                    Diagnostic::error("a manifest on standard input cannot be changed")
                        .fix("name a file with `-f FILE`"),
                ]);
            }
            Some(path) => path.clone(),
            None => directory.join(NEW),
        };
        let name = shown(&path, &options.directory);
        let mut target = Self {
            flavour: Flavour::of(&path),
            shown: name.clone(),
            directory,
            raw: None,
            documents: Vec::new(),
            stack: None,
            problems: Vec::new(),
            project: String::new(),
            options,
            path,
        };
        if !target.path.exists() {
            target.project = project_name::of_folder(&target.directory).unwrap_or_default();
            return Ok(target);
        }
        let source = file::read(&target.path, &target.options.directory)
            .map_err(|error| vec![error.diagnostic(None)])?;
        // Read once more as it lies there: the source has neither mark nor carriage returns.
        let raw = std::fs::read_to_string(&target.path).map_err(|error| {
            vec![Diagnostic::error(format!(
                "`{name}` cannot be read: {error}"
            ))]
        })?;
        target.documents = documents(&source)?;
        target.raw = Some(raw);
        let loaded = load(&target.options);
        target.project = loaded.project_name.unwrap_or_default();
        target.stack = loaded.stack;
        target.problems = loaded.diagnostics;
        target.problems.retain(Diagnostic::is_error);
        Ok(target)
    }

    /// The services as they are written in this file.
    pub fn services(&self) -> IndexMap<String, Node> {
        let all = self
            .documents
            .iter()
            .filter_map(|root| root.get("services"));
        all.flat_map(Node::entries)
            .map(|(name, entry)| (name.to_owned(), entry.node.clone()))
            .collect()
    }

    /// Whether there is a service of this name, here or in another file of the manifest.
    pub fn has_service(&self, name: &str) -> bool {
        let in_stack = self.stack.as_ref().is_some_and(|stack| {
            stack.services.contains_key(name) || stack.disabled.iter().any(|other| other == name)
        });
        in_stack || self.services().contains_key(name)
    }

    /// The repository of the image of a service that is there.
    pub fn repository(&self, service: &str) -> Option<String> {
        // What is built has a name that the project gives it.
        let written = self.services().get(service)?.string("image")?;
        let resolved = self
            .stack
            .as_ref()
            .and_then(|stack| Some(stack.services.get(service)?.image.clone()));
        repository(&resolved.unwrap_or(written))
    }

    /// The ports of this machine that the manifest asks for by number.
    pub fn published(&self) -> Vec<u16> {
        let services = self.stack.iter().flat_map(|stack| stack.services.values());
        services
            .flat_map(|service| &service.ports)
            .flat_map(|port| match port.host {
                HostPort::Fixed(number) | HostPort::From(number) => number..=number,
                HostPort::Range(first, last) => first..=last,
                HostPort::Stable => port.target..=port.target,
                #[expect(clippy::reversed_empty_ranges, reason = "no port at all")]
                HostPort::Any => 1..=0,
            })
            .collect()
    }
}

/// The folder from which a service is built, if it is.
pub(super) fn build_context(service: &Node) -> Option<String> {
    let build = service.get("build")?;
    let context = build.as_str().or_else(|| build.str("context"))?;
    Some(context_folder(context).to_owned())
}

/// A build context without what makes no difference.
pub(super) fn context_folder(context: &str) -> &str {
    context.trim_start_matches("./").trim_end_matches('/')
}

/// The repository of an image.
pub(super) fn repository(image: &str) -> Option<String> {
    ImageName::parse(image).map(|name| name.repository().to_owned())
}

/// The documents of a text; an error has every problem of its syntax.
pub(super) fn documents(source: &Arc<Source>) -> Result<Vec<Node>, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let documents = yaml::parse(source, &mut yaml::NODES.clone(), &mut problems);
    if problems.is_empty() {
        Ok(documents)
    } else {
        Err(problems)
    }
}
