//! Which files a rule is about.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::engine::dockerignore::Ignore;

/// What a rule says of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// Neither it nor anything in it counts.
    Nothing,
    /// A folder that does not count itself, though something in it may.
    Inside,
    /// It counts.
    Itself,
}

/// The patterns of a rule.
#[derive(Debug)]
pub(super) struct Filter {
    /// The file or folder that the rule names.
    pub(super) root: PathBuf,
    /// Whether that is a file. What is named itself counts, whatever patterns say.
    pub(super) single: bool,
    /// What does not count, relative to the root.
    pub(super) ignore: Ignore,
    /// What counts alone, if anything is said.
    pub(super) include: Option<Ignore>,
    /// What a build leaves out, relative to its folder.
    pub(super) build: Option<(PathBuf, Arc<Ignore>)>,
}

impl Filter {
    /// What is to be said of a path.
    pub(super) fn verdict(&self, path: &Path, folder: bool) -> Verdict {
        let Ok(below) = path.strip_prefix(&self.root) else {
            return Verdict::Nothing;
        };
        let is_root = below.as_os_str().is_empty();
        if self.single {
            return if is_root && !folder {
                Verdict::Itself
            } else {
                Verdict::Nothing
            };
        }
        if is_root {
            return if folder {
                Verdict::Inside
            } else {
                Verdict::Nothing
            };
        }
        if never_counts(below) {
            return Verdict::Nothing;
        }
        let name = below.to_string_lossy();
        let in_build = self.build.as_ref().and_then(|(context, ignore)| {
            let name = path.strip_prefix(context).ok()?.to_string_lossy();
            Some((ignore.as_ref(), name))
        });
        let mut out = false;
        for (ignore, name) in std::iter::once((&self.ignore, name.clone())).chain(in_build) {
            if ignore.leaves_out(&name) {
                if !folder || !ignore.may_keep_inside(&name) {
                    return Verdict::Nothing;
                }
                out = true;
            }
        }
        let included = |include: &Ignore| include.leaves_out(&name);
        match (out, self.include.as_ref().is_none_or(included), folder) {
            (false, true, _) => Verdict::Itself,
            (_, _, true) => Verdict::Inside,
            (_, _, false) => Verdict::Nothing,
        }
    }

    /// The path relative to the root; empty for the root itself.
    pub(super) fn name<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        path.strip_prefix(&self.root).ok()
    }
}

/// What version control and editors have for themselves beside the files that people edit.
fn never_counts(path: &Path) -> bool {
    path.components().any(|part| {
        let Component::Normal(part) = part else {
            return false;
        };
        let name = part.to_string_lossy();
        matches!(&*name, ".git" | ".idea" | "4913")
            || name.ends_with('~')
            || name.ends_with("___jb_tmp___")
            || name.ends_with("___jb_old___")
            || name.starts_with(".#")
            || (name.starts_with('#') && name.ends_with('#'))
            || (name.starts_with('.') && is_swap(&name))
    })
}

/// Whether it is called as the swap files of Vim (`.swp`, `.swo`, `.swx`) and Kate are.
fn is_swap(name: &str) -> bool {
    name.ends_with(".kate-swp")
        || name
            .rsplit_once(".sw")
            .is_some_and(|(_, last)| last.len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(text: &str) -> Ignore {
        Ignore::parse(text).expect("patterns")
    }

    fn filter(ignore: &str, include: Option<&str>, build: Option<&str>) -> Filter {
        Filter {
            root: PathBuf::from("/p/web"),
            single: false,
            ignore: patterns(ignore),
            include: include.map(patterns),
            build: build.map(|text| (PathBuf::from("/p"), Arc::new(patterns(text)))),
        }
    }

    /// The files of a list that count.
    fn counts<'a>(filter: &Filter, files: &[&'a str]) -> Vec<&'a str> {
        let counts = |file: &&&str| {
            filter.verdict(&Path::new("/p/web").join(file), false) == Verdict::Itself
        };
        files.iter().filter(counts).copied().collect()
    }

    #[test]
    fn patterns_are_relative_to_the_path_and_those_of_a_build_to_its_folder() {
        let files = ["a.js", "node_modules/x", "b.log", "deep/node_modules/x"];
        assert_eq!(
            counts(&filter("node_modules/", None, Some("web/*.log")), &files),
            ["a.js", "deep/node_modules/x"]
        );
        assert_eq!(
            counts(&filter("**/node_modules", None, None), &files),
            ["a.js", "b.log"]
        );
    }

    #[test]
    fn only_what_is_included_counts() {
        let filter = filter("src/gen", Some("*.toml\nsrc/**/*.rs"), None);
        let files = ["Cargo.toml", "README.md", "src/a/b.rs", "src/gen/c.rs"];
        assert_eq!(counts(&filter, &files), ["Cargo.toml", "src/a/b.rs"]);
        let verdict = filter.verdict(Path::new("/p/web/src"), true);
        assert_eq!(verdict, Verdict::Inside, "there is something in it");
    }

    #[test]
    fn a_folder_that_is_ignored_is_left_alone_unless_something_is_taken_back() {
        let filter = filter("dist\n*\n!keep/this", None, None);
        let verdict = |path: &str| filter.verdict(&Path::new("/p/web").join(path), true);
        assert_eq!(verdict("dist"), Verdict::Nothing);
        assert_eq!(verdict("keep"), Verdict::Inside);
        assert_eq!(verdict("keep/this"), Verdict::Itself);
    }

    #[test]
    fn what_editors_leave_beside_the_files_never_counts() {
        let files = [
            ".git/index",
            "a/.git/HEAD",
            ".main.py.swp",
            "main.py~",
            "4913",
            ".#main.py",
            "#main.py#",
            "x___jb_tmp___",
            ".env",
            ".gitignore",
            "swp",
            "a.swp",
        ];
        assert_eq!(
            counts(&filter("", None, None), &files),
            [".env", ".gitignore", "swp", "a.swp"]
        );
    }

    #[test]
    fn a_file_that_is_named_itself_counts_whatever_is_ignored() {
        let filter = Filter {
            root: PathBuf::from("/p/web/Dockerfile"),
            single: true,
            ..filter("*", None, Some("**/Dockerfile"))
        };
        let verdict = |path: &str| filter.verdict(Path::new(path), false);
        assert_eq!(verdict("/p/web/Dockerfile"), Verdict::Itself);
        assert_eq!(verdict("/p/web/Dockerfile2"), Verdict::Nothing);
    }
}
