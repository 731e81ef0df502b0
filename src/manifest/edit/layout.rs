//! Where everything of a text stands: which collections are in block and which in flow style, and the place of each
//! key and value. The tree of [`node`](crate::manifest::node) says what a text means; this one says how it looks.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde_saphyr::granit_parser::{
    Event, Marker, Options, Parser, ScalarStyle, Span as YamlSpan, StrInput, StructureStyle,
};

/// One value of a text, by its place in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// What it is.
    pub kind: Kind,
    /// From its first byte to the end of its last value: what stands behind that on the line is not in it.
    pub range: Range<usize>,
}

/// What a value looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A scalar, in which quotes.
    Scalar(Quotes),
    /// An alias.
    Alias,
    /// A mapping.
    Mapping {
        /// Whether it stands in braces.
        flow: bool,
        /// Its entries, in order.
        entries: Vec<Entry>,
    },
    /// A list.
    Sequence {
        /// Whether it stands in brackets.
        flow: bool,
        /// Its items, in order.
        items: Vec<Layout>,
    },
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// Without quotes.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// As a block, after `|` or `>`.
    Block,
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key's text.
    pub name: String,
    /// Where the key stands.
    pub key: Range<usize>,
    /// The value.
    pub value: Layout,
}

impl Layout {
    /// The layout of each document that is not empty; `None` if the text is no YAML.
    pub fn of(text: &str) -> Option<Vec<Self>> {
        let mut reader = Reader {
            text,
            open: Vec::new(),
            documents: Vec::new(),
        };
        let mut options = Options::default();
        options.emit_unresolved_aliases = true;
        options.emit_comments = false;
        let parser: Parser<'_, StrInput<'_>> = Parser::new_from_str_with_options(text, options);
        for next in parser {
            let (event, place) = next.ok()?;
            reader.event(event, &place);
        }
        Some(reader.documents)
    }

    /// The entries of a mapping; none if it is none.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The items of a list; none if it is none.
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    /// An entry by its key.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.name == name)
    }

    /// Whether it is in flow style, or a scalar without a text.
    pub fn is_flow(&self) -> bool {
        matches!(
            self.kind,
            Kind::Mapping { flow: true, .. } | Kind::Sequence { flow: true, .. }
        )
    }

    /// Every scalar in it, keys included, in the order of the text.
    pub fn scalars(&self) -> Vec<(Range<usize>, Quotes, bool)> {
        let mut found = Vec::new();
        self.collect(false, &mut found);
        found.sort_by_key(|(range, ..)| range.start);
        found
    }

    fn collect(&self, in_flow: bool, found: &mut Vec<(Range<usize>, Quotes, bool)>) {
        let flow = in_flow || self.is_flow();
        match &self.kind {
            Kind::Scalar(quotes) => found.push((self.range.clone(), *quotes, in_flow)),
            Kind::Alias => {}
            Kind::Mapping { entries, .. } => {
                for entry in entries {
                    found.push((entry.key.clone(), entry.quotes(), flow));
                    entry.value.collect(flow, found);
                }
            }
            Kind::Sequence { items, .. } => {
                for item in items {
                    item.collect(flow, found);
                }
            }
        }
    }
}

impl Entry {
    /// How the key is written: a quoted one is longer than its text.
    fn quotes(&self) -> Quotes {
        if self.key.len() == self.name.len() {
            Quotes::Plain
        } else {
            Quotes::Double
        }
    }
}

struct Frame {
    kind: Kind,
    start: usize,
    end: usize,
    key: Option<(String, Range<usize>)>,
}

