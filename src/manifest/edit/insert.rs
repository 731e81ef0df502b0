//! Puts entries, items and texts into a manifest.

use std::ops::Range;

use super::flow::{FlowStyle, flow, flow_key, is_plain, quoted};
use super::indent::{Indentation, column, dash_column, dash_gap, line_end, line_start, moved};
use super::layout::{Entry, Kind, Layout, Quotes};
use super::text::{Edit, EditedText};
use crate::diagnostic::Diagnostic;
use crate::manifest::node::Node;
use crate::manifest::yaml;
use crate::source::{Source, Span};

/// Why a text cannot be changed at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditRefused {
    /// What it was about, such as `services.api.environment`.
    pub path: String,
    /// The place.
    pub range: Range<usize>,
    /// What stands there instead of what can be changed.
    pub found: &'static str,
}

impl EditRefused {
    /// This refusal as the reader is told of it; `source` is the plain text of the manifest.
    pub fn diagnostic(&self, span: &Span) -> Diagnostic {
        Diagnostic::error(format!(
            "nothing can be added to `{}`, which is {}",
            self.path, self.found
        ))
        .at(span, "")
        .fix("write it out there, or add it by hand")
    }
}

/// Edits the documents of one manifest, one change after the other.
#[derive(Debug, Clone)]
pub struct Editor {
    text: EditedText,
}

/// Where a path leads.
struct Place<'a> {
    here: &'a Layout,
    /// The entry that holds it, unless it is the document itself.
    holder: Option<&'a Entry>,
    /// Whether it stands within a flow collection.
    in_flow: bool,
    /// The keys that are not there.
    missing: Vec<String>,
}

impl Editor {
    /// An editor of a text as it lies on the disk.
    pub fn new(raw: impl Into<String>) -> Self {
        Self {
            text: EditedText::new(raw),
        }
    }

    /// The text as it is now.
    pub fn text(&self) -> &EditedText {
        &self.text
    }

    /// The layout of the documents; none if the text is broken.
    pub fn documents(&self) -> Vec<Layout> {
        Layout::of(self.text.plain()).unwrap_or_default()
    }

    /// The value at a path of keys (and numbers of list items), if it is there.
    pub fn find(&self, document: usize, path: &[&str]) -> Option<Layout> {
        let documents = self.documents();
        let place = follow(documents.get(document)?, path);
        place.missing.is_empty().then(|| place.here.clone())
    }

    /// Puts `block`, one entry in block style whose key stands at column 0 and which may have comments above it, into the
    /// mapping at `path`, which is made where it is missing.
    pub fn insert_entry(
        &mut self,
        document: usize,
        path: &[&str],
        block: &str,
    ) -> Result<(), EditRefused> {
        let plain = self.text.plain().to_owned();
        let documents = self.documents();
        let indentation = Indentation::of(&plain, &documents);
        let block = block.trim_matches('\n');
        let Some(root) = documents.get(document) else {
            let block = path.iter().rev().fold(block.to_owned(), |block, key| {
                format!("{key}:\n{}", moved(&block, 2, Indentation::default()))
            });
            self.append(&block);
            return Ok(());
        };
        let place = follow(root, path);
        let block = place
            .missing
            .iter()
            .rev()
            .fold(block.to_owned(), |block, key| {
                format!("{key}:\n{}", moved(&block, 2, Indentation::default()))
            });
        let refused = |found| EditRefused {
            path: path.join("."),
            range: place.here.range.clone(),
            found,
        };
        let edit = match &place.here.kind {
            Kind::Scalar(_) if is_nothing(&plain, place.here) => {
                fill_empty(&plain, &place, &block, indentation)
            }
            Kind::Scalar(_) => return Err(refused("a single value")),
            Kind::Alias => return Err(refused("an alias of something that stands elsewhere")),
            Kind::Sequence { .. } => return Err(refused("a list")),
            Kind::Mapping {
                flow: false,
                entries,
            } => {
                let at_root = place.holder.is_none();
                let services = path == ["services"];
                let spaced = is_spaced(&plain, entries).unwrap_or(at_root || services);
                below(&plain, place.here, entries, &block, indentation, spaced)
            }
            Kind::Mapping { entries, .. } => {
                let text = &plain[place.here.range.clone()];
                if entries.is_empty() && !place.in_flow && !text.contains('#') {
                    fill_empty(&plain, &place, &block, indentation)
                } else {
                    let ends: Vec<(usize, usize)> = entries
                        .iter()
                        .map(|entry| (entry.key.start, entry.value.range.end))
                        .collect();
                    let entry = flow_entry(&block, json_style(&plain, place.here));
                    into_flow(&plain, place.here, &ends, &entry)
                }
            }
        };
        self.text.edit(&edit);
        Ok(())
    }

