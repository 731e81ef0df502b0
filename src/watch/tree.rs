//! What is known of the files that are followed, so that a look at them tells what changed.
//!
//! Events only say where to look: what an editor writes and renames, what is there and gone again, and events that were
//! lost do not matter then.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io;
use std::ops::Bound;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::filter::Verdict;

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A regular file.
    File,
    /// A symbolic link, which stays one.
    Link,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path.
    pub path: PathBuf,
    /// What it is, or was.
    pub kind: Kind,
    /// Whether it is gone.
    pub gone: bool,
}

/// What tells a file from what it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    kind: Kind,
    device: u64,
    inode: u64,
    /// Length, mode and time of a file; a folder's say nothing that its content does not.
    content: Option<(u64, u32, i64, i64)>,
}

/// What a tree has to know of its surroundings.
pub(super) trait Ground {
    /// What the rules say of a path.
    fn verdict(&self, path: &Path, folder: bool) -> Verdict;
    /// Has a folder's changes told from now on. A folder that is gone already is no error.
    fn follow(&mut self, folder: &Path) -> Result<(), super::NoticeError>;
}

/// The files that are followed.
#[derive(Debug, Default)]
pub(super) struct Tree {
    entries: BTreeMap<PathBuf, Stamp>,
}

impl Tree {
    /// How many files it knows.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Every file and link that counts.
    pub(super) fn all(&self, ground: &impl Ground) -> Vec<Change> {
        self.entries
            .iter()
            .filter(|(path, stamp)| {
                ground.verdict(path, stamp.kind == Kind::Folder) == Verdict::Itself
            })
            .map(|(path, stamp)| Change {
                path: path.clone(),
                kind: stamp.kind,
                gone: false,
            })
            .collect()
    }

    /// Looks at these paths, and at all that is in them where `deep`, and tells what counts and changed, in the paths'
    /// order.
    pub(super) fn look(
        &mut self,
        paths: &BTreeSet<PathBuf>,
        deep: bool,
        ground: &mut impl Ground,
    ) -> Result<Vec<Change>, super::NoticeError> {
        let mut changes = BTreeMap::new();
        let mut waiting: Vec<PathBuf> = paths.iter().rev().cloned().collect();
        while let Some(path) = waiting.pop() {
            let found = match fs::symlink_metadata(&path) {
                Ok(metadata) => Stamp::of(&metadata),
                Err(error) if is_gone(&error) => None,
                // What may not be looked at is as it was.
                Err(_) => continue,
            };
            let verdict = found.map_or(Verdict::Inside, |stamp| {
                ground.verdict(&path, stamp.kind == Kind::Folder)
            });
            let known = self.entries.get(&path).copied();
            let Some(stamp) = found.filter(|_| verdict != Verdict::Nothing) else {
                // What is there and never counted, such as the folder above what is followed, says nothing of what is
                // in it.
                if found.is_none() || known.is_some() {
                    self.forget(&path, ground, &mut changes);
                }
                continue;
            };
            let is_folder = stamp.kind == Kind::Folder;
            if known.is_some_and(|known| known.kind == Kind::Folder && known != stamp) {
                // Another folder has taken its place, or a file has.
                self.forget(&path, ground, &mut changes);
            }
            let is_new = known != Some(stamp);
            if is_new {
                if is_folder {
                    ground.follow(&path)?;
                }
                self.entries.insert(path.clone(), stamp);
                if verdict == Verdict::Itself {
                    let change = Change {
                        path: path.clone(),
                        kind: stamp.kind,
                        gone: false,
                    };
                    changes.insert(path.clone(), change);
                }
            }
            if is_folder && (is_new || deep || paths.contains(&path)) {
                waiting.extend(self.children(&path, is_new || deep));
            }
        }
        Ok(changes.into_values().collect())
    }

