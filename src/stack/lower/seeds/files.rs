//! The files that an entry names: one, or all that match a pattern.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;

use super::Reader;
use crate::manifest::file::{join, near_sibling, shown};
use crate::manifest::node::Node;

/// How many files one pattern may name.
const MATCHES: usize = 10_000;

/// Whether a text is a pattern and not the name of a file that is there.
pub(super) fn is_pattern(text: &str, path: &Path) -> bool {
    text.contains(['*', '?', '[', '{']) && !path.exists()
}

impl Reader<'_> {
    /// Says that a file is not there.
    pub(super) fn missing(&mut self, node: &Node, path: &Path, what: &str) {
        let name = shown(path, self.user);
        let problem = node.error(format!("the {what} `{name}` does not exist"), "");
        self.problems.push(match near_sibling(path) {
            Some(near) => {
                let near = path.with_file_name(near);
                problem.fix(format!("did you mean `{}`?", shown(&near, self.directory)))
            }
            None => problem.fix("create it, or correct the path"),
        });
    }

    /// The files that `inputs` names: a pattern, a file, or everything in a folder.
    pub(super) fn inputs(&mut self, node: &Node, text: &str) -> Vec<PathBuf> {
        let path = join(self.directory, text);
        if is_pattern(text, &path) {
            return self.matching(node, text, "input");
        }
        if path.is_dir() {
            return self.matching(node, &format!("{}/**", text.trim_end_matches('/')), "input");
        }
        if !path.is_file() {
            self.missing(node, &path, "input");
            return Vec::new();
        }
        vec![path]
    }

    /// The files that a pattern names, sorted.
    pub(super) fn matching(&mut self, node: &Node, text: &str, what: &str) -> Vec<PathBuf> {
        let pattern = join(self.directory, text);
        let glob = GlobBuilder::new(&pattern.to_string_lossy())
            .literal_separator(true)
            .build();
        let glob = match glob {
            Ok(glob) => glob.compile_matcher(),
            Err(error) => {
                self.problems.push(node.error(
                    format!("`{text}` is not a valid pattern: {}", error.kind()),
                    "",
                ));
                return Vec::new();
            }
        };
        let fixed: PathBuf = pattern
            .components()
            .take_while(|part| {
                !part
                    .as_os_str()
                    .to_string_lossy()
                    .contains(['*', '?', '[', '{'])
            })
            .collect();
        let depth = if text.contains("**") {
            usize::MAX
        } else {
            pattern.components().count() - fixed.components().count()
        };
        let mut found = Vec::new();
        walk(&fixed, depth, &mut |path| {
            if glob.is_match(path) {
                found.push(path.to_path_buf());
            }
            found.len() < MATCHES
        });
        found.sort();
        if found.is_empty() {
            self.problems.push(
                node.error(format!("no file matches the {what} `{text}`"), "")
                    .fix("correct the pattern, or take the entry out"),
            );
        }
        found
    }
}

/// Visits the files below a folder to a depth, without following links to folders; ends when `visit` says so.
fn walk(folder: &Path, depth: usize, visit: &mut dyn FnMut(&Path) -> bool) -> bool {
    if depth == 0 {
        return true;
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return true;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let go_on = if is_folder {
            walk(&path, depth - 1, visit)
        } else {
            !path.is_file() || visit(&path)
        };
        if !go_on {
            return false;
        }
    }
    true
}