struct Reader<'a> {
    text: &'a str,
    open: Vec<Frame>,
    documents: Vec<Layout>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, place: &YamlSpan) {
        let mut range = offset(self.text, &place.start)..offset(self.text, &place.end);
        match event {
            Event::Scalar(text, style, ..) => {
                let quotes = match style {
                    ScalarStyle::Plain => Quotes::Plain,
                    ScalarStyle::SingleQuoted => Quotes::Single,
                    ScalarStyle::DoubleQuoted => Quotes::Double,
                    ScalarStyle::Literal | ScalarStyle::Folded => Quotes::Block,
                };
                if quotes == Quotes::Block {
                    range.start = header(self.text, range.start);
                }
                self.finish(Kind::Scalar(quotes), range, Some(&text));
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => self.finish(Kind::Alias, range, None),
            Event::SequenceStart(style, ..) => self.start(
                Kind::Sequence {
                    flow: style == StructureStyle::Flow,
                    items: Vec::new(),
                },
                &range,
            ),
            Event::MappingStart(style, ..) => self.start(
                Kind::Mapping {
                    flow: style == StructureStyle::Flow,
                    entries: Vec::new(),
                },
                &range,
            ),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(frame) = self.open.pop() else { return };
                let flow = matches!(
                    frame.kind,
                    Kind::Mapping { flow: true, .. } | Kind::Sequence { flow: true, .. }
                );
                let end = if flow { range.end } else { frame.end };
                self.finish(frame.kind, frame.start..end.max(frame.start), None);
            }
            _ => {}
        }
    }

    fn start(&mut self, kind: Kind, range: &Range<usize>) {
        self.open.push(Frame {
            kind,
            start: range.start,
            end: range.start,
            key: None,
        });
    }

    /// Takes a finished value to where it belongs; `text` is what it says, if it is a scalar.
    fn finish(&mut self, kind: Kind, range: Range<usize>, text: Option<&str>) {
        let mut range = range.start..range.start + content(&self.text[range.clone()]);
        let Some(frame) = self.open.last_mut() else {
            let empty = range.is_empty() && matches!(kind, Kind::Scalar(Quotes::Plain));
            if !empty {
                self.documents.push(Layout { kind, range });
            }
            return;
        };
        match &mut frame.kind {
            Kind::Mapping { entries, .. } => match frame.key.take() {
                None => {
                    frame.end = frame.end.max(range.end);
                    // A key that is a collection is refused by whoever reads the meaning.
                    frame.key = Some((text.unwrap_or_default().to_owned(), range));
                }
                Some((name, key)) => {
                    if range.is_empty() {
                        // Nothing stands there: it is where the key's colon ends.
                        let colon = self.text[key.end..].find(':').map_or(0, |at| at + 1);
                        range = key.end + colon..key.end + colon;
                    }
                    frame.end = frame.end.max(range.end);
                    let value = Layout { kind, range };
                    entries.push(Entry { name, key, value });
                }
            },
            Kind::Sequence { items, .. } => {
                frame.end = frame.end.max(range.end);
                items.push(Layout { kind, range });
            }
            Kind::Scalar(_) | Kind::Alias => {}
        }
    }
}

/// Where the `|` or `>` of a block text stands whose content begins at `content`: the parser gives the content's place
/// only.
fn header(text: &str, content: usize) -> usize {
    static HEADER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:^|\s)([|>][-+0-9]*)\s*(?:\s#.*)?$").expect("a valid pattern")
    });
    let mut end = content;
    while end > 0 {
        let before = &text.as_bytes()[..end - 1];
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let line = text[start..end].trim_end();
        if let Some(header) = HEADER.captures(line).and_then(|found| found.get(1)) {
            return start + header.start();
        }
        if !line.trim_start().is_empty() {
            break;
        }
        end = start;
    }
    content
}

/// How much of a value is more than blank space behind it. A block text that says `+` keeps its blank lines.
fn content(text: &str) -> usize {
    let header = text.split('\n').next().unwrap_or_default();
    let keeps = header.starts_with(['|', '>'])
        && header.split(" #").next().is_some_and(|h| h.contains('+'));
    if keeps {
        text.strip_suffix('\n').unwrap_or(text).len()
    } else {
        text.trim_end().len()
    }
}

fn offset(text: &str, marker: &Marker) -> usize {
    let mut at = marker.byte_offset().unwrap_or_default().min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Layout {
        let mut documents = Layout::of(text).expect("it is YAML");
        assert_eq!(documents.len(), 1, "{documents:?}");
        documents.remove(0)
    }

    #[test]
    fn a_scalar_covers_its_quotes_and_nothing_behind_it() {
        let text = "é: 1 # one\nb: \"two\"   \nc: 'x''y'\nd: |\n  a\n\n  b\n\n\ne:\nf: &x ~\ng: *x\nh: >2- # | \n\n   h\ni: !!str |\nj: 1\n";
        let layout = only(text);
        let values: Vec<&str> = layout
            .entries()
            .iter()
            .map(|entry| &text[entry.value.range.clone()])
            .collect();
        assert_eq!(
            values,
            [
                "1",
                "\"two\"",
                "'x''y'",
                "|\n  a\n\n  b",
                "",
                "~",
                "*x",
                ">2- # | \n\n   h",
                "|",
                "1"
            ]
        );
        let e = layout.entry("e").expect("there");
        assert_eq!(&text[..e.value.range.start].lines().last(), &Some("e:"));
    }

    #[test]
    fn a_block_ends_where_its_last_value_ends_and_a_flow_with_its_bracket() {
        let text = "a:\n  b: 1\n  c: [x,\n    y ] # end\n\nd: {e: {f: 1,},} # end\n";
        let layout = only(text);
        assert_eq!(
            &text[layout.entries()[0].value.range.clone()],
            "b: 1\n  c: [x,\n    y ]"
        );
        assert_eq!(
            &text[layout.entries()[1].value.range.clone()],
            "{e: {f: 1,},}"
        );
        assert!(layout.entries()[1].value.is_flow());
    }

    #[test]
    fn documents_that_are_empty_are_left_out() {
        assert_eq!(Layout::of("# nothing\n").map(|all| all.len()), Some(0));
        assert_eq!(
            Layout::of("---\na: 1\n---\n---\nb: 2\n...\n").map(|all| all.len()),
            Some(2)
        );
        assert_eq!(Layout::of("a: [1\n"), None);
    }
}
