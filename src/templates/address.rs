//! How a template is named on the command line: one that devstack brings, a folder, or a git repository.

use std::path::{Path, PathBuf};

/// Where a template is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// One that devstack brings, by its name.
    Embedded(String),
    /// A folder.
    Folder(PathBuf),
    /// A git repository.
    Repository {
        /// What git is told to fetch.
        url: String,
        /// The folder in it; where there is only one template, none need be named.
        folder: Option<String>,
        /// The branch, tag or commit; the repository's own choice if none is named.
        reference: Option<String>,
    },
}

impl Address {
    /// Reads an address: `postgres`, `./templates/billing`, `git@host:company/templates.git#billing`, and with a branch,
    /// tag or commit `…#billing@v2` or `…#@v2`.
    pub fn parse(text: &str, home: Option<&Path>) -> Self {
        let (place, fragment) = match text.split_once('#') {
            Some((place, fragment)) => (place, Some(fragment)),
            None => (text, None),
        };
        let path = at_home(place, home);
        if fragment.is_some() || is_url(place) {
            let (folder, reference) = match fragment.unwrap_or_default().split_once('@') {
                Some((folder, reference)) => (folder, Some(reference.to_owned())),
                None => (fragment.unwrap_or_default(), None),
            };
            let url = if is_url(place) {
                place.to_owned()
            } else {
                path.display().to_string()
            };
            return Self::Repository {
                url,
                folder: Some(folder.trim_matches('/').to_owned()).filter(|it| !it.is_empty()),
                reference: reference.filter(|it| !it.is_empty()),
            };
        }
        if place.contains('/') || matches!(place, "." | ".." | "~") {
            Self::Folder(path)
        } else {
            Self::Embedded(place.to_owned())
        }
    }
}

/// Whether git would go to another place with it: `https://…`, `file://…`, `git@host:path`. As git has it, what has a
/// slash before its first colon is a path.
fn is_url(text: &str) -> bool {
    match text.split_once(':') {
        Some((before, _)) => !before.is_empty() && !before.contains('/'),
        None => false,
    }
}

fn at_home(text: &str, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix('~'), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(url: &str, folder: Option<&str>, reference: Option<&str>) -> Address {
        Address::Repository {
            url: url.to_owned(),
            folder: folder.map(str::to_owned),
            reference: reference.map(str::to_owned),
        }
    }

    #[test]
    fn every_form_is_read() {
        let home = Path::new("/home/ada");
        for (text, address) in [
            ("postgres", Address::Embedded("postgres".to_owned())),
            ("./billing", Address::Folder("./billing".into())),
            ("templates/x/", Address::Folder("templates/x/".into())),
            (".", Address::Folder(".".into())),
            ("~/t", Address::Folder("/home/ada/t".into())),
            ("./a:b", Address::Folder("./a:b".into())),
            (
                "git@host:company/templates.git#billing",
                repository("git@host:company/templates.git", Some("billing"), None),
            ),
            (
                "https://host/a.git",
                repository("https://host/a.git", None, None),
            ),
            (
                "ssh://git@host/a#b/c/@v2",
                repository("ssh://git@host/a", Some("b/c"), Some("v2")),
            ),
            (
                "file:///srv/a#@main",
                repository("file:///srv/a", None, Some("main")),
            ),
            ("~/a#b", repository("/home/ada/a", Some("b"), None)),
            ("../a#", repository("../a", None, None)),
        ] {
            assert_eq!(Address::parse(text, Some(home)), address, "{text}");
        }
    }
}
