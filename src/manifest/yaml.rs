//! Text to trees: the only module that knows the YAML reader.
//!
//! It drives the event parser that serde-saphyr re-exports, not its deserialiser: events carry the place of every
//! token and let all duplicate keys, unknown anchors and bad merge keys be reported in one run, each with both of
//! its places; a deserialiser stops at the first. Aliases are copied under a budget, so that a few lines cannot
//! become gigabytes, and nesting is limited, so that whoever walks the tree may recurse.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_saphyr::granit_parser::{
    ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span as YamlSpan, StrInput,
    StructureStyle, Tag,
};

use super::node::{Entry, Mapping, MergeTag, Node, Scalar, ScalarKind, Value};
use super::number::plain_kind;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// How deep collections may be nested, flow and block each.
const DEPTH: usize = 64;
/// How many values one load may have, copies of aliases included.
pub const NODES: usize = 150_000;
/// How many bytes of text copies of aliases may add to a file.
const COPIED_BYTES: usize = 16 << 20;
/// After so many problems a file is given up.
const PROBLEMS: usize = 50;

/// Reads all documents of a text. Problems are added to `problems`; a tree is given as far as there is one, and
/// empty documents are left out. `nodes_left` is what is left of [`NODES`].
pub fn parse(
    source: &Arc<Source>,
    nodes_left: &mut usize,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Node> {
    let before = problems.len();
    let mut reader = Reader {
        source,
        stack: Vec::new(),
        anchors: HashMap::new(),
        documents: Vec::new(),
        copied_bytes: 0,
        nodes_left,
        problems,
    };
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    options.emit_comments = false;
    options.block_nesting_limit = DEPTH;
    options.flow_nesting_limit = DEPTH;
    let parser: Parser<'_, StrInput<'_>> =
        Parser::new_from_str_with_options(source.text(), options);
    for next in parser {
        let outcome = match next {
            Ok((event, place)) => reader.event(event, &place),
            Err(error) => {
                let problem = syntax_problem(source, &error);
                reader.problems.push(problem);
                Err(Stop)
            }
        };
        if outcome.is_err() || reader.problems.len() - before >= PROBLEMS {
            break;
        }
    }
    reader.documents
}

/// The file is not read any further.
struct Stop;

/// What a tree weighs.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
}

impl Size {
    fn add(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.bytes += other.bytes;
    }
}

/// A finished node with its weight.
struct Weighed {
    node: Node,
    size: Size,
}

/// A collection under construction.
struct Frame {
    anchor: usize,
    tag: Option<MergeTag>,
    span: Span,
    block: bool,
    size: Size,
    kind: FrameKind,
}

enum FrameKind {
    Sequence(Vec<Node>),
    Mapping {
        entries: Mapping,
        merges: Vec<Node>,
        merge_key: Option<Span>,
        pending: Pending,
    },
}

