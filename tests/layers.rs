//! The structure that `ARCHITECTURE.md` promises: layers, the homes of crates, files that say what they are for.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Every source file with its path below `src` and its text.
fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                found.push((
                    path.strip_prefix("src").expect("below src").to_owned(),
                    text,
                ));
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new("src"), &mut found);
    assert!(found.len() > 50, "src was not found");
    found
}

/// The layer of each module, from the table in `ARCHITECTURE.md`: modules in one row share a layer.
fn layers() -> BTreeMap<String, usize> {
    let text = fs::read_to_string("ARCHITECTURE.md").expect("ARCHITECTURE.md is there");
    let row = Regex::new(r"(?m)^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|").expect("a valid pattern");
    let name = Regex::new("`([a-z_]+)`").expect("a valid pattern");
    let mut layers = BTreeMap::new();
    for (index, row) in row.captures_iter(&text).enumerate() {
        for name in name.captures_iter(&row[1]) {
            layers.insert(name[1].to_owned(), index);
        }
    }
    layers
}

fn module(path: &Path) -> Option<String> {
    let first = path.components().next()?.as_os_str().to_str()?;
    (path.components().count() > 1).then(|| first.to_owned())
}

#[test]
fn every_module_stands_in_the_table() {
    let layers = layers();
    for (path, _) in sources() {
        if let Some(module) = module(&path) {
            assert!(
                layers.contains_key(&module),
                "{module} is not in ARCHITECTURE.md"
            );
        }
    }
}

#[test]
fn a_module_uses_only_what_stands_above_it() {
    let layers = layers();
    let uses = Regex::new(r"\bcrate::([a-z_]+)").expect("a valid pattern");
    let group = Regex::new(r"\bcrate::\{([^;]*)\}").expect("a valid pattern");
    let inner = Regex::new(r"(?:^|,)\s*([a-z_]+)").expect("a valid pattern");
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(own) = module(&path) else { continue };
        let grouped = group.captures_iter(&text).flat_map(|list| {
            inner
                .captures_iter(list.get(1).expect("a group").as_str())
                .map(|c| c[1].to_owned())
                .collect::<Vec<_>>()
        });
        for other in uses
            .captures_iter(&text)
            .map(|c| c[1].to_owned())
            .chain(grouped)
        {
            let (Some(from), Some(to)) = (layers.get(&own), layers.get(&other)) else {
                continue;
            };
            let same_row = from == to && own != other;
            if to > from || (same_row && own == "ui") {
                wrong.push(format!("{} uses `{other}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_terminal_view_never_talks_to_the_engine() {
    for (path, text) in sources() {
        if module(&path).as_deref() == Some("ui") {
            assert!(!text.contains("crate::engine"), "{}", path.display());
        }
    }
}

#[test]
fn each_crate_has_one_home() {
    let homes = [
        ("bollard", "engine/docker"),
        ("clap", "cli"),
        ("clap_complete", "cli"),
        ("indicatif", "ui"),
        ("dialoguer", "ui"),
        ("console", "ui"),
        ("annotate_snippets", "ui"),
        ("serde_saphyr", "manifest"),
    ];
    for (path, text) in sources() {
        for (name, home) in homes {
            let used =
                Regex::new(&format!(r"(?m)(^\s*use |[^a-z_:]){name}::")).expect("a valid pattern");
            // A module of ours may have a crate's name.
            let ours = Regex::new(&format!(
                r"(?m)^use (crate|super|self)::[^;]*\b{name}\b[^;:]*;"
            ))
            .expect("a valid pattern");
            assert!(
                path.starts_with(home) || ours.is_match(&text) || !used.is_match(&text),
                "{} uses {name}, which belongs into {home}",
                path.display()
            );
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(
            text.starts_with("//!"),
            "{} has no module documentation",
            path.display()
        );
    }
}

#[test]
fn files_are_small() {
    let large: Vec<String> = sources()
        .iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|&(_, lines)| lines > 600)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert!(
        large.is_empty(),
        "is each of these still one concept? {large:#?}"
    );
}
