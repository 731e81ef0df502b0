//! Which files make up the manifest, and from which folder its paths start.

use std::path::{Path, PathBuf};

use super::LoadOptions;
use super::environment::Variables;
use super::file::{STANDARD_INPUT, join, shown};
use crate::diagnostic::Diagnostic;

/// Names that are looked for, the preferred first.
const NAMES: [&str; 6] = [
    "devstack.yaml",
    "devstack.yml",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
];

/// Override files that go with `devstack.yaml`.
const DEVSTACK_OVERRIDES: [&str; 2] = ["devstack.override.yaml", "devstack.override.yml"];

/// Override files that go with a Compose file.
const COMPOSE_OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Which language a file is written in; the two differ in a few defaults and in where devstack's own keys stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// A `devstack.yaml`: own keys stand beside Compose's.
    Devstack,
    /// A Compose file: own keys stand under `x-devstack`.
    Compose,
}

impl Flavour {
    /// By the file's name: one of whose dotted parts is `devstack`.
    pub fn of(path: &Path) -> Self {
        let devstack = path
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.split('.').any(|part| part == "devstack"));
        if devstack {
            Self::Devstack
        } else {
            Self::Compose
        }
    }
}

/// The files of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// The files in the order in which they are merged; empty if there is none.
    pub files: Vec<PathBuf>,
    /// The folder from which relative paths start.
    pub directory: PathBuf,
}

/// Finds the manifest's files; when there are none, the folder is the user's.
pub fn discover(
    options: &LoadOptions,
    variables: &Variables,
    problems: &mut Vec<Diagnostic>,
) -> Discovered {
    let mut files: Vec<PathBuf> = options
        .files
        .iter()
        .map(|file| match file {
            input if input == Path::new(STANDARD_INPUT) => input.clone(),
            file => join(&options.directory, file),
        })
        .collect();
    if files.is_empty()
        && let Some(listed) = variables.non_empty("COMPOSE_FILE")
    {
        let separator = variables.non_empty("COMPOSE_PATH_SEPARATOR").unwrap_or(":");
        files = listed
            .split(separator)
            .filter(|part| !part.is_empty())
            .map(|part| join(&options.directory, part))
            .collect();
    }
    if files.is_empty() {
        let start = options.project_directory.as_ref().map_or_else(
            || options.directory.clone(),
            |dir| join(&options.directory, dir),
        );
        files = search(&start, &options.directory, problems);
    }
    // Standard input lies in no folder.
    let first = files.iter().find(|file| *file != Path::new(STANDARD_INPUT));
    let directory = match (&options.project_directory, first) {
        (Some(directory), _) => join(&options.directory, directory),
        (None, Some(file)) => file
            .parent()
            .map_or_else(|| options.directory.clone(), Path::to_path_buf),
        (None, None) => options.directory.clone(),
    };
    Discovered { files, directory }
}

/// That no manifest was found.
pub fn nothing_found(options: &LoadOptions) -> Diagnostic {
    Diagnostic::error(format!(
        "there is no manifest in {} or a folder above it",
        options.directory.display()
    ))
    .note(format!("looked for {}", NAMES.join(", ")))
    .fix("create devstack.yaml, or name a file with `-f FILE`")
}

fn search(start: &Path, user: &Path, problems: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    for folder in start.ancestors() {
        let present = |names: &[&str]| -> Vec<PathBuf> {
            names
                .iter()
                .map(|name| folder.join(name))
                .filter(|path| path.exists())
                .collect()
        };
        let found = present(&NAMES);
        let Some(winner) = found.first() else {
            continue;
        };
        let flavour = Flavour::of(winner);
        if found.len() > 1 && flavour == Flavour::of(&found[1]) {
            let names: Vec<_> = found.iter().map(|path| shown(path, user)).collect();
            problems.push(
                Diagnostic::warning(format!("several manifests lie here: {}", names.join(", ")))
                    .note(format!("{} is used", names[0])),
            );
        }
        let overrides = match flavour {
            Flavour::Devstack => present(&DEVSTACK_OVERRIDES),
            Flavour::Compose => present(&COMPOSE_OVERRIDES),
        };
        return std::iter::once(winner.clone())
            .chain(overrides.into_iter().next())
            .collect();
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(files: &[&str], from: &str, environment: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for file in files {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, "").expect("written");
        }
        let options = LoadOptions {
            directory: dir.path().join(from),
            ..LoadOptions::default()
        };
        let variables = Variables::new(
            environment
                .iter()
                .map(|&(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
        );
        let found = discover(&options, &variables, &mut Vec::new());
        found
            .files
            .iter()
            .map(|path| shown(path, dir.path()))
            .collect()
    }

    #[test]
    fn prefers_devstack_yaml_and_takes_its_override() {
        let files = [
            "compose.yaml",
            "devstack.yaml",
            "devstack.override.yml",
            "compose.override.yml",
        ];
        assert_eq!(
            find(&files, "", &[]),
            ["devstack.yaml", "devstack.override.yml"]
        );
    }

    #[test]
    fn looks_in_parent_folders() {
        let files = ["docker-compose.yml", "docker-compose.override.yml", "a/b/x"];
        assert_eq!(
            find(&files, "a/b", &[]),
            ["docker-compose.yml", "docker-compose.override.yml"]
        );
    }

    #[test]
    fn compose_file_names_files() {
        let files = ["compose.yaml", "one.yaml", "two.yaml"];
        assert_eq!(
            find(&files, "", &[("COMPOSE_FILE", "one.yaml:two.yaml")]),
            ["one.yaml", "two.yaml"]
        );
        assert_eq!(
            find(
                &files,
                "",
                &[
                    ("COMPOSE_FILE", "two.yaml;one.yaml"),
                    ("COMPOSE_PATH_SEPARATOR", ";")
                ]
            ),
            ["two.yaml", "one.yaml"]
        );
    }

    #[test]
    fn knows_its_own_language_by_name() {
        assert_eq!(
            Flavour::of(Path::new("/a/devstack.ci.yaml")),
            Flavour::Devstack
        );
        assert_eq!(
            Flavour::of(Path::new("/devstack/compose.yaml")),
            Flavour::Compose
        );
    }
}