/// The key whose value comes next.
enum Pending {
    None,
    Key(String, Span),
    Merge,
    /// The key was refused; its value is dropped.
    Dropped,
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Rc<Weighed>>,
    documents: Vec<Node>,
    copied_bytes: usize,
    nodes_left: &'a mut usize,
    problems: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, place: &YamlSpan) -> Result<(), Stop> {
        if matches!(
            event,
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..)
        ) {
            let span = self.span(place);
            self.count(1, &span)?;
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(text.into_owned(), style, tag.as_deref(), place);
                let size = Size {
                    nodes: 1,
                    bytes: node.as_scalar().map_or(0, |scalar| scalar.text.len()),
                };
                self.finish(Weighed { node, size }, anchor, false);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let kind = FrameKind::Sequence(Vec::new());
                self.open(kind, style, anchor, tag.as_deref(), place);
            }
            Event::MappingStart(style, anchor, tag) => {
                let kind = FrameKind::Mapping {
                    entries: Mapping::new(),
                    merges: Vec::new(),
                    merge_key: None,
                    pending: Pending::None,
                };
                self.open(kind, style, anchor, tag.as_deref(), place);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place),
            Event::Alias(id) => return self.alias(id, place),
            Event::UnresolvedAlias(name) => {
                let span = self.span(place);
                self.problems.push(
                    Diagnostic::error(format!("there is no anchor `&{name}` above this alias"))
                        .at(&span, ""),
                );
                let node = Node::new(Value::null(), span);
                let size = Size { nodes: 1, bytes: 0 };
                self.finish(Weighed { node, size }, 0, false);
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes values off the budget.
    fn count(&mut self, nodes: usize, place: &Span) -> Result<(), Stop> {
        if let Some(left) = self.nodes_left.checked_sub(nodes) {
            *self.nodes_left = left;
            return Ok(());
        }
        self.problems.push(
            Diagnostic::error("this manifest is far too large")
                .at(place, "the limit is reached here")
                .note(format!(
                    "it may have {NODES} values, copies of anchors included"
                )),
        );
        Err(Stop)
    }

    fn span(&self, place: &YamlSpan) -> Span {
        let offset = |marker: &serde_saphyr::granit_parser::Marker| {
            marker
                .byte_offset()
                .unwrap_or_else(|| self.source.offset(marker.line(), marker.col() + 1))
        };
        self.source.span(offset(&place.start), offset(&place.end))
    }

    fn scalar(
        &self,
        text: String,
        style: ScalarStyle,
        tag: Option<&Tag>,
        place: &YamlSpan,
    ) -> Node {
        let kind = match tag.and_then(Tag::core_suffix) {
            Some("str") => ScalarKind::Text,
            Some("null") => ScalarKind::Null,
            _ if style == ScalarStyle::Plain => plain_kind(&text),
            _ => ScalarKind::Text,
        };
        let mut node = Node::new(Value::Scalar(Scalar { kind, text }), self.span(place));
        node.tag = merge_tag(tag);
        node
    }

    fn open(
        &mut self,
        kind: FrameKind,
        style: StructureStyle,
        anchor: usize,
        tag: Option<&Tag>,
        place: &YamlSpan,
    ) {
        self.stack.push(Frame {
            anchor,
            tag: merge_tag(tag),
            span: self.span(place),
            block: style == StructureStyle::Block,
            size: Size { nodes: 1, bytes: 0 },
            kind,
        });
    }

    fn close(&mut self, place: &YamlSpan) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        let start = frame.span.start();
        let end = if frame.block {
            self.source.text().len()
        } else {
            self.span(place).end()
        };
        let span = first_line(&self.source.span(start, end));
        let value = match frame.kind {
            FrameKind::Sequence(items) => Value::Sequence(items),
            FrameKind::Mapping {
                entries, merges, ..
            } => {
                let mut entries = self.with_merges(entries, merges);
                // Most mappings are small, and room for more would be most of what they take.
                entries.shrink_to_fit();
                Value::Mapping(entries)
            }
        };
        let mut node = Node::new(value, span);
        node.tag = frame.tag;
        let size = frame.size;
        self.finish(Weighed { node, size }, frame.anchor, frame.block);
    }

    /// Puts the entries of merge keys below the mapping's own: those win, and of several merged mappings the first.
    fn with_merges(&mut self, entries: Mapping, merges: Vec<Node>) -> Mapping {
        if merges.is_empty() {
            return entries;
        }
        let mut merged = Mapping::new();
        for node in merges {
            let parts = match node.value {
                Value::Sequence(items) => items,
                _ => vec![node],
            };
            for part in parts {
                match part.value {
                    Value::Mapping(mapping) => {
                        for (key, entry) in mapping {
                            merged.entry(key).or_insert(entry);
                        }
                    }
                    _ => self.problems.push(
                        part.error(
                            "`<<` takes a mapping or a list of mappings",
                            part.describe(),
                        )
                        .fix("merge an anchored mapping: `<<: *name`"),
                    ),
                }
            }
        }
        merged.extend(entries);
        merged
    }

    fn alias(&mut self, id: usize, place: &YamlSpan) -> Result<(), Stop> {
        let span = self.span(place);
        let Some(target) = self.anchors.get(&id).cloned() else {
            self.problems.push(
                Diagnostic::error("this alias stands inside the value that it names").at(&span, ""),
            );
            return Err(Stop);
        };
        self.copied_bytes += target.size.bytes;
        if self.copied_bytes > COPIED_BYTES {
            self.problems.push(
                Diagnostic::error("aliases make this file far too large")
                    .at(&span, "the limit is reached here")
                    .note(format!(
                        "copies of anchors may add {} MB of text",
                        COPIED_BYTES >> 20
                    )),
            );
            return Err(Stop);
        }
        self.count(target.size.nodes, &span)?;
        let mut node = target.node.clone();
        come_through(&mut node, &span);
        let size = target.size;
        self.finish(Weighed { node, size }, 0, false);
        Ok(())
    }

    /// Takes a finished node to where it belongs.
    fn finish(&mut self, mut done: Weighed, anchor: usize, block: bool) {
        if let Some(Frame {
            kind:
                FrameKind::Mapping {
                    pending: Pending::Key(_, key),
                    ..
                },
            ..
        }) = self.stack.last()
            && block
        {
            // The lines below a key are best shown by the key.
            done.node.span = key.clone();
        }
        if anchor != 0 {
            let copy = Weighed {
                node: done.node.clone(),
                size: done.size,
            };
            self.anchors.insert(anchor, Rc::new(copy));
        }
        let Some(frame) = self.stack.last_mut() else {
            if !done.node.is_null() {
                self.documents.push(done.node);
            }
            return;
        };
        frame.size.add(done.size);
        match &mut frame.kind {
            FrameKind::Sequence(items) => items.push(done.node),
            FrameKind::Mapping {
                entries,
                merges,
                merge_key,
                pending,
            } => match std::mem::replace(pending, Pending::None) {
                Pending::None => {
                    *pending = key(done.node, entries, merge_key, self.problems);
                }
                Pending::Key(name, span) => {
                    let node = done.node;
                    entries.insert(name, Entry { key: span, node });
                }
                Pending::Merge => merges.push(done.node),
                Pending::Dropped => {}
            },
        }
    }
}

