//! Seeds that are files in a format of the service's family.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Reader;
use super::files::is_pattern;
use crate::catalog::{self, Family, Naming, SeedFormat, Table};
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::canonical::list_of;
use crate::manifest::file::{join, shown};
use crate::manifest::node::Node;
use crate::stack::{Compression, SeedKind};

/// So much of a file tells its format.
const HEAD: u64 = 512;

impl Reader<'_> {
    /// One entry: a file, a folder, or a pattern; `settings` is the mapping around it.
    pub(super) fn file(&mut self, node: &Node, text: &str, settings: Option<&Node>) {
        let path = join(self.directory, text);
        if is_pattern(text, &path) {
            for path in self.matching(node, text, "seed") {
                let label = shown(&path, self.directory);
                self.one(node, path, label, settings);
            }
            return;
        }
        if !path.exists() {
            self.missing(node, &path, "seed");
            return;
        }
        self.one(node, path, text.to_owned(), settings);
    }

    fn one(&mut self, node: &Node, path: PathBuf, label: String, settings: Option<&Node>) {
        let Some(family) = self.family(node) else {
            return;
        };
        let Some((format, compression)) = self.format(node, family, &path, &label) else {
            return;
        };
        let Ok(table) = self.table(node, format, &path, &label, settings) else {
            return;
        };
        let kind = SeedKind::File {
            path,
            compression,
            table,
        };
        self.add(node, kind, label);
    }

    fn family(&mut self, node: &Node) -> Option<&'static dyn Family> {
        let family = self.subject.family.and_then(catalog::family);
        if family.is_none() && !self.family_missing {
            self.family_missing = true;
            self.problems.push(
                node.error(
                    format!(
                        "devstack does not know what software `{}` runs, so it cannot apply a file to it",
                        self.subject.name
                    ),
                    "",
                )
                .fix("say it with `ready: postgres` (or mysql, redis, …), or seed with `exec`"),
            );
        }
        family
    }

    /// The format of a file by its name, or by how it begins where the name says nothing.
    fn format(
        &mut self,
        node: &Node,
        family: &'static dyn Family,
        path: &Path,
        label: &str,
    ) -> Option<(&'static SeedFormat, Compression)> {
        let formats = family.seed_formats();
        if path.is_dir() {
            let format = formats.iter().find(|format| {
                format
                    .folder
                    .is_some_and(|file| file.is_empty() || path.join(file).is_file())
            });
            if format.is_none() {
                let problem = node.error(
                    format!(
                        "the seed `{label}` is a folder, and not one that {} takes",
                        family.name()
                    ),
                    "",
                );
                self.problems.push(problem.fix(format!(
                    "to apply the files in it, write `{}/*`",
                    label.trim_end_matches('/')
                )));
            }
            return Some((format?, Compression::None));
        }
        let head = head(path);
        let (mut compression, extension) = Compression::of_name(path);
        if compression == Compression::None {
            compression = Compression::of_content(&head);
        }
        // What is packed is looked at when it is unpacked.
        let visible: &[u8] = match compression {
            Compression::None => &head,
            _ => &[],
        };
        let format = catalog::format_of(formats, &extension, visible);
        if format.is_none() {
            self.unknown(node, family, label, &extension);
        }
        Some((format?, compression))
    }

    fn unknown(&mut self, node: &Node, family: &dyn Family, label: &str, extension: &str) {
        let endings: Vec<String> = family
            .seed_formats()
            .iter()
            .flat_map(|format| format.extensions)
            .map(|extension| format!(".{extension}"))
            .collect();
        let endings: Vec<&str> = endings.iter().map(String::as_str).collect();
        if endings.is_empty() {
            self.problems.push(
                node.error(format!("{} takes no seed files", family.name()), "")
                    .fix("seed it with `exec`, `run` or `http`"),
            );
            return;
        }
        let problem = node
            .error(
                format!(
                    "`{label}` does not look like a seed for {}: its files end in {}",
                    family.name(),
                    list_of(&endings)
                ),
                "",
            )
            .note("each may be compressed: .gz, .zst, .xz, .bz2");
        let near = nearest(&format!(".{extension}"), endings.iter().copied());
        self.problems.push(match near {
            Some(near) if !extension.is_empty() => {
                problem.fix(format!("did you mean a file that ends in `{near}`?"))
            }
            _ => problem,
        });
    }

    /// The table that rows go to, where the format needs one.
    fn table(
        &mut self,
        node: &Node,
        format: &SeedFormat,
        path: &Path,
        label: &str,
        settings: Option<&Node>,
    ) -> Result<Option<Table>, Reported> {
        let given = |key: &str| settings.and_then(|settings| settings.get(key));
        let name = settings.and_then(|settings| settings.string("table"));
        if format.naming == Naming::No {
            let key = ["table", "columns", "delimiter", "header"]
                .into_iter()
                .find(|key| given(key).is_some());
            let Some((key, span)) = key.and_then(|key| Some((key, settings?.key_span(key)?)))
            else {
                return Ok(None);
            };
            self.problems.push(
                Diagnostic::error(format!(
                    "`{key}` is for files with rows, and `{label}` is {}",
                    format.name
                ))
                .at(span, "")
                .fix(format!("take `{key}` out")),
            );
            return Err(Reported);
        }
        let name = match (name.filter(|name| !name.is_empty()), format.naming) {
            (Some(name), _) => name,
            (None, Naming::May) => stem(path),
            (None, _) => {
                self.problems.push(
                    node.error(
                        format!("`{label}` does not say which table its rows go to"),
                        "",
                    )
                    .fix(format!(
                        "write `{{ file: {label}, table: {} }}`",
                        stem(path)
                    )),
                );
                return Err(Reported);
            }
        };
        let tabs = Compression::of_name(path).1 == "tsv";
        let delimiter = match given("delimiter") {
            None => Some(if tabs { '\t' } else { ',' }),
            Some(node) => self.delimiter(node),
        }
        .ok_or(Reported)?;
        let header =
            settings.and_then(|settings| settings.get("header")?.as_str().map(str::to_owned));
        Ok(Some(Table {
            name,
            columns: settings
                .map(|settings| settings.texts("columns"))
                .unwrap_or_default(),
            delimiter,
            header: header.is_none_or(|header| header == "true"),
        }))
    }

    fn delimiter(&mut self, node: &Node) -> Option<char> {
        let text = node.as_str().unwrap_or_default();
        let mut characters = text.chars();
        match (text, characters.next(), characters.next()) {
            ("\\t" | "tab", ..) => Some('\t'),
            (_, Some(only), None)
                if only.is_ascii()
                    && !matches!(only, '"' | '\n' | '\r' | '\\' | '.')
                    && !only.is_ascii_alphanumeric() =>
            {
                Some(only)
            }
            _ => {
                self.problems.push(
                    node.error(format!("`{text}` cannot stand between two values"), "")
                        .note("it is one character, such as `,`, `;`, `|`, or `tab`"),
                );
                None
            }
        }
    }
}

/// What is wrong is among the problems already.
struct Reported;

/// How a file begins; nothing if it cannot be read, which is reported when it is applied.
fn head(path: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    if let Ok(file) = File::open(path) {
        let _ = file.take(HEAD).read_to_end(&mut head);
    }
    head
}

/// The name of a file without any of its endings.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').next().unwrap_or_default();
    stem.to_owned()
}
