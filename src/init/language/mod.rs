//! What the files of a language say of an application: one language a file.

mod dotnet;
mod elixir;
mod go;
mod java;
mod node;
mod php;
mod python;
mod ruby;
mod rust;

use serde_json::{Map, Value};

use super::listing::Folder;

/// A folder in the eyes of a language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Project {
    /// The language, as people call it.
    pub language: &'static str,
    /// The framework, as people call it.
    pub framework: Option<&'static str>,
    /// What it calls itself.
    pub name: Option<String>,
    /// The libraries that it uses.
    pub libraries: Vec<Library>,
    /// Whether it is something that runs, rather than a library.
    pub runs: bool,
    /// The port that it listens on unless told otherwise.
    pub port: Option<u16>,
    /// How developers start it.
    pub start: Option<String>,
    /// What a machine needs to run it.
    pub tool: Option<Tool>,
}

/// A library that a project uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// Its name in the language's registry.
    pub name: String,
    /// It is used for development alone, and is not in images of releases.
    pub dev: bool,
    /// The file that says so, from the project's folder.
    pub file: String,
}

/// A program that a machine needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// The program.
    pub name: &'static str,
    /// Which versions, such as `>=20`; nothing if any.
    pub version: Option<String>,
}

impl Project {
    /// Whether it uses a library.
    pub fn uses(&self, library: &str) -> bool {
        self.libraries.iter().any(|own| own.name == library)
    }

    /// What a package file in JSON says: its name, without the owner, and its libraries by the keys that they stand under,
    /// each with whether they are for development only.
    fn of_json(
        language: &'static str,
        package: &Value,
        file: &str,
        keys: [(&str, bool); 2],
        frameworks: &[(&str, &'static str, u16)],
    ) -> Self {
        let name = package["name"].as_str();
        let mut project = Self {
            language,
            name: name.map(|name| name.rsplit('/').next().unwrap_or(name).to_owned()),
            ..Self::default()
        };
        for (key, dev) in keys {
            let names = package[key].as_object().into_iter().flat_map(Map::keys);
            project.libraries.extend(names.map(|name| Library {
                name: name.clone(),
                dev,
                file: file.to_owned(),
            }));
        }
        if let Some((framework, port)) = project.known(frameworks) {
            project.framework = Some(framework);
            project.port = Some(port);
        }
        project
    }

    /// The first of these frameworks whose library is used.
    fn known(&self, frameworks: &[(&str, &'static str, u16)]) -> Option<(&'static str, u16)> {
        let known = frameworks
            .iter()
            .find(|(library, _, _)| self.uses(library))?;
        Some((known.1, known.2))
    }
}

/// The languages, applications before what is often only their tooling: a Rails or Laravel folder has a `package.json`.
const LANGUAGES: &[fn(&Folder<'_>) -> Option<Project>] = &[
    ruby::read,
    php::read,
    elixir::read,
    python::read,
    go::read,
    rust::read,
    java::read,
    dotnet::read,
    node::read,
];

/// What a folder is, if it is a project of a known language.
pub(in crate::init) fn read(folder: &Folder<'_>) -> Option<Project> {
    LANGUAGES.iter().find_map(|language| language(folder))
}

/// `>=X` for a version that a project pins, such as `20.11.1` or `v20`.
fn at_least(version: &str) -> Option<String> {
    let version = version
        .trim()
        .trim_start_matches(['v', '^', '~', '=', '>'])
        .trim();
    let end = version
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(version.len());
    let version = version[..end].trim_end_matches('.');
    // What differs in the last part is seldom meant: who has 20.12 can work on what says 20.11.1.
    let kept: Vec<&str> = version.split('.').take(2).collect();
    (!version.is_empty()).then(|| format!(">={}", kept.join(".").trim_end_matches(".0")))
}

/// The version of a tool in `.tool-versions` (asdf, mise), or in a file of its own.
fn pinned(folder: &Folder<'_>, names: &[&str], file: &str) -> Option<String> {
    let own = folder.text(file).or_else(|| folder.listing().text(file));
    let listed = folder
        .text(".tool-versions")
        .or_else(|| folder.listing().text(".tool-versions"))
        .and_then(|text| {
            text.lines().find_map(|line| {
                let mut words = line.split_whitespace();
                let name = words.next()?;
                names.contains(&name).then(|| words.next())?
            })
        });
    own.map(str::trim)
        .map(|text| text.rsplit(['-', '/']).next().unwrap_or(text))
        .or(listed)
        .and_then(at_least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn a_version_that_is_pinned_becomes_a_minimum() {
        for (version, expected) in [
            ("20.11.1", Some(">=20.11")),
            ("v20", Some(">=20")),
            ("3.12.0", Some(">=3.12")),
            ("^18.0.0", Some(">=18")),
            ("lts/iron", None),
            ("", None),
        ] {
            assert_eq!(at_least(version).as_deref(), expected, "{version}");
        }
    }

    #[test]
    fn a_pinned_version_is_found_in_either_file() {
        let files = listing(&[
            (".tool-versions", "erlang 27.0\nelixir 1.17.2-otp-27\n"),
            ("a/.ruby-version", "ruby-3.3.1\n"),
        ]);
        let top = files.top();
        assert_eq!(
            pinned(&top, &["elixir"], ".none"),
            Some(">=1.17".to_owned())
        );
        assert_eq!(
            pinned(&files.folder("a"), &["ruby"], ".ruby-version"),
            Some(">=3.3".to_owned())
        );
    }
}
