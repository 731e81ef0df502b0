//! From the options to one merged, canonical tree: the whole of `manifest` in order.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::discover::{self, Discovered};
use super::environment::Variables;
use super::file::join;
use super::inputs::Inputs;
use super::loader::Loader;
use super::node::Node;
use super::{LoadOptions, project_name, template};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

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
    /// What variables included services see, by service.
    pub scopes: HashMap<String, Arc<Variables>>,
    /// What it asks of its user.
    pub inputs: Inputs,
}

/// What came of opening a manifest.
#[derive(Debug, Default)]
pub struct Opened {
    /// The manifest, as far as it could be read: there may be errors all the same.
    pub manifest: Option<Manifest>,
    /// Whether there is a file at all.
    pub found: bool,
    /// The project's name, as far as it could be found.
    pub name: Option<String>,
    /// What it asks of its user.
    pub inputs: Inputs,
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

    if let Some(folder) = found.directory.to_str() {
        variables.set_default("PWD", folder);
    }
    let mut loader = Loader::new(options, problems);
    let trees: Vec<(PathBuf, Vec<Node>)> = found
        .files
        .iter()
        .filter_map(|path| match loader.parse(path) {
            Ok(documents) => Some((path.clone(), documents)),
            Err(error) => {
                loader.problems.push(error.diagnostic(None));
                None
            }
        })
        .collect();
    let inputs = Inputs::gather(
        &trees,
        &found.directory,
        &options.directory,
        &mut variables,
        &mut loader.problems,
    );
    let named = declared_name(&trees, &variables);
    let name = instance_name(options, &variables, named, &found, &mut loader.problems);
    if found.files.is_empty() {
        loader.problems.push(discover::nothing_found(options));
        return Opened {
            manifest: None,
            found: false,
            name,
            inputs,
            problems: loader.finish(),
        };
    }
    if let Some(name) = &name {
        variables.set_default("COMPOSE_PROJECT_NAME", name);
    }
    let chain: Vec<PathBuf> = found.files.first().cloned().into_iter().collect();
    let root = loader.merged(trees, &found.directory, &variables, &chain);
    let scopes = std::mem::take(&mut loader.scopes);
    let problems = loader.finish();
    let manifest = root.map(|root| Manifest {
        root,
        name: name.clone().unwrap_or_default(),
        directory: found.directory,
        files: found.files,
        variables,
        scopes,
        inputs: inputs.clone(),
    });
    Opened {
        manifest,
        found: true,
        name,
        inputs,
        problems,
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

/// The project's name, with the instance's behind it.
fn instance_name(
    options: &LoadOptions,
    variables: &Variables,
    declared: Option<(String, Span)>,
    found: &Discovered,
    problems: &mut Vec<Diagnostic>,
) -> Option<String> {
    let name = choose_name(options, variables, declared, found, problems)?;
    Some(match &options.instance {
        Some(instance) => format!("{name}-{instance}"),
        None => name,
    })
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
