//! The files of a build context, in order.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::prepare::unreadable;
use crate::engine::EngineError;
use crate::engine::dockerignore::Ignore;

/// The unit of a tar archive.
const BLOCK: u64 = 512;

/// One thing that is sent.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its name in the context.
    pub(super) name: PathBuf,
    /// What it is.
    pub(super) kind: Kind,
    /// Whether it is a folder that is left out, and sent only for what was taken back inside.
    only_for_content: bool,
}

/// What a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    /// A file of this many bytes, when it was looked at.
    File(u64),
    Link,
}

/// About how long the archive of these entries is.
pub(super) fn archive_size(entries: &[Entry]) -> u64 {
    let content = |entry: &Entry| match entry.kind {
        Kind::File(length) => length.div_ceil(BLOCK) * BLOCK,
        Kind::Folder | Kind::Link => 0,
    };
    let end = 2 * BLOCK;
    entries
        .iter()
        .map(|entry| BLOCK + content(entry))
        .sum::<u64>()
        + end
}

/// Everything in a folder that is sent, folders before what is in them, names in order.
///
/// `always` names files that are sent whatever the patterns say: the engine reads them.
pub(super) fn list(
    folder: &Path,
    ignore: &Ignore,
    always: &[String],
) -> Result<Vec<Entry>, EngineError> {
    let mut entries = Vec::new();
    let mut waiting = children(folder, Path::new(""))?;
    while let Some((path, name)) = waiting.pop() {
        let text = name.to_string_lossy();
        let out = ignore.leaves_out(&text) && !always.iter().any(|kept| *kept == text);
        let metadata = match fs::symlink_metadata(&path) {
            // Gone since its folder was listed: as if it had never been there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other.map_err(|error| unreadable("file", &path, &error))?,
        };
        let kind = if metadata.is_dir() {
            let inside = format!("{text}/");
            let holds_kept = always.iter().any(|kept| kept.starts_with(&inside));
            if out && !holds_kept && !ignore.may_keep_inside(&text) {
                continue;
            }
            waiting.extend(children(&path, &name)?);
            Kind::Folder
        } else if out {
            continue;
        } else if metadata.is_symlink() {
            Kind::Link
        } else if metadata.is_file() {
            Kind::File(metadata.len())
        } else {
            continue;
        };
        entries.push(Entry {
            path,
            name,
            kind,
            only_for_content: out,
        });
    }
    Ok(without_empty(entries))
}

/// What is in a folder, the last name first.
fn children(folder: &Path, name: &Path) -> Result<Vec<(PathBuf, PathBuf)>, EngineError> {
    let unlistable = |error| unreadable("folder", folder, &error);
    let mut children = Vec::new();
    for child in fs::read_dir(folder).map_err(unlistable)? {
        let child = child.map_err(unlistable)?;
        children.push((child.path(), name.join(child.file_name())));
    }
    children.sort_by(|a, b| b.cmp(a));
    Ok(children)
}

/// Drops folders that are left out and in which nothing was taken back.
fn without_empty(entries: Vec<Entry>) -> Vec<Entry> {
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries.into_iter().rev() {
        // Backwards, what follows a folder that holds something lies in it.
        let holds = || {
            let next: Option<&Entry> = kept.last();
            next.is_some_and(|next| next.name.starts_with(&entry.name))
        };
        if !entry.only_for_content || holds() {
            kept.push(entry);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_deep_folders() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut deep = folder.path().to_owned();
        while deep.as_os_str().len() < 2000 {
            deep.push("d");
        }
        fs::create_dir_all(&deep).expect("folders");
        let entries = list(folder.path(), &Ignore::default(), &[]).expect("a list");
        assert!(entries.len() > 900, "{}", entries.len());
        assert_eq!(entries.last().map(|entry| &entry.path), Some(&deep));
    }
}
