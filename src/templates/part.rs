//! What a template puts into the manifest, taken apart into entries that can be put there one by one.

use std::ops::Range;

use crate::manifest::Flavour;
use crate::manifest::edit::{Entry, Indentation, Layout, moved};

/// Sections whose entries are added one by one; of everything else the whole is.
const SECTIONS: &[&str] = &[
    "services", "volumes", "networks", "configs", "secrets", "inputs", "requires",
];
/// devstack's own keys of a service.
const OWN_OF_SERVICE: &[&str] = &["seed", "ready", "open"];
/// devstack's own keys at the top.
const OWN_AT_TOP: &[&str] = &["requires", "inputs", "bind", "registry"];
/// Under which key a Compose file carries them.
const EXTENSION: &str = "x-devstack";

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// The section that it goes into; empty for the top.
    pub path: Vec<String>,
    /// Its key.
    pub key: String,
    /// Its text, in block style at column 0, with the comments above it.
    pub block: String,
}

impl Piece {
    /// Whether it is a service.
    pub(super) fn is_service(&self) -> bool {
        self.path == ["services"]
    }
}

/// The entries of a filled part, in order, as this language writes them.
pub(super) fn pieces(text: &str, flavour: Flavour) -> Vec<Piece> {
    let layouts = Layout::of(text).unwrap_or_default();
    let mut pieces = Vec::new();
    for top in layouts.iter().flat_map(Layout::entries) {
        let mut path = Vec::new();
        if flavour == Flavour::Compose && OWN_AT_TOP.contains(&top.name.as_str()) {
            path.push(EXTENSION.to_owned());
        }
        if !SECTIONS.contains(&top.name.as_str()) {
            let block = block(text, &top.key, &top.value);
            pieces.push(Piece {
                path,
                key: top.name.clone(),
                block,
            });
            continue;
        }
        path.push(top.name.clone());
        for entry in top.value.entries() {
            let mut block = block(text, &entry.key, &entry.value);
            if top.name == "services" && flavour == Flavour::Compose {
                block = in_compose(&block);
            }
            pieces.push(Piece {
                path: path.clone(),
                key: entry.name.clone(),
                block,
            });
        }
    }
    pieces
}

/// An entry's text at column 0: its lines with the comments above them, or, out of a flow collection, the bare entry.
fn block(text: &str, key: &Range<usize>, value: &Layout) -> String {
    let start = text[..key.start].rfind('\n').map_or(0, |at| at + 1);
    let column = key.start - start;
    let end = value.range.end.max(key.end);
    if !text[start..key.start].trim().is_empty() {
        let value = &text[value.range.clone()];
        let gap = if value.is_empty() { ":" } else { ": " };
        return format!("{}{gap}{value}", &text[key.clone()]);
    }
    let end = text[end..].find('\n').map_or(text.len(), |more| end + more);
    let lines = &text[comments_above(text, start, column)..end];
    let without = |line: &str| {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        line[spaces.min(column)..].to_owned()
    };
    let lines: Vec<String> = lines.split('\n').map(without).collect();
    lines.join("\n")
}

/// Where the comments begin that stand directly above a line, at the same column.
fn comments_above(text: &str, mut start: usize, column: usize) -> usize {
    while start > 0 {
        let above = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        let line = &text[above..start - 1];
        let content = line.trim_start_matches(' ');
        if !content.starts_with('#') || line.len() - content.len() != column {
            break;
        }
        start = above;
    }
    start
}

/// A service with devstack's own keys under `x-devstack`, at its end.
fn in_compose(service: &str) -> String {
    let layouts = Layout::of(service).unwrap_or_default();
    let keys: Vec<&Entry> = layouts
        .iter()
        .flat_map(Layout::entries)
        .flat_map(|service| service.value.entries())
        .collect();
    let mut kept = service.to_owned();
    let mut own = Vec::new();
    for entry in keys.into_iter().rev() {
        if !OWN_OF_SERVICE.contains(&entry.name.as_str()) {
            continue;
        }
        own.insert(0, block(service, &entry.key, &entry.value));
        let start = service[..entry.key.start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let start = comments_above(service, start, entry.key.start - start);
        let end = entry.value.range.end;
        let end = service[end..]
            .find('\n')
            .map_or(service.len(), |more| end + more + 1);
        kept.replace_range(start..end, "");
    }
    if own.is_empty() {
        return kept;
    }
    let own: Vec<String> = own
        .iter()
        .map(|block| moved(block, 4, Indentation::default()))
        .collect();
    format!(
        "{}\n  {EXTENSION}:\n{}",
        kept.trim_end_matches('\n'),
        own.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: &str = "\
# what the file is

# a database
services:
  # keeps everything
  db:
    image: postgres:17 # the newest
    # what it starts from
    seed:
      - a.sql

    ready: { tcp: 1 }
    volumes: [\"d:/x\"]
  other:
    image: x
volumes: { d: {}, e: }
inputs:
  KEY: { prompt: x }
x-a: 1
";

    fn all(flavour: Flavour) -> Vec<(String, String)> {
        pieces(PART, flavour)
            .into_iter()
            .map(|piece| (piece.path.join("."), piece.block))
            .collect()
    }

    #[test]
    fn every_entry_is_a_piece_with_its_comments() {
        let pair = |path: &str, block: &str| (path.to_owned(), block.to_owned());
        assert_eq!(
            all(Flavour::Devstack),
            [
                pair(
                    "services",
                    "# keeps everything\ndb:\n  image: postgres:17 # the newest\n  # what it starts from\n  seed:\n    - a.sql\n\n  ready: { tcp: 1 }\n  volumes: [\"d:/x\"]"
                ),
                pair("services", "other:\n  image: x"),
                pair("volumes", "d: {}"),
                pair("volumes", "e:"),
                pair("inputs", "KEY: { prompt: x }"),
                pair("", "x-a: 1"),
            ]
        );
    }

    #[test]
    fn in_a_compose_file_own_keys_stand_apart() {
        let pieces = all(Flavour::Compose);
        assert_eq!(
            pieces[0].1,
            "# keeps everything\ndb:\n  image: postgres:17 # the newest\n\n  volumes: [\"d:/x\"]\n  x-devstack:\n    # what it starts from\n    seed:\n      - a.sql\n    ready: { tcp: 1 }"
        );
        assert_eq!(pieces[4].0, "x-devstack.inputs");
    }
}
