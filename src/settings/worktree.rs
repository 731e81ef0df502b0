//! Linked git worktrees: each is a checkout of its own, and gets an instance of its own.

use std::path::Path;

use crate::manifest::project_name::normalise;

/// The name of the linked worktree that a folder is in, made fit for a project's name. A main checkout is none, nor
/// is a submodule.
pub(super) fn linked(folder: &Path) -> Option<String> {
    let git = folder
        .ancestors()
        .map(|folder| folder.join(".git"))
        .find(|git| git.exists())?;
    if !git.is_file() {
        return None;
    }
    let text = std::fs::read_to_string(git).ok()?;
    let place = Path::new(text.strip_prefix("gitdir:")?.trim());
    if place.parent()?.file_name()? != "worktrees" {
        return None;
    }
    let name = normalise(&place.file_name()?.to_string_lossy());
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_linked_worktree_has_a_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("services/api");
        std::fs::create_dir_all(&inside).expect("a folder");
        assert_eq!(linked(&inside), None);
        let git = folder.path().join(".git");
        std::fs::write(&git, "gitdir: /src/shop/.git/worktrees/Fix 42\n").expect("a file");
        assert_eq!(linked(&inside), Some("fix42".to_owned()));
        std::fs::write(&git, "gitdir: ../.git/modules/shop\n").expect("a file");
        assert_eq!(linked(&inside), None);
        std::fs::remove_file(&git).expect("removed");
        std::fs::create_dir(&git).expect("a folder");
        assert_eq!(linked(&inside), None);
    }
}