    /// Puts a text into the list at `path`, which is made where it is missing.
    pub fn insert_item(
        &mut self,
        document: usize,
        path: &[&str],
        item: &str,
    ) -> Result<(), EditRefused> {
        let plain = self.text.plain().to_owned();
        let documents = self.documents();
        let found = documents.get(document).map(|root| follow(root, path));
        let (Some(place), Some((key, above))) = (found, path.split_last()) else {
            return Ok(());
        };
        if !place.missing.is_empty() {
            let item = rendered(item, Quotes::Plain, true);
            return self.insert_entry(document, above, &format!("{key}: [{item}]"));
        }
        let refused = |found| EditRefused {
            path: path.join("."),
            range: place.here.range.clone(),
            found,
        };
        let edit = match &place.here.kind {
            Kind::Alias => return Err(refused("an alias of something that stands elsewhere")),
            Kind::Mapping { .. } => return Err(refused("a mapping")),
            Kind::Scalar(_) if is_nothing(&plain, place.here) => {
                let range = place.here.range.clone();
                let space = if range.is_empty() { " " } else { "" };
                let text = format!("{space}[{}]", rendered(item, Quotes::Plain, true));
                Edit { range, text }
            }
            Kind::Scalar(_) => return Err(refused("a single value")),
            Kind::Sequence { flow: true, items } => {
                let quotes = match items.first() {
                    Some(first) if plain[first.range.clone()].starts_with('"') => Quotes::Double,
                    _ => Quotes::Plain,
                };
                let ends: Vec<(usize, usize)> = items
                    .iter()
                    .map(|item| (item.range.start, item.range.end))
                    .collect();
                into_flow(&plain, place.here, &ends, &rendered(item, quotes, true))
            }
            Kind::Sequence { flow: false, .. } => {
                let dash = dash_column(&plain, place.here);
                let at = after_comments(&plain, line_end(&plain, place.here.range.end), dash);
                let item = rendered(item, Quotes::Plain, false);
                let gap = " ".repeat(dash_gap(&plain, place.here));
                Edit {
                    range: at..at,
                    text: format!("\n{}-{gap}{item}", " ".repeat(dash)),
                }
            }
        };
        self.text.edit(&edit);
        Ok(())
    }

    /// Replaces the text of the scalar at `path`; it keeps its quotes where they do.
    pub fn replace(
        &mut self,
        document: usize,
        path: &[&str],
        text: &str,
    ) -> Result<(), EditRefused> {
        let documents = self.documents();
        let Some(root) = documents.get(document) else {
            return Ok(());
        };
        let place = follow(root, path);
        let refused = |found| EditRefused {
            path: path.join("."),
            range: place.here.range.clone(),
            found,
        };
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let old = &self.text.plain()[place.here.range.clone()];
        let edit = match place.here.kind {
            Kind::Scalar(quotes) if quotes != Quotes::Block && place.missing.is_empty() => Edit {
                range: place.here.range.clone(),
                text: if number(old) && number(text) {
                    text.to_owned()
                } else {
                    rendered(text, quotes, place.in_flow)
                },
            },
            Kind::Alias => return Err(refused("an alias of something that stands elsewhere")),
            _ => return Err(refused("no text in one line")),
        };
        self.text.edit(&edit);
        Ok(())
    }

