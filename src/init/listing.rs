//! What a folder holds, in memory: paths, sizes, and the texts that tell something. Detection works on this alone.

use std::collections::BTreeMap;

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its size in bytes.
    pub size: u64,
    /// Its text, or how it begins; nothing if it was not read.
    pub text: Option<String>,
}

/// What a folder holds. Paths are relative, with `/` between their parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    files: BTreeMap<String, File>,
    /// There was more than was looked at.
    pub cut_short: bool,
}

impl Listing {
    /// Adds a file.
    pub fn add(&mut self, path: impl Into<String>, file: File) {
        self.files.insert(path.into(), file);
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Every file in the order of its path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Every file whose text was read.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files()
            .filter_map(|(path, file)| Some((path, file.text.as_deref()?)))
    }

    /// The top of it.
    pub fn top(&self) -> Folder<'_> {
        self.folder("")
    }

    /// A folder of it; the empty text is the top.
    pub fn folder(&self, path: &str) -> Folder<'_> {
        Folder {
            listing: self,
            path: path.trim_matches('/').to_owned(),
        }
    }

    /// Every folder that has files of its own, the top first.
    pub fn folders(&self) -> Vec<Folder<'_>> {
        let mut paths: Vec<&str> = self.files.keys().map(|path| parent(path)).collect();
        paths.sort_unstable();
        paths.dedup();
        paths.into_iter().map(|path| self.folder(path)).collect()
    }

    /// A file's text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.text.as_deref()
    }

    /// Whether there is such a file.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}

/// A folder of a listing, with everything below it.
#[derive(Debug, Clone)]
pub struct Folder<'a> {
    listing: &'a Listing,
    path: String,
}

impl<'a> Folder<'a> {
    /// Its path in the listing; empty for the top.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The listing that it is in.
    pub fn listing(&self) -> &'a Listing {
        self.listing
    }

    /// The path in the listing of what this folder knows under `name`.
    pub fn join(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.path)
        }
    }

    /// The text of a file in it.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.listing.text(&self.join(name))
    }

    /// Whether there is such a file in it.
    pub fn has(&self, name: &str) -> bool {
        self.listing.has(&self.join(name))
    }

    /// Every file in it or below it, with its path from here.
    pub fn files(&self) -> impl Iterator<Item = (&'a str, &'a File)> {
        let start = if self.path.is_empty() {
            String::new()
        } else {
            format!("{}/", self.path)
        };
        self.listing
            .files()
            .filter_map(move |(path, file)| Some((path.strip_prefix(start.as_str())?, file)))
    }

    /// Every file in it or below it whose text was read, with its path from here.
    pub fn texts(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files()
            .filter_map(|(path, file)| Some((path, file.text.as_deref()?)))
    }

    /// Whether a file is below this folder of it.
    pub fn has_below(&self, name: &str) -> bool {
        let start = format!("{name}/");
        self.files().any(|(path, _)| path.starts_with(&start))
    }
}

/// The folder of a path; empty for the top.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The ending of a path, lower case, without the dot; empty if it has none.
pub(super) fn ending(path: &str) -> String {
    let name = file_name(path);
    name.rsplit_once('.')
        .map_or(String::new(), |(_, ending)| ending.to_lowercase())
}

#[cfg(test)]
pub(super) fn listing(files: &[(&str, &str)]) -> Listing {
    let mut listing = Listing::default();
    for (path, text) in files {
        listing.add(
            *path,
            File {
                size: text.len() as u64,
                text: Some((*text).to_owned()),
            },
        );
    }
    listing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_sees_only_what_is_below_it() {
        let listing = listing(&[("api/a.js", "1"), ("api/db/b.sql", "2"), ("apiary/c", "3")]);
        let api = listing.folder("api");
        let seen: Vec<&str> = api.files().map(|(path, _)| path).collect();
        assert_eq!(seen, ["a.js", "db/b.sql"]);
        assert_eq!(api.text("a.js"), Some("1"));
        assert!(api.has_below("db") && !api.has_below("b"));
        assert_eq!(listing.folder("").text("apiary/c"), Some("3"));
    }

    #[test]
    fn folders_come_with_the_top_first() {
        let listing = listing(&[("b/x/y.txt", ""), ("a.txt", ""), ("b/z.txt", "")]);
        let paths: Vec<String> = listing
            .folders()
            .iter()
            .map(|folder| folder.path().to_owned())
            .collect();
        assert_eq!(paths, ["", "b", "b/x"]);
    }

    #[test]
    fn a_path_is_taken_apart() {
        assert_eq!(
            (parent("a/b.SQL"), file_name("a/b.SQL"), ending("a/b.SQL")),
            ("a", "b.SQL", "sql".to_owned())
        );
        assert_eq!(
            (parent("Dockerfile"), ending("Dockerfile")),
            ("", String::new())
        );
    }
}
