//! `seed`.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;

use super::Context;
use crate::catalog;
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::LoadOptions;
use crate::manifest::canonical::list_of;
use crate::manifest::file::{join, near_sibling, shown};
use crate::manifest::node::{Node, Value};
use crate::stack::{Compression, Seed, SeedKind};

/// Kinds that the language has and that are not run yet.
const PLANNED: [&str; 3] = ["table", "run", "http"];
/// How many files one pattern may name.
const MATCHES: usize = 10_000;

/// Lowers the seeds of a service.
pub(super) fn lower(
    service: &str,
    own: Option<&Node>,
    family: Option<&'static str>,
    context: &Context<'_>,
    options: &LoadOptions,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Seed> {
    let Some(list) = own.and_then(|own| own.get("seed")) else {
        return Vec::new();
    };
    let mut reader = Reader {
        service,
        family,
        directory: context.directory,
        user: &options.directory,
        seeds: Vec::new(),
        problems,
        family_missing: false,
    };
    for item in list.items() {
        reader.item(item);
    }
    reader.seeds
}

struct Reader<'a> {
    service: &'a str,
    family: Option<&'static str>,
    directory: &'a Path,
    user: &'a Path,
    seeds: Vec<Seed>,
    problems: &'a mut Vec<Diagnostic>,
    family_missing: bool,
}

impl Reader<'_> {
    fn item(&mut self, node: &Node) {
        if let Some(text) = node.as_str() {
            self.file(node, text);
            return;
        }
        if node.as_mapping().is_none() {
            self.problems
                .push(node.error("a seed must be a file or a mapping", node.describe()));
            return;
        }
        for (key, entry) in node.entries() {
            if PLANNED.contains(&key) {
                self.problems.push(
                    Diagnostic::error(format!("seeds with `{key}` are not supported yet"))
                        .at(&entry.key, "")
                        .fix("use a file, or `exec` with a command in the service"),
                );
                return;
            }
            if !matches!(key, "file" | "exec") {
                let known = ["file", "exec", "table", "run", "http"];
                let problem =
                    Diagnostic::error(format!("`{key}` is not a key of a seed")).at(&entry.key, "");
                self.problems.push(match nearest(key, known) {
                    Some(right) => problem.fix(format!("did you mean `{right}`?")),
                    None => problem.note(format!("keys of a seed are {}", list_of(&known))),
                });
                return;
            }
        }
        match (node.get("file"), node.get("exec")) {
            (Some(file), None) => match file.as_str() {
                Some(text) => self.file(file, text),
                None => self
                    .problems
                    .push(file.error("`file` must be a path", file.describe())),
            },
            (None, Some(command)) => self.exec(command),
            _ => self
                .problems
                .push(node.error("a seed must have either `file` or `exec`", "")),
        }
    }

    fn exec(&mut self, node: &Node) {
        let (command, label) = if let Value::Sequence(items) = &node.value {
            let words: Vec<String> = items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect();
            let label = words.join(" ");
            (words, label)
        } else {
            let line = node.as_str().unwrap_or_default();
            let words = ["sh", "-c", line].map(str::to_owned).to_vec();
            (words, line.to_owned())
        };
        if label.is_empty() {
            self.problems.push(node.error("`exec` needs a command", ""));
            return;
        }
        self.seeds.push(Seed {
            kind: SeedKind::Exec { command },
            label,
            span: node.span.clone(),
        });
    }

    fn file(&mut self, node: &Node, text: &str) {
        let path = join(self.directory, text);
        if text.contains(['*', '?', '[', '{']) && !path.exists() {
            let matches = self.matching(node, text);
            for path in matches {
                let label = shown(&path, self.directory);
                self.add(node, path, label);
            }
            return;
        }
        if !path.is_file() {
            let what = if path.is_dir() {
                "is a folder, not a file"
            } else {
                "does not exist"
            };
            let name = shown(&path, self.user);
            let problem = node.error(format!("the seed `{name}` {what}"), "");
            self.problems.push(match near_sibling(&path) {
                Some(near) if path.is_dir() => problem.fix(format!("write `{near}/*`")),
                Some(near) => {
                    let near = path.with_file_name(near);
                    problem.fix(format!("did you mean `{}`?", shown(&near, self.directory)))
                }
                None => problem.fix("create it, or correct the path"),
            });
            return;
        }
        self.add(node, path, text.to_owned());
    }

    /// The files that a pattern names, sorted.
    fn matching(&mut self, node: &Node, text: &str) -> Vec<PathBuf> {
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
                node.error(format!("no file matches the seed `{text}`"), "")
                    .fix("correct the pattern, or take the entry out"),
            );
        }
        found
    }

    fn add(&mut self, node: &Node, path: PathBuf, label: String) {
        let (compression, rest) = compression(&path);
        let Some(family) = self.family.and_then(catalog::family) else {
            if !self.family_missing {
                self.family_missing = true;
                self.problems.push(
                    node.error(
                        format!(
                            "devstack does not know what software `{}` runs, so it cannot apply a file to it",
                            self.service
                        ),
                        "",
                    )
                    .fix("say it with `ready: postgres` (or mysql, redis, …), or seed with `exec`"),
                );
            }
            return;
        };
        let extensions = family.seed_extensions();
        if !extensions.contains(&rest.as_str()) {
            self.problems.push(
                node.error(
                    format!(
                        "`{label}` does not look like a seed for {}: its files end in {}",
                        family.name(),
                        list_of(
                            &extensions
                                .iter()
                                .map(|ext| format!(".{ext}"))
                                .collect::<Vec<_>>()
                                .iter()
                                .map(String::as_str)
                                .collect::<Vec<_>>()
                        )
                    ),
                    "",
                )
                .note("each may be compressed: .gz, .zst, .xz, .bz2"),
            );
            return;
        }
        self.seeds.push(Seed {
            kind: SeedKind::File { path, compression },
            label,
            span: node.span.clone(),
        });
    }
}

/// How a file is compressed, and the extension below that.
fn compression(path: &Path) -> (Compression, String) {
    let extension = |path: &Path| {
        path.extension()
            .map(|ext| ext.to_string_lossy().to_ascii_lowercase())
            .unwrap_or_default()
    };
    let outer = extension(path);
    let kind = match outer.as_str() {
        "gz" | "gzip" => Compression::Gzip,
        "zst" | "zstd" => Compression::Zstd,
        "xz" => Compression::Xz,
        "bz2" => Compression::Bzip2,
        _ => return (Compression::None, outer),
    };
    (kind, extension(&path.with_extension("")))
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