    /// Puts a block at the end of a text without any document.
    fn append(&mut self, block: &str) {
        let plain = self.text.plain();
        let end = plain.trim_end().len();
        let gap = match end {
            0 => "",
            _ if plain[..end].ends_with("---") => "\n",
            _ => "\n\n",
        };
        let close = if plain[end..].contains('\n') {
            ""
        } else {
            "\n"
        };
        let edit = Edit {
            range: end..end,
            text: format!("{gap}{block}{close}"),
        };
        self.text.edit(&edit);
    }
}

fn follow<'a>(root: &'a Layout, path: &[&str]) -> Place<'a> {
    let mut place = Place {
        here: root,
        holder: None,
        in_flow: false,
        missing: Vec::new(),
    };
    for (index, key) in path.iter().enumerate() {
        let flow = place.in_flow || place.here.is_flow();
        if let Some(entry) = place.here.entry(key) {
            place.holder = Some(entry);
            place.here = &entry.value;
        } else if let Some(item) = key
            .parse::<usize>()
            .ok()
            .and_then(|number| place.here.items().get(number))
        {
            place.holder = None;
            place.here = item;
        } else {
            place.missing = path[index..].iter().map(|key| (*key).to_owned()).collect();
            return place;
        }
        place.in_flow = flow;
    }
    place
}

/// Whether a scalar is null.
fn is_nothing(text: &str, layout: &Layout) -> bool {
    layout.kind == Kind::Scalar(Quotes::Plain)
        && matches!(
            &text[layout.range.clone()],
            "" | "~" | "null" | "Null" | "NULL"
        )
}

/// A scalar for these surroundings.
fn rendered(text: &str, quotes: Quotes, in_flow: bool) -> String {
    match quotes {
        Quotes::Single if !text.contains('\n') => format!("'{}'", text.replace('\'', "''")),
        Quotes::Plain if is_plain(text, in_flow) => text.to_owned(),
        _ => quoted(text),
    }
}

/// Whether the entries of a mapping have blank lines between them; `None` where there is only one.
fn is_spaced(text: &str, entries: &[Entry]) -> Option<bool> {
    let gaps: Vec<bool> = entries
        .windows(2)
        .map(|pair| {
            let between = &text[line_end(text, pair[0].value.range.end)..pair[1].key.start];
            between
                .split('\n')
                .skip(1)
                .any(|line| line.trim().is_empty() && between.matches('\n').count() > 1)
        })
        .collect();
    let spaced = gaps.iter().filter(|&&gap| gap).count();
    (!gaps.is_empty()).then_some(spaced * 2 >= gaps.len() && spaced > 0)
}

/// Past the comments that follow a place line by line and stand at least as deep as `depth`.
fn after_comments(text: &str, mut at: usize, depth: usize) -> usize {
    while at < text.len() {
        let end = line_end(text, at + 1);
        let line = &text[at + 1..end];
        let content = line.trim_start_matches([' ', '\t']);
        if !content.starts_with('#') || line.len() - content.len() < depth {
            break;
        }
        at = end;
    }
    at
}

/// Puts a block below the last entry of a mapping in block style.
fn below(
    text: &str,
    here: &Layout,
    entries: &[Entry],
    block: &str,
    indentation: Indentation,
    spaced: bool,
) -> Edit {
    let base = entries
        .first()
        .map_or(0, |first| column(text, first.key.start));
    let at = after_comments(text, line_end(text, here.range.end), base);
    let gap = if spaced { "\n\n" } else { "\n" };
    Edit {
        range: at..at,
        text: format!("{gap}{}", moved(block, base, indentation)),
    }
}

