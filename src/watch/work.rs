//! What has to be done when files changed. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use indexmap::IndexMap;

use super::filter::Verdict;
use super::{Change, Kind, Rule};
use crate::stack::{Hook, WatchAction};

/// What has to be done for one service, in this order.
#[derive(Debug, Clone, Default)]
pub struct Work {
    /// Build its image and make its containers anew, because of this file.
    pub rebuild: Option<PathBuf>,
    /// Copy files.
    pub copying: Copying,
    /// Restart it, because of this file; not needed for containers that were just made.
    pub restart: Option<PathBuf>,
    /// Run these in its containers.
    pub commands: Vec<Hook>,
}

/// Files to be copied into containers, and removed from them, by the folder of the container that rules name and the
/// name in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copying {
    /// Files to be put there.
    pub put: BTreeMap<String, BTreeMap<String, (PathBuf, Kind)>>,
    /// Files to be removed, as absolute paths.
    pub remove: BTreeSet<String>,
}

impl Work {
    /// What these changes mean, by service.
    pub fn of(rules: &[Rule], changes: &[Change]) -> IndexMap<String, Self> {
        let mut all: IndexMap<String, Self> = IndexMap::new();
        for rule in rules {
            for change in changes {
                if rule.verdict(&change.path, change.kind == Kind::Folder) != Verdict::Itself {
                    continue;
                }
                let work = all.entry(rule.service.clone()).or_default();
                work.add(rule, change);
            }
        }
        all
    }

    /// The files that rules with `initial_sync` have in a service, of all that there are.
    pub fn initial(rules: &[Rule], service: &str, all: &[Change]) -> Copying {
        let mut copying = Copying::default();
        for rule in rules {
            if rule.service == service && rule.watch.initial_sync && rule.watch.action.copies() {
                for change in all {
                    if rule.verdict(&change.path, change.kind == Kind::Folder) == Verdict::Itself {
                        copying.add(rule, change);
                    }
                }
            }
        }
        copying
    }

    /// Whether nothing has to be built or restarted.
    pub fn is_only_copying(&self) -> bool {
        self.rebuild.is_none() && self.restart.is_none()
    }

    fn add(&mut self, rule: &Rule, change: &Change) {
        let action = rule.watch.action;
        // An empty folder is nothing that a program would have to be started anew for.
        let matters = change.kind != Kind::Folder || change.gone;
        if action.copies() {
            self.copying.add(rule, change);
        }
        if action == WatchAction::Rebuild && matters {
            self.rebuild.get_or_insert_with(|| change.path.clone());
        }
        if action.restarts() && matters {
            self.restart.get_or_insert_with(|| change.path.clone());
        }
        if let (WatchAction::SyncExec, Some(hook)) = (action, &rule.watch.exec)
            && matters
            && !self.commands.iter().any(|known| known.span == hook.span)
        {
            self.commands.push(hook.clone());
        }
    }
}

impl Copying {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.remove.is_empty()
    }

    /// What is put: the path in the container, the file here, and what it is.
    pub fn files(&self) -> impl Iterator<Item = (String, &PathBuf, Kind)> {
        self.put.iter().flat_map(|(folder, names)| {
            let files = names.iter();
            files.map(move |(name, (path, kind))| (joined(folder, name), path, *kind))
        })
    }

    /// Adds what came later.
    pub fn then(&mut self, later: &Self) {
        for (folder, names) in &later.put {
            for (name, file) in names {
                self.remove.remove(&joined(folder, name));
                let folder = self.put.entry(folder.clone()).or_default();
                folder.insert(name.clone(), file.clone());
            }
        }
        for removed in &later.remove {
            let inside = format!("{removed}/");
            for (folder, names) in &mut self.put {
                names.retain(|name, _| {
                    let path = joined(folder, name);
                    path != *removed && !path.starts_with(&inside)
                });
            }
            self.put.retain(|_, names| !names.is_empty());
            self.remove.insert(removed.clone());
        }
    }

    fn add(&mut self, rule: &Rule, change: &Change) {
        let Some((folder, name)) = rule.target(&change.path) else {
            return;
        };
        if change.gone {
            self.remove.insert(joined(&folder, &name));
        } else {
            let file = (change.path.clone(), change.kind);
            self.put.entry(folder).or_default().insert(name, file);
        }
    }
}

/// A path in a container.
pub(super) fn joined(folder: &str, name: &str) -> String {
    match folder {
        "/" => format!("/{name}"),
        _ => format!("{folder}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule::tests::{all, project};
    use super::*;
    use crate::stack::testing::Folder;

    fn change(folder: &Folder, name: &str, gone: bool) -> Change {
        Change {
            path: folder.path().join(name),
            kind: Kind::File,
            gone,
        }
    }

    fn work(watch: &str, changed: &[&str], gone: &[&str]) -> Work {
        let folder = project(watch);
        let changed = changed.iter().map(|name| change(&folder, name, false));
        let gone = gone.iter().map(|name| change(&folder, name, true));
        let changes: Vec<Change> = changed.chain(gone).collect();
        Work::of(&all(&folder), &changes)
            .swap_remove("api")
            .unwrap_or_default()
    }

    #[test]
    fn files_are_put_and_removed_where_rules_say() {
        let work = work(
            "        - { path: src, action: sync, target: /app, ignore: '*.pyc' }\n",
            &["src/a/main.py", "src/main.pyc", "conf"],
            &["src/old.py"],
        );
        let put: Vec<&String> = work.copying.put["/app"].keys().collect();
        assert_eq!(put, ["a/main.py"]);
        assert_eq!(
            work.copying.remove,
            BTreeSet::from(["/app/old.py".to_owned()])
        );
        assert!(work.rebuild.is_none() && work.restart.is_none() && work.commands.is_empty());
    }

    #[test]
    fn each_action_does_what_it_says() {
        let watch = "        - { path: Dockerfile, action: rebuild }
        - { path: conf, action: sync+restart, target: /conf }
        - { path: src, action: sync+exec, target: /app, exec: { command: reload } }
";
        let conf = work(watch, &["conf"], &[]);
        assert!(conf.restart.is_some() && conf.rebuild.is_none() && conf.commands.is_empty());
        assert_eq!(conf.copying.files().count(), 1);
        let source = work(watch, &["src/a", "src/b"], &["src/c"]);
        let commands: Vec<&[String]> = source.commands.iter().map(|c| &*c.command).collect();
        assert_eq!(commands, [["reload"]], "once for all files");
        let built = work(watch, &["Dockerfile"], &[]);
        assert!(built.rebuild.is_some() && built.copying.is_empty());
    }

    #[test]
    fn what_came_later_wins() {
        let watch = "        - { path: src, action: sync, target: /app }\n";
        let mut all = work(watch, &["src/a", "src/d/x"], &["src/b"]).copying;
        all.then(&work(watch, &["src/b"], &["src/a", "src/d"]).copying);
        let put: Vec<&String> = all.put["/app"].keys().collect();
        assert_eq!(put, ["b"]);
        let removed: Vec<&str> = all.remove.iter().map(String::as_str).collect();
        assert_eq!(removed, ["/app/a", "/app/d"]);
    }

    #[test]
    fn only_rules_that_say_so_copy_everything_at_the_beginning() {
        let folder = project(
            "        - { path: src, action: sync, target: /app, initial_sync: true }
        - { path: conf, action: sync, target: /conf }
",
        );
        let files = ["src/a", "conf"].map(|name| change(&folder, name, false));
        let copying = Work::initial(&all(&folder), "api", &files);
        assert_eq!(copying.put.keys().collect::<Vec<_>>(), ["/app"]);
    }
}