    /// What is in a folder, now or before. Of folders that are known already only when everything is looked at.
    fn children(&self, folder: &Path, all: bool) -> BTreeSet<PathBuf> {
        let listed = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut children: BTreeSet<PathBuf> = listed.map(|child| child.path()).collect();
        let known = self.below(folder);
        children.extend(known.filter(|path| path.parent() == Some(folder)).cloned());
        if !all {
            let is_known_folder =
                |path: &PathBuf| self.entries.get(path).map(|s| s.kind) == Some(Kind::Folder);
            children.retain(|path| !is_known_folder(path) || !path.is_dir());
        }
        children
    }

    /// Everything known in a folder.
    fn below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a PathBuf> {
        self.entries
            .range::<Path, _>((Bound::Included(folder), Bound::Unbounded))
            .map(|(path, _)| path)
            .take_while(move |path| path.starts_with(folder))
            .filter(move |path| *path != folder)
    }

    /// Takes out a path and all that is in it.
    fn forget(
        &mut self,
        path: &Path,
        ground: &impl Ground,
        changes: &mut BTreeMap<PathBuf, Change>,
    ) {
        let gone: Vec<PathBuf> = self.below(path).cloned().collect();
        for path in gone.into_iter().chain([path.to_owned()]) {
            let Some(stamp) = self.entries.remove(&path) else {
                continue;
            };
            changes.remove(&path);
            if ground.verdict(&path, stamp.kind == Kind::Folder) == Verdict::Itself {
                let kind = stamp.kind;
                let change = Change {
                    path: path.clone(),
                    kind,
                    gone: true,
                };
                changes.insert(path, change);
            }
        }
    }
}

