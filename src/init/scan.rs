//! Reads a folder into a [`Listing`], within bounds: a checkout may be large, and most of it tells nothing.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use super::listing::{File, Listing, ending};

/// Folders of dependencies and results: they speak of other projects.
const NOT_OURS: &[&str] = &[
    "node_modules",
    "vendor",
    "target",
    "dist",
    "build",
    "out",
    "bin",
    "obj",
    "coverage",
    "venv",
    "env",
    "__pycache__",
    "site-packages",
    "bower_components",
    "deps",
    "_build",
    "tmp",
    "log",
    "logs",
    "storage",
    "Pods",
];
/// Hidden folders that are looked into.
const HIDDEN: &[&str] = &[".github", ".circleci", ".devcontainer"];
/// How deep it looks.
const DEPTH: usize = 9;
/// How many files it looks at.
const FILES: usize = 20_000;
/// A text that is read whole is not larger than this.
const TEXT: u64 = 256 * 1024;
/// So much of a seed is read, to see what it is.
const HEAD: u64 = 8 * 1024;
/// So much is read altogether.
const READ: u64 = 32 * 1024 * 1024;

/// The endings of files whose text tells something: languages, settings.
const TEXTS: &[&str] = &[
    "js",
    "mjs",
    "cjs",
    "ts",
    "mts",
    "cts",
    "tsx",
    "jsx",
    "json",
    "py",
    "toml",
    "txt",
    "cfg",
    "ini",
    "rb",
    "php",
    "go",
    "mod",
    "rs",
    "java",
    "kt",
    "kts",
    "gradle",
    "xml",
    "properties",
    "yaml",
    "yml",
    "cs",
    "csproj",
    "fsproj",
    "ex",
    "exs",
    "prisma",
    "conf",
];
/// Names of files whose text tells something.
const NAMES: &[&str] = &[
    "Gemfile",
    "Pipfile",
    "Procfile",
    "Makefile",
    "Jenkinsfile",
    ".tool-versions",
    ".nvmrc",
    ".node-version",
    ".python-version",
    ".ruby-version",
    ".php-version",
    ".java-version",
];
/// Lock files tell nothing that the files beside them do not.
const LOCKS: &[&str] = &[
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "composer.lock",
    "Cargo.lock",
    "poetry.lock",
];

/// Reads a folder. What cannot be read below it is left out; links are not followed.
///
/// # Errors
///
/// The folder itself cannot be read.
pub fn scan(folder: &Path) -> io::Result<Listing> {
    fs::read_dir(folder)?;
    let mut listing = Listing::default();
    let mut read = 0;
    let mut waiting = VecDeque::from([(folder.to_owned(), String::new(), 0)]);
    // Level by level, so that what is left out when there is too much is what lies deepest.
    while let Some((folder, path, depth)) = waiting.pop_front() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else {
                continue;
            };
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}/{name}")
            };
            if kind.is_dir() {
                if !is_ours(&name) {
                    continue;
                }
                if depth == DEPTH {
                    listing.cut_short = true;
                } else {
                    waiting.push_back((entry.path(), path, depth + 1));
                }
            } else if kind.is_file() {
                if listing.len() == FILES {
                    listing.cut_short = true;
                    return Ok(listing);
                }
                let Ok(about) = entry.metadata() else {
                    continue;
                };
                let text = wanted(&name, about.len())
                    .filter(|_| read < READ)
                    .and_then(|most| head(&entry.path(), most));
                read += text.as_ref().map_or(0, |text| text.len() as u64);
                listing.add(
                    path,
                    File {
                        size: about.len(),
                        text,
                    },
                );
            }
        }
    }
    Ok(listing)
}

fn is_ours(folder: &str) -> bool {
    if folder.starts_with('.') {
        HIDDEN.contains(&folder)
    } else {
        !NOT_OURS.contains(&folder)
    }
}

/// How much of a file is to be read, if anything.
fn wanted(name: &str, size: u64) -> Option<u64> {
    if is_personal(name) {
        return None;
    }
    let ending = ending(name);
    if ending == "sql" {
        return Some(HEAD);
    }
    let telling = NAMES.contains(&name)
        || TEXTS.contains(&ending.as_str())
        || name.contains("ockerfile")
        || name.starts_with(".env")
        || name.starts_with("env.")
        || ending == "env";
    (telling && size <= TEXT && !LOCKS.contains(&name) && !name.contains(".min.")).then_some(TEXT)
}

/// How a file begins; nothing if it is no text.
fn head(path: &Path, most: u64) -> Option<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .ok()?
        .take(most)
        .read_to_end(&mut bytes)
        .ok()?;
    if bytes.contains(&0) {
        return None;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a file of variables is one that people copy.
pub(super) fn is_example(name: &str) -> bool {
    ["example", "sample", "template", "dist"]
        .iter()
        .any(|word| name.contains(word))
}

/// Whether these are the secrets of somebody rather than an example of them.
fn is_personal(name: &str) -> bool {
    name == ".env"
        || (ending(name) == "env" && !is_example(name))
        || (name.starts_with(".env.") && name.contains("local") && !is_example(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_links_and_what_is_no_text_are_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, bytes: &[u8]| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("it can be made");
            fs::write(path, bytes).expect("it can be written");
        };
        write("package.json", b"{}");
        write("node_modules/pg/package.json", b"{}");
        write(".git/config", b"");
        write(".github/workflows/ci.yml", b"on: push");
        write("src/app.js", b"\0binary");
        write(".env", b"SECRET=1");
        write("package-lock.json", b"{}");
        write("db/dump.sql", &vec![b'-'; 100_000]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).expect("a link");

        let listing = scan(folder.path()).expect("it can be read");
        let seen: Vec<(&str, Option<usize>)> = listing
            .files()
            .map(|(path, file)| (path, file.text.as_ref().map(String::len)))
            .collect();
        assert_eq!(
            seen,
            [
                (".env", None),
                (".github/workflows/ci.yml", Some(8)),
                ("db/dump.sql", Some(8192)),
                ("package-lock.json", None),
                ("package.json", Some(2)),
                ("src/app.js", None),
            ]
        );
        assert!(!listing.cut_short);
    }

    #[test]
    fn what_lies_too_deep_is_left_out_and_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let deep = folder.path().join("a/".repeat(DEPTH + 1));
        fs::create_dir_all(&deep).expect("it can be made");
        fs::write(deep.join("x.txt"), "").expect("it can be written");
        let listing = scan(folder.path()).expect("it can be read");
        assert!(listing.cut_short && listing.is_empty());
    }
}