fn key(
    node: Node,
    entries: &Mapping,
    merge_key: &mut Option<Span>,
    problems: &mut Vec<Diagnostic>,
) -> Pending {
    let Value::Scalar(scalar) = node.value else {
        problems.push(node.error("a key must be a plain text", node.describe()));
        return Pending::Dropped;
    };
    let span = node.span;
    let first = if scalar.text == "<<" {
        merge_key.as_ref()
    } else {
        entries.get(&scalar.text).map(|entry| &entry.key)
    };
    if let Some(first) = first {
        let diagnostic = Diagnostic::error(format!("`{}` stands here twice", scalar.text))
            .at(&span, "again here")
            .related(first, "first here");
        problems.push(if scalar.text == "<<" {
            diagnostic.fix("merge a list: `<<: [*one, *two]`")
        } else {
            diagnostic.fix("keep one of the two")
        });
        return Pending::Dropped;
    }
    if scalar.text == "<<" {
        *merge_key = Some(span);
        return Pending::Merge;
    }
    Pending::Key(scalar.text, span)
}

fn merge_tag(tag: Option<&Tag>) -> Option<MergeTag> {
    match tag?.parts() {
        ("!", "reset") => Some(MergeTag::Reset),
        ("!", "override") => Some(MergeTag::Override),
        _ => None,
    }
}

/// Notes on a copied tree through which alias it came.
fn come_through(node: &mut Node, alias: &Span) {
    node.via = Some(alias.clone());
    match &mut node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter_mut().for_each(|item| come_through(item, alias)),
        Value::Mapping(mapping) => mapping
            .values_mut()
            .for_each(|entry| come_through(&mut entry.node, alias)),
    }
}

/// The part of a span that lies on its first line.
fn first_line(span: &Span) -> Span {
    let line = span.text().split('\n').next().unwrap_or_default();
    span.slice(0, line.trim_end().len())
}

fn syntax_problem(source: &Arc<Source>, error: &ScanError) -> Diagnostic {
    let marker = error.marker();
    let at = source.offset(marker.line(), marker.col() + 1);
    let line = source.line_span(source.position(at).line);
    let indent = line.text().len() - line.text().trim_start_matches([' ', '\t']).len();
    if line.text()[..indent].contains('\t') {
        let tab = line.text().find('\t').unwrap_or(0);
        return Diagnostic::error("a tab is used for indentation, and YAML takes only spaces")
            .at(&line.slice(tab, indent), "")
            .fix("replace the tab by spaces");
    }
    let place = source.span(
        at,
        at + source.text()[at..].chars().next().map_or(0, char::len_utf8),
    );
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => {
            Diagnostic::error(format!("values are nested more than {DEPTH} deep")).at(&place, "")
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            Diagnostic::error("a colon stands where no value may begin")
                .at(&place, "")
                .fix("put the text in quotes, or check the indentation of this line")
        }
        ErrorKind::UnclosedQuotedScalar => {
            Diagnostic::error("the quotes that open here are never closed").at(&place, "")
        }
        kind => Diagnostic::error(format!("this is not valid YAML: {kind}")).at(&place, ""),
    }
}

#[cfg(test)]
mod tests;