impl Stamp {
    /// That of a file, link or folder; sockets, pipes and devices have none.
    fn of(metadata: &Metadata) -> Option<Self> {
        let kind = match metadata.file_type() {
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_file() => Kind::File,
            kind if kind.is_symlink() => Kind::Link,
            _ => return None,
        };
        let content = (
            metadata.len(),
            metadata.mode(),
            metadata.mtime(),
            metadata.mtime_nsec(),
        );
        Some(Self {
            kind,
            device: metadata.dev(),
            inode: metadata.ino(),
            content: (kind != Kind::Folder).then_some(content),
        })
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::super::NoticeError;
    use super::*;

    /// Everything counts but what is called `ignored`; notes what is to be followed.
    #[derive(Default)]
    struct Everything {
        root: PathBuf,
        followed: Vec<PathBuf>,
    }

    impl Ground for Everything {
        fn verdict(&self, path: &Path, _: bool) -> Verdict {
            if path.ends_with("ignored") || !path.starts_with(&self.root) {
                Verdict::Nothing
            } else {
                Verdict::Itself
            }
        }

        fn follow(&mut self, folder: &Path) -> Result<(), NoticeError> {
            self.followed.push(folder.to_owned());
            Ok(())
        }
    }

    struct Lab {
        folder: tempfile::TempDir,
        tree: Tree,
        ground: Everything,
    }

    impl Lab {
        fn new() -> Self {
            let mut lab = Self {
                folder: tempfile::tempdir().expect("a folder"),
                tree: Tree::default(),
                ground: Everything::default(),
            };
            lab.ground.root = lab.at("");
            fs::create_dir_all(lab.at("a/b")).expect("folders");
            fs::create_dir_all(lab.at("ignored/much")).expect("folders");
            fs::write(lab.at("a/b/deep"), "1").expect("a file");
            fs::write(lab.at("top"), "1").expect("a file");
            lab.look(&[""]);
            lab
        }

        fn at(&self, name: &str) -> PathBuf {
            if name.is_empty() {
                return self.folder.path().to_owned();
            }
            self.folder.path().join(name)
        }

        fn look_as(&mut self, names: &[&str], deep: bool) -> Vec<String> {
            let paths = names.iter().map(|name| self.at(name)).collect();
            let found = self.tree.look(&paths, deep, &mut self.ground);
            let root = self.folder.path();
            found
                .expect("nothing fails here")
                .iter()
                .map(|change| {
                    let sign = if change.gone { '-' } else { '+' };
                    let name = change.path.strip_prefix(root).expect("inside");
                    format!("{sign}{}", name.display())
                })
                .collect()
        }

        fn look(&mut self, names: &[&str]) -> Vec<String> {
            self.look_as(names, false)
        }
    }

    #[test]
    fn only_what_is_different_counts() {
        let mut lab = Lab::new();
        assert_eq!(lab.look(&["top", "a/b/deep", "a"]), Vec::<String>::new());
        fs::write(lab.at("top"), "22").expect("written");
        assert_eq!(lab.look(&["top"]), ["+top"]);
        assert_eq!(lab.look(&["top"]), Vec::<String>::new());
        // As editors save: another file takes its place, with the same text.
        fs::write(lab.at("new"), "22").expect("written");
        fs::rename(lab.at("new"), lab.at("top")).expect("renamed");
        assert_eq!(lab.look(&["new", "top"]), ["+top"]);
    }

    #[test]
    fn a_new_folder_is_followed_and_looked_at_and_what_is_ignored_is_not() {
        let mut lab = Lab::new();
        assert_eq!(lab.tree.len(), 5);
        assert!(!lab.ground.followed.contains(&lab.at("ignored")));
        fs::create_dir_all(lab.at("n/m")).expect("folders");
        fs::create_dir_all(lab.at("n/ignored")).expect("folders");
        fs::write(lab.at("n/m/file"), "").expect("a file");
        symlink("m", lab.at("n/link")).expect("a link");
        assert_eq!(lab.look(&["n"]), ["+n", "+n/link", "+n/m", "+n/m/file"]);
        assert!(lab.ground.followed.contains(&lab.at("n/m")));
        assert!(!lab.ground.followed.contains(&lab.at("n/ignored")));
    }

    #[test]
    fn what_was_in_a_folder_that_is_gone_is_gone() {
        let mut lab = Lab::new();
        fs::remove_dir_all(lab.at("a")).expect("removed");
        assert_eq!(lab.look(&["a"]), ["-a", "-a/b", "-a/b/deep"]);
        assert_eq!(lab.look(&["a"]), Vec::<String>::new());
        // There and gone again, or moved away and another come.
        fs::create_dir(lab.at("a")).expect("a folder");
        fs::write(lab.at("a/x"), "").expect("a file");
        assert_eq!(lab.look(&["a"]), ["+a", "+a/x"]);
        fs::rename(lab.at("a"), lab.at("old")).expect("renamed");
        fs::create_dir(lab.at("a")).expect("a folder");
        fs::write(lab.at("a/y"), "").expect("a file");
        assert_eq!(
            lab.look(&["a", "old"]),
            ["+a", "-a/x", "+a/y", "+old", "+old/x"]
        );
    }

    #[test]
    fn the_folder_above_says_nothing_of_what_is_followed() {
        let mut lab = Lab::new();
        let above: BTreeSet<PathBuf> = lab
            .at("")
            .parent()
            .map(Path::to_owned)
            .into_iter()
            .collect();
        let found = lab.tree.look(&above, false, &mut lab.ground);
        assert_eq!(found.expect("nothing fails here"), []);
        assert_eq!(lab.tree.len(), 5);
    }

    #[test]
    fn a_file_in_the_place_of_a_folder_is_a_file() {
        let mut lab = Lab::new();
        fs::remove_dir_all(lab.at("a")).expect("removed");
        fs::write(lab.at("a"), "").expect("a file");
        assert_eq!(lab.look(&["a"]), ["+a", "-a/b", "-a/b/deep"]);
    }

    #[test]
    fn where_events_were_lost_everything_is_looked_at() {
        let mut lab = Lab::new();
        fs::write(lab.at("a/b/deep"), "22").expect("written");
        fs::write(lab.at("a/b/more"), "").expect("written");
        fs::remove_file(lab.at("top")).expect("removed");
        assert_eq!(lab.look(&["a"]), Vec::<String>::new());
        assert_eq!(lab.look_as(&[""], true), ["+a/b/deep", "+a/b/more", "-top"]);
    }
}
