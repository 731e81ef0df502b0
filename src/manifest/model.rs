//! From the options to one merged, canonical tree: the whole of `manifest` in order.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::canonical::Walk;
use super::discover::{self, Discovered, Flavour};
use super::environment::Variables;
use super::file::{self, join};
use super::interpolate::{UnsetVariables, interpolate};
use super::merge::{merge, settle};
use super::node::{Node, Value};
use super::shapes::TOP;
use super::{LoadOptions, project_name, template, yaml};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// How many ports the ranges of one file may become.
const PORTS: usize = 70_000;

/// A manifest: all its files merged, every value in its long form.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The tree; a mapping.
    pub root: Node,
    /// The project's name.
    pub name: String,
    /// The folder from which relative paths start.
    pub directory: PathBuf,
    /// The files, in the order in which they were merged.
    pub files: Vec<PathBuf>,
    /// What variables it saw.
    pub variables: Variables,
}

/// What came of opening a manifest.
#[derive(Debug, Default)]
pub struct Opened {
    /// The manifest, as far as it could be read: there may be errors all the same.
    pub manifest: Option<Manifest>,
    /// The project's name, as far as it could be found.
    pub name: Option<String>,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
}

/// Opens a manifest.
pub fn open(options: &LoadOptions) -> Opened {
    let mut problems = Vec::new();
    let mut variables = Variables::new(options.environment.clone());
    let disabled = variables
        .value("COMPOSE_DISABLE_ENV_FILE")
        .is_some_and(|value| matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True"));
    let env_files = env_files(options, &variables);
    if !disabled || !env_files.is_empty() {
        add_env_files(
            &mut variables,
            &env_files,
            &options.directory,
            options,
            &mut problems,
        );
    }
    let found = discover::discover(options, &variables, &mut problems);
    if !disabled && env_files.is_empty() && found.directory != options.directory {
        add_env_files(
            &mut variables,
            &[],
            &found.directory,
            options,
            &mut problems,
        );
    }

    let texts: Vec<_> = found
        .files
        .iter()
        .filter_map(|path| match read(path, options) {
            Ok(source) => Some((path.clone(), source)),
            Err(error) => {
                problems.push(error.diagnostic(None));
                None
            }
        })
        .collect();
    let trees: Vec<(PathBuf, Vec<Node>)> = texts
        .into_iter()
        .map(|(path, source)| (path, yaml::parse(&source, &mut problems)))
        .collect();
    let named = declared_name(&trees, &variables);
    let name = choose_name(options, &variables, named, &found, &mut problems);
    if found.files.is_empty() {
        problems.push(discover::nothing_found(options));
        return Opened {
            manifest: None,
            name,
            problems,
        };
    }
    if let Some(name) = &name {
        variables.set_default("COMPOSE_PROJECT_NAME", name);
    }
    let mut loader = Loader {
        options,
        unset: UnsetVariables::default(),
        problems,
    };
    let root = loader.merged(trees, &found.directory, &variables);
    let Loader {
        unset,
        mut problems,
        ..
    } = loader;
    problems.extend(unset.warnings());
    let manifest = root.map(|root| Manifest {
        root,
        name: name.clone().unwrap_or_default(),
        directory: found.directory,
        files: found.files,
        variables,
    });
    Opened {
        manifest,
        name,
        problems,
    }
}

struct Loader<'a> {
    options: &'a LoadOptions,
    unset: UnsetVariables,
    problems: Vec<Diagnostic>,
}

