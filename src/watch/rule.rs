//! The rules of a stack, with their patterns read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::filter::{Filter, Verdict};
use crate::diagnostic::Diagnostic;
use crate::engine::docker::left_out_of_build;
use crate::engine::dockerignore::Ignore;
use crate::manifest::file::shown;
use crate::stack::{BuildContext, Service, Stack, Watch, WatchAction};

/// A rule of `develop.watch` that can be followed.
#[derive(Debug)]
pub struct Rule {
    /// The service.
    pub service: String,
    /// What the manifest says.
    pub watch: Watch,
    filter: Filter,
}

/// The rules of these services, and what is wrong with others: a path that does not exist, a pattern that is none. Rules
/// that have nothing to do, of which the manifest's own checks have told, are left out.
pub fn rules<'a>(
    stack: &Stack,
    services: impl IntoIterator<Item = &'a str>,
) -> (Vec<Rule>, Vec<Diagnostic>) {
    let mut rules = Vec::new();
    let mut problems = Vec::new();
    for service in services {
        let Some(service) = stack.services.get(service) else {
            continue;
        };
        let build = match of_build(service) {
            Ok(build) => build,
            Err(problem) => {
                problems.push(*problem);
                continue;
            }
        };
        for watch in &service.watches {
            let nothing_to_do = (watch.action == WatchAction::Rebuild && service.build.is_none())
                || (watch.action == WatchAction::Sync && service.shows(&watch.path));
            if nothing_to_do {
                continue;
            }
            match rule(&stack.directory, service, watch, build.clone()) {
                Ok(rule) => rules.push(rule),
                Err(problem) => problems.push((*problem).at(&watch.span, "")),
            }
        }
    }
    (rules, problems)
}

fn rule(
    directory: &Path,
    service: &Service,
    watch: &Watch,
    build: Option<(PathBuf, Arc<Ignore>)>,
) -> Result<Rule, Box<Diagnostic>> {
    let path = shown(&watch.path, directory);
    let metadata = std::fs::metadata(&watch.path).map_err(|error| {
        Diagnostic::error(format!("`{path}` cannot be followed: {error}"))
            .fix("create it, or correct `path`")
    })?;
    let read = |key: &str, patterns: &[String]| {
        Ignore::parse(&patterns.join("\n"))
            .map_err(|error| Box::new(Diagnostic::error(format!("`{key}` of `{path}`: {error}"))))
    };
    let filter = Filter {
        root: watch.path.clone(),
        single: !metadata.is_dir(),
        ignore: read("ignore", &watch.ignore)?,
        include: match watch.include.as_slice() {
            [] => None,
            patterns => Some(read("include", patterns)?),
        },
        build,
    };
    if let Some((context, ignore)) = &filter.build
        && !filter.single
        && let Ok(name) = watch.path.strip_prefix(context)
        && !name.as_os_str().is_empty()
    {
        let name = name.to_string_lossy();
        if ignore.leaves_out(&name) && !ignore.may_keep_inside(&name) {
            let problem = Diagnostic::error(format!(
                "nothing in `{path}` counts: the .dockerignore of `{}` leaves it out",
                service.name
            ));
            return Err(Box::new(problem.fix(format!(
                "take `{name}` out of .dockerignore, or this rule out of the manifest"
            ))));
        }
    }
    Ok(Rule {
        service: service.name.clone(),
        watch: watch.clone(),
        filter,
    })
}

/// What the build of a service leaves out, and from which folder.
fn of_build(service: &Service) -> Result<Option<(PathBuf, Arc<Ignore>)>, Box<Diagnostic>> {
    let Some(build) = &service.build else {
        return Ok(None);
    };
    let BuildContext::Folder(folder) = &build.context else {
        return Ok(None);
    };
    let ignore = left_out_of_build(folder, &build.dockerfile)
        .map_err(|error| Diagnostic::error(error.to_string()).at(&build.span, ""))?;
    Ok(Some((folder.clone(), Arc::new(ignore))))
}

impl Rule {
    /// The file or folder that is followed.
    pub fn root(&self) -> &Path {
        &self.filter.root
    }

    /// Whether a path counts.
    pub(super) fn verdict(&self, path: &Path, folder: bool) -> Verdict {
        self.filter.verdict(path, folder)
    }

    /// Where a path goes in the container: the folder that the rule names, and the name in it. `None` for the followed
    /// folder itself, and where nothing is copied.
    pub(super) fn target(&self, path: &Path) -> Option<(String, String)> {
        let target = self.watch.target.as_deref()?;
        let name = self.filter.name(path)?;
        if !self.filter.single {
            let name = name.to_str().filter(|name| !name.is_empty())?;
            return Some((absolute(target), name.to_owned()));
        }
        let own = path.file_name()?.to_str()?;
        if target.ends_with('/') {
            return Some((absolute(target), own.to_owned()));
        }
        let target = absolute(target);
        let (folder, name) = target.rsplit_once('/')?;
        let folder = if folder.is_empty() { "/" } else { folder };
        (!name.is_empty()).then(|| (folder.to_owned(), name.to_owned()))
    }
}

/// A path in a container without detours. A relative one starts at the root, as Compose has it.
fn absolute(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::stack::testing::{Folder, compose};

    /// A project with one service that has these rules.
    pub(in crate::watch) fn project(watch: &str) -> Folder {
        compose(&format!(
            "services:\n  api:\n    build: .\n    develop:\n      watch:\n{watch}"
        ))
        .file("Dockerfile", "FROM x\n")
        .file("src/main.py", "")
        .file("conf", "")
    }

    /// Its rules, of which none may be wrong.
    pub(in crate::watch) fn all(folder: &Folder) -> Vec<Rule> {
        let (rules, problems) = rules(&folder.stack(), ["api"]);
        assert!(problems.is_empty(), "{problems:#?}");
        rules
    }

    #[test]
    fn a_folder_goes_into_its_target_and_a_file_to_its_own() {
        let folder = project(
            "        - { path: src, action: sync, target: app/./src/ }
        - { path: conf, action: sync, target: /etc/api.conf }
        - { path: conf, action: sync, target: /etc/ }
",
        );
        let rules = all(&folder);
        let to = |rule: usize, path: &str| rules[rule].target(&folder.path().join(path));
        let pair = |folder: &str, name: &str| Some((folder.to_owned(), name.to_owned()));
        assert_eq!(to(0, "src/a/b.py"), pair("/app/src", "a/b.py"));
        assert_eq!(to(0, "src"), None);
        assert_eq!(to(1, "conf"), pair("/etc", "api.conf"));
        assert_eq!(to(2, "conf"), pair("/etc", "conf"));
    }

    #[test]
    fn what_cannot_be_followed_is_told_and_the_rest_is_followed() {
        let folder = project(
            "        - { path: none, action: restart }
        - { path: src, action: restart, ignore: '[' }
        - { path: src, action: rebuild }
",
        )
        .file(".dockerignore", "src\n");
        let (found, problems) = rules(&folder.stack(), ["api"]);
        let messages: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
        assert!(found.is_empty());
        assert_eq!(
            messages,
            [
                "`none` cannot be followed: No such file or directory (os error 2)",
                "`ignore` of `src`: line 1: `[` is no pattern",
                "nothing in `src` counts: the .dockerignore of `api` leaves it out",
            ]
        );
    }
}