/// Puts a block in the place of nothing or of `{}`.
fn fill_empty(text: &str, place: &Place<'_>, block: &str, indentation: Indentation) -> Edit {
    let range = place.here.range.clone();
    if place.in_flow {
        let entry = flow_entry(block, json_style(text, place.here));
        let space = if range.is_empty() { " " } else { "" };
        return Edit {
            range,
            text: format!("{space}{{ {entry} }}"),
        };
    }
    let Some(holder) = place.holder else {
        // A document that is `{}` and nothing else.
        return Edit {
            range,
            text: moved(block, 0, indentation),
        };
    };
    let base = column(text, holder.key.start) + indentation.step;
    let end = line_end(text, range.end);
    let start = text[..range.start].trim_end_matches(' ').len();
    let at = after_comments(text, end, base);
    let rest = text[range.end..at].trim_end();
    Edit {
        range: start..at,
        text: format!("{rest}\n{}", moved(block, base, indentation)),
    }
}

/// The one entry of a block, in flow style.
fn flow_entry(block: &str, style: FlowStyle) -> String {
    let source = Source::new("", block);
    let documents = yaml::parse(&source, &mut yaml::NODES.clone(), &mut Vec::new());
    documents
        .iter()
        .flat_map(Node::entries)
        .map(|(key, entry)| format!("{}: {}", flow_key(key, style), flow(&entry.node, style)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// As JSON, if the keys here are quoted.
fn json_style(text: &str, here: &Layout) -> FlowStyle {
    let first = here.entries().first().map_or_else(
        || {
            text.find('"')
                .filter(|_| text.trim_start().starts_with('{'))
        },
        |e| Some(e.key.start),
    );
    match first {
        Some(at) if text[at..].starts_with('"') => FlowStyle::Json,
        _ => FlowStyle::Yaml,
    }
}

/// Puts an entry behind the last one of a flow collection, whose parts stand at `parts` (start, end).
fn into_flow(text: &str, here: &Layout, parts: &[(usize, usize)], new: &str) -> Edit {
    let Some(&(last_start, last_end)) = parts.last() else {
        let inside = here.range.start + 1..here.range.end - 1;
        let empty = text[inside.clone()].trim().is_empty();
        let braces = text[here.range.clone()].starts_with('{');
        let text = if braces {
            format!(" {new} ")
        } else {
            new.to_owned()
        };
        return if empty {
            Edit {
                range: inside,
                text,
            }
        } else {
            // Only comments: the new part goes on a line of its own before the bracket.
            Edit {
                range: inside.end..inside.end,
                text: format!("{new}\n"),
            }
        };
    };
    let comma = comma_behind(text, last_end, here.range.end);
    let first_line = line_start(text, here.range.start);
    let own_line = line_start(text, last_start) != first_line
        && text[line_start(text, last_start)..last_start]
            .trim()
            .is_empty();
    if !own_line {
        let at = comma.map_or(last_end, |comma| comma + 1);
        return Edit {
            range: at..at,
            text: match comma {
                Some(_) => format!(" {new},"),
                None => format!(", {new}"),
            },
        };
    }
    let indent = " ".repeat(column(text, last_start));
    let behind = comma.map_or(last_end, |comma| comma + 1);
    let end = line_end(text, behind).min(here.range.end - 1);
    let rest = text[behind..end].trim_end();
    let (before, after) = if comma.is_some() {
        ("", ",")
    } else {
        (",", "")
    };
    let closes_here = end == here.range.end - 1;
    let tail = if closes_here {
        &text[behind + rest.len()..end]
    } else {
        ""
    };
    Edit {
        range: behind..end,
        text: format!("{before}{rest}\n{indent}{new}{after}{tail}"),
    }
}

/// The comma behind the last part, if there is one.
fn comma_behind(text: &str, from: usize, to: usize) -> Option<usize> {
    let mut at = from;
    while at < to {
        let rest = &text[at..to];
        let next = rest.chars().next()?;
        match next {
            ',' => return Some(at),
            '#' => at = line_end(text, at),
            c if c.is_whitespace() => at += c.len_utf8(),
            _ => return None,
        }
    }
    None
}