impl Loader<'_> {
    /// Merges the trees of a set of files, the later over the earlier.
    fn merged(
        &mut self,
        trees: Vec<(PathBuf, Vec<Node>)>,
        base: &Path,
        variables: &Variables,
    ) -> Option<Node> {
        let mut merged: Option<Node> = None;
        for (path, documents) in trees {
            if documents.is_empty() && !self.problems.iter().any(Diagnostic::is_error) {
                let name = file::shown(&path, &self.options.directory);
                self.problems
                    .push(Diagnostic::error(format!("`{name}` is empty")));
            }
            for mut document in documents {
                if document.as_mapping().is_none() {
                    self.problems.push(document.error(
                        format!("a manifest is a mapping, not {}", document.describe()),
                        "",
                    ));
                    continue;
                }
                interpolate(
                    &mut document,
                    variables,
                    &mut self.unset,
                    &mut self.problems,
                );
                self.canonical(&mut document, &path, base);
                merged = Some(match merged {
                    None => document,
                    Some(before) => merge(before, document, &mut Vec::new()),
                });
            }
        }
        let mut root = merged?;
        settle(&mut root, &mut Vec::new());
        default_contexts(&mut root, base);
        Some(root)
    }

    fn canonical(&mut self, document: &mut Node, path: &Path, base: &Path) {
        let mut walk = Walk {
            base,
            home: self.options.home.as_deref(),
            flavour: Flavour::of(path),
            ports_left: PORTS,
            problems: &mut self.problems,
        };
        walk.check(document, &TOP, "");
        if document.is_null() {
            document.value = Value::Mapping(super::node::Mapping::new());
        }
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

fn env_files(options: &LoadOptions, variables: &Variables) -> Vec<PathBuf> {
    let given = &options.env_files;
    if !given.is_empty() {
        return given
            .iter()
            .map(|path| join(&options.directory, path))
            .collect();
    }
    variables
        .non_empty("COMPOSE_ENV_FILES")
        .map(|listed| {
            listed
                .split(',')
                .filter(|part| !part.is_empty())
                .map(|part| join(&options.directory, part))
                .collect()
        })
        .unwrap_or_default()
}

fn add_env_files(
    variables: &mut Variables,
    given: &[PathBuf],
    folder: &Path,
    options: &LoadOptions,
    problems: &mut Vec<Diagnostic>,
) {
    let default = folder.join(".env");
    let paths = if !given.is_empty() {
        given.iter().map(PathBuf::as_path).collect()
    } else if default.is_file() {
        vec![default.as_path()]
    } else {
        Vec::new()
    };
    variables.add_files(paths, &options.directory, None, problems);
}

fn read(path: &Path, options: &LoadOptions) -> Result<Arc<Source>, file::FileError> {
    file::read(path, &options.directory)
}

/// The `name` that the files declare, the last one; its variables are put in, without complaints here.
fn declared_name(trees: &[(PathBuf, Vec<Node>)], variables: &Variables) -> Option<(String, Span)> {
    let node = trees
        .iter()
        .flat_map(|(_, documents)| documents)
        .filter_map(|document| document.get("name"))
        .next_back()?;
    let text = template::expand(node.as_str()?, &|name| variables.find(name)).ok()?;
    Some((text.text, node.span.clone()))
}

fn choose_name(
    options: &LoadOptions,
    variables: &Variables,
    declared: Option<(String, Span)>,
    found: &Discovered,
    problems: &mut Vec<Diagnostic>,
) -> Option<String> {
    let said = options
        .project_name
        .as_deref()
        .map(|name| (name, "--project"))
        .or_else(|| {
            variables
                .non_empty("COMPOSE_PROJECT_NAME")
                .map(|name| (name, "COMPOSE_PROJECT_NAME"))
        });
    if let Some((name, source)) = said {
        if project_name::normalise(name) == name && !name.is_empty() {
            return Some(name.to_owned());
        }
        problems.push(project_name::refused(name, source));
        return None;
    }
    if let Some((name, span)) = declared {
        let fit = project_name::normalise(&name);
        if !fit.is_empty() {
            return Some(fit);
        }
        if !name.is_empty() {
            problems.push(project_name::refused(&name, "name").at(&span, ""));
        }
    }
    let fit = project_name::of_folder(&found.directory);
    if fit.is_none() && !found.files.is_empty() {
        problems.push(
            Diagnostic::error(format!(
                "the folder {} gives the project no name",
                found.directory.display()
            ))
            .fix("add `name: …` to the manifest, or say `-p NAME`"),
        );
    }
    fit
}
