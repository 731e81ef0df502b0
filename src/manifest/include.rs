//! `include`: other manifests whose services and resources become part of this one.
//!
//! Each is a model of its own: its paths start from its own folder, its own `.env` stands below the variables of
//! this one, and its files are merged before it is brought in. Two things of one name are an error unless they are
//! the same.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment::Variables;
use super::file::{join, near_sibling};
use super::inherit::inherit;
use super::loader::Loader;
use super::node::{Mapping, Node, Value};
use crate::diagnostic::Diagnostic;

/// How many manifests may be included in all.
const INCLUDES: usize = 300;

/// Sections that are brought in.
const SECTIONS: [&str; 6] = [
    "services", "volumes", "networks", "secrets", "configs", "models",
];

/// Applies the `include` of a document; `chain` are the files on the way to it.
pub(super) fn apply(
    document: &mut Node,
    base: &Path,
    variables: &Variables,
    chain: &[PathBuf],
    loader: &mut Loader<'_>,
) {
    let Some(root) = document.as_mapping_mut() else {
        return;
    };
    let Some(list) = root.shift_remove("include") else {
        return;
    };
    for item in list.node.items() {
        loader.included += 1;
        if loader.included > INCLUDES {
            loader
                .problems
                .push(item.error(format!("more than {INCLUDES} manifests are included"), ""));
            return;
        }
        if let Some(model) = model(item, base, variables, chain, loader) {
            import(root, model, item, loader);
        }
    }
}

fn model(
    item: &Node,
    base: &Path,
    variables: &Variables,
    chain: &[PathBuf],
    loader: &mut Loader<'_>,
) -> Option<Node> {
    let mut files = Vec::new();
    for node in item.get("path").map(Node::items).unwrap_or_default() {
        let text = node.as_str()?;
        if text.contains("://") || text.starts_with("git@") || text.starts_with("oci:") {
            loader.problems.push(
                node.error("manifests of other machines cannot be included", "")
                    .fix("fetch it, and include the file"),
            );
            return None;
        }
        files.push((join(base, text), node));
    }
    let (main, place) = files.first()?;
    if chain.contains(main) {
        let names: Vec<String> = chain
            .iter()
            .skip_while(|file| *file != main)
            .chain([main])
            .map(|file| format!("`{}`", super::file::shown(file, &loader.options.directory)))
            .collect();
        loader.problems.push(place.error(
            format!(
                "manifests include each other in a circle: {}",
                names.join(" → ")
            ),
            "",
        ));
        return None;
    }
    let folder = match item.str("project_directory") {
        Some(folder) => join(base, folder),
        None => main.parent().unwrap_or(base).to_path_buf(),
    };
    let mut variables = variables.clone();
    add_env_files(item, base, &folder, &mut variables, loader);
    let mut chain = chain.to_vec();
    chain.push(main.clone());
    let mut trees = Vec::new();
    for (path, place) in &files {
        match loader.parse(path) {
            Ok(documents) => trees.push((path.clone(), documents)),
            Err(error) => {
                let problem = place.error(error.to_string(), "");
                loader.problems.push(match near_sibling(path) {
                    Some(near) => problem.fix(format!("did you mean `{near}`?")),
                    None => problem,
                });
                return None;
            }
        }
    }
    let mut model = loader.merged(trees, &folder, &variables, &chain)?;
    inherit_environments(&mut model, &variables);
    let variables = Arc::new(variables);
    let services = model.get("services").into_iter().flat_map(Node::entries);
    for (name, _) in services {
        let scope = loader.scopes.entry(name.to_owned());
        scope.or_insert_with(|| Arc::clone(&variables));
    }
    Some(model)
}

fn add_env_files(
    item: &Node,
    base: &Path,
    folder: &Path,
    variables: &mut Variables,
    loader: &mut Loader<'_>,
) {
    let Some(given) = item.get("env_file") else {
        let default = folder.join(".env");
        if default.is_file() {
            let user = &loader.options.directory;
            variables.add_files([default.as_path()], user, None, &mut loader.problems);
        }
        return;
    };
    let paths: Vec<PathBuf> = given
        .items()
        .iter()
        .filter_map(Node::as_str)
        .map(|path| join(base, path))
        .collect();
    variables.add_files(
        paths.iter().map(PathBuf::as_path),
        &loader.options.directory,
        Some(&given.span),
        &mut loader.problems,
    );
}

/// Variables without a value take those of the included manifest's own surroundings.
fn inherit_environments(model: &mut Node, variables: &Variables) {
    let services = model
        .as_mapping_mut()
        .and_then(|root| root.get_mut("services"))
        .and_then(|services| services.node.as_mapping_mut());
    for service in services.into_iter().flat_map(Mapping::values_mut) {
        if let Some(environment) = service
            .node
            .as_mapping_mut()
            .and_then(|service| service.get_mut("environment"))
        {
            inherit(&mut environment.node, variables);
        }
    }
}

fn import(root: &mut Mapping, model: Node, item: &Node, loader: &mut Loader<'_>) {
    let Value::Mapping(model) = model.value else {
        return;
    };
    for (section, entry) in model {
        if !SECTIONS.contains(&section.as_str()) {
            continue;
        }
        let Value::Mapping(resources) = entry.node.value else {
            continue;
        };
        let target = root
            .entry(section.clone())
            .or_insert_with(|| item.entry(item.derive(Value::Mapping(Mapping::new()))));
        if target.node.is_null() {
            target.node.value = Value::Mapping(Mapping::new());
        }
        let Some(target) = target.node.as_mapping_mut() else {
            continue;
        };
        for (name, resource) in resources {
            let Some(here) = target.get(&name) else {
                target.insert(name, resource);
                continue;
            };
            if here.node.to_json() != resource.node.to_json() {
                loader.problems.push(
                    Diagnostic::error(format!(
                        "`{name}` of `{section}` is declared twice, and differently"
                    ))
                    .at(&resource.key, "included")
                    .related(&here.key, "also here")
                    .related(&item.span, "the include")
                    .fix("rename one of the two, or merge the files with `-f` instead"),
                );
            }
        }
    }
}
