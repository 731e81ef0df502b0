//! The environment and labels of a service: env files below `environment`, label files below `labels`, and
//! variables without a value from the surroundings.

use std::path::Path;

use super::EnvFiles;
use crate::diagnostic::Diagnostic;
use crate::manifest::env_file::{self, EnvEntries, EnvFormat};
use crate::manifest::environment::Variables;
use crate::manifest::file::{self, FileError, near_sibling};
use crate::manifest::inherit::inherit;
use crate::manifest::node::{Entry, Mapping, Node, Origin, Scalar, UsedVariable, Value};

/// Brings a service's environment, build arguments and labels together.
pub(super) fn resolve(
    service: &mut Node,
    variables: &Variables,
    directory: &Path,
    env_files: EnvFiles,
    problems: &mut Vec<Diagnostic>,
) {
    let files = (service.get("env_file").cloned()).filter(|_| env_files == EnvFiles::Read);
    let label_files = service.get("label_file").cloned();
    let Some(service) = service.as_mapping_mut() else {
        return;
    };
    if env_files == EnvFiles::Read {
        service.shift_remove("env_file");
    }
    service.shift_remove("label_file");
    if let Some(entry) = service.get_mut("environment") {
        inherit(&mut entry.node, variables);
    }
    if let Some(files) = files {
        let lookup = |name: &str| variables.find(name);
        let below = read_all(&files, &lookup, directory, problems);
        put_below(service, "environment", below, &files);
    }
    if let Some(files) = label_files {
        let below = read_all(&files, &|_| None, directory, problems);
        put_below(service, "labels", below, &files);
    }
    if let Some(args) = service
        .get_mut("build")
        .and_then(|build| build.node.as_mapping_mut())
        .and_then(|build| build.get_mut("args"))
    {
        inherit(&mut args.node, variables);
        if let Some(args) = args.node.as_mapping_mut() {
            args.retain(|_, entry| !entry.node.is_null());
        }
    }
}

fn read_all<'v>(
    files: &Node,
    lookup: &dyn Fn(&str) -> Option<(&'v str, Origin)>,
    directory: &Path,
    problems: &mut Vec<Diagnostic>,
) -> EnvEntries {
    let mut entries = EnvEntries::new();
    for item in files.items() {
        let path = item.get("path").unwrap_or(item);
        let Some(text) = path.as_str() else { continue };
        let format = match item.str("format") {
            Some("raw") => EnvFormat::Raw,
            _ => EnvFormat::Compose,
        };
        match file::read_confidential(Path::new(text), directory) {
            Ok(source) => env_file::parse(&source, format, lookup, &mut entries, problems),
            Err(FileError::Missing { .. }) if item.bool("required") == Some(false) => {}
            Err(error) => problems.push(missing(&error, path, Path::new(text))),
        }
    }
    entries
}

fn missing(error: &FileError, node: &Node, path: &Path) -> Diagnostic {
    let diagnostic = error.diagnostic(None);
    let mut placed = node.error(diagnostic.message, "");
    placed.fix = diagnostic.fix;
    if !matches!(error, FileError::Missing { .. }) {
        return placed;
    }
    match near_sibling(path) {
        Some(near) => placed.fix(format!("create it, or did you mean `{near}`?")),
        None => placed.fix("create it, or write `required: false` beside its `path`"),
    }
}

/// Puts what files set below what the manifest sets itself.
fn put_below(service: &mut Mapping, key: &str, below: EnvEntries, files: &Node) {
    if below.is_empty() {
        return;
    }
    let mut mapping: Mapping = below
        .into_iter()
        .map(|(name, entry)| {
            let mut node = Node::new(Value::Scalar(Scalar::text(entry.value)), entry.span.clone());
            node.variables.push(UsedVariable {
                name: name.clone(),
                origin: Origin::EnvFile(entry.span.clone()),
            });
            let key = entry.span;
            (name, Entry { key, node })
        })
        .collect();
    let target = service
        .entry(key.to_owned())
        .or_insert_with(|| files.entry(files.derive(Value::Mapping(Mapping::new()))));
    if let Some(own) = target.node.as_mapping_mut() {
        mapping.extend(std::mem::take(own));
        *own = mapping;
    }
}
