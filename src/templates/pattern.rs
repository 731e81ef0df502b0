//! A text with placeholders, and what becomes of it.
//!
//! - `((name))` and `((database.port))` stand for texts. In YAML they get the quotes that their surroundings ask for.
//!   `$((x))` is left alone: shells calculate that way.
//! - A line that has nothing but `((for database in databases))`, `((when tls))` or `((end))`, behind the comment
//!   sign of its language, repeats or leaves out the lines up to its `((end))`. It goes away itself.
//!
//! There is nothing else. Everything that can be wrong is found when the text is read, with its place.

use std::ops::Range;
use std::sync::Arc;
use std::sync::LazyLock;

use regex::Regex;

use super::condition::Condition;
use super::scope::{Scope, Value};
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::edit::{Layout, Quotes, is_plain, quoted};
use crate::source::{Source, Span};

/// A placeholder.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\(\(([a-z][a-z0-9_-]*)(?:\.([a-z]+))?\)\)").expect("a valid pattern")
});

/// A line that steers.
static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[^A-Za-z0-9(]*\(\((for|when|end)\b *([^()]*)\)\)[^A-Za-z0-9]*$")
        .expect("a valid pattern")
});

/// So often may lines be repeated in all: a few loops within each other could go on for ever.
const ROUNDS: usize = 10_000;

/// A text with placeholders.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: Arc<Source>,
    pieces: Vec<Piece>,
    /// Where scalars stand, if it is YAML, and whether in a flow collection.
    scalars: Vec<(Range<usize>, Quotes, bool)>,
}

#[derive(Debug, Clone)]
enum Piece {
    /// A line, without its line break.
    Line(Range<usize>),
    /// Lines for each service of a list.
    For {
        variable: String,
        list: String,
        place: Range<usize>,
        body: Vec<Self>,
    },
    /// Lines that may be left out.
    When {
        condition: Condition,
        place: Range<usize>,
        body: Vec<Self>,
    },
}

/// A name that a pattern uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The name.
    pub name: String,
    /// The attribute.
    pub attribute: Option<String>,
    /// Where.
    pub span: Span,
    /// How.
    pub kind: UseKind,
}

/// How a name is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseKind {
    /// Its text is put in.
    Text,
    /// It is a list to go through.
    List,
    /// A condition looks at it.
    Condition,
}

/// What became of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// The line of the pattern from which each line came, from 1.
    pub lines: Vec<usize>,
    rounds: usize,
}

impl Pattern {
    /// Reads a text that is not YAML.
    pub fn plain(source: &Arc<Source>, problems: &mut Vec<Diagnostic>) -> Self {
        Self {
            source: Arc::clone(source),
            pieces: pieces(source, problems),
            scalars: Vec::new(),
        }
    }

    /// Reads YAML. Its syntax is for others to check.
    pub fn yaml(source: &Arc<Source>, problems: &mut Vec<Diagnostic>) -> Self {
        let layouts = Layout::of(source.text()).unwrap_or_default();
        Self {
            scalars: layouts.iter().flat_map(Layout::scalars).collect(),
            ..Self::plain(source, problems)
        }
    }

    /// Its text.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Every name that it uses, but those that its own lines declare.
    pub fn uses(&self) -> Vec<Use> {
        let mut found = Vec::new();
        self.collect(&self.pieces, &[], &mut found);
        found
    }

    /// Reports every name that is not known. `known` tells of each name whether it is a service, a list or a text.
    pub fn check(
        &self,
        known: &[(&str, Kind)],
        attributes: &[&str],
        problems: &mut Vec<Diagnostic>,
    ) {
        for used in self.uses() {
            let Some(&(_, kind)) = known.iter().find(|(name, _)| *name == used.name) else {
                let names = known.iter().map(|(name, _)| *name);
                let problem = Diagnostic::error(format!("nothing here is called `{}`", used.name))
                    .at(&used.span, "");
                problems.push(match nearest(&used.name, names) {
                    Some(near) => problem.fix(format!("did you mean `{near}`?")),
                    None => problem.fix("declare it under `questions` or `finds` of template.yaml"),
                });
                continue;
            };
            let wrong = match (used.kind, kind) {
                (UseKind::List, Kind::List) => None,
                (UseKind::List, _) => Some("it is not a list: only a find with `all: true` is"),
                (UseKind::Text, Kind::List) => {
                    Some("it is a list: go through it with `((for x in …))`")
                }
                (_, Kind::Text) if used.attribute.is_some() => {
                    Some("it is a text and has no parts")
                }
                _ => None,
            };
            let unknown = used
                .attribute
                .as_deref()
                .filter(|attribute| kind != Kind::Text && !attributes.contains(attribute));
            if let Some(wrong) = wrong {
                problems.push(
                    Diagnostic::error(format!("`{}` cannot be used like this", used.name))
                        .at(&used.span, wrong),
                );
            } else if let Some(attribute) = unknown {
                problems.push(
                    Diagnostic::error(format!("a service has no `{attribute}`"))
                        .at(&used.span, "")
                        .note(format!("there are {}", attributes.join(", "))),
                );
            }
        }
    }

    /// Fills it in. What has no value is a problem.
    pub fn fill(&self, scope: &Scope, problems: &mut Vec<Diagnostic>) -> Filled {
        let mut filled = Filled {
            text: String::new(),
            lines: Vec::new(),
            rounds: 0,
        };
        self.fill_pieces(&self.pieces, scope, &mut filled, problems);
        if !self.source.text().ends_with('\n') && filled.text.ends_with('\n') {
            filled.text.pop();
        }
        filled
    }

    /// The problems of what became of it, each with the line of the pattern that it comes from. `made` is the source of
    /// the filled text.
    pub fn where_written(
        &self,
        filled: &Filled,
        made: &Arc<Source>,
        problems: Vec<Diagnostic>,
    ) -> Vec<Diagnostic> {
        let back = |span: &mut Span| {
            if !Arc::ptr_eq(span.source(), made) {
                return;
            }
            let line = filled.lines.get(span.position().line - 1).copied();
            let line = self.source.line_span(line.unwrap_or(1));
            let content = line.text().trim_start().len();
            *span = line.slice(line.text().len() - content, line.text().trim_end().len());
        };
        let mut problems = problems;
        for problem in &mut problems {
            problem
                .place
                .iter_mut()
                .for_each(|label| back(&mut label.span));
            problem
                .related
                .iter_mut()
                .for_each(|label| back(&mut label.span));
        }
        problems
    }

    fn fill_pieces(
        &self,
        pieces: &[Piece],
        scope: &Scope,
        filled: &mut Filled,
        problems: &mut Vec<Diagnostic>,
    ) {
        for piece in pieces {
            match piece {
                Piece::Line(range) => {
                    // What follows the last line break is a line only if there is something in it.
                    if range.is_empty() && range.end == self.source.text().len() {
                        continue;
                    }
                    let line = self.line(range, scope, problems);
                    filled.text.push_str(&line);
                    filled.text.push('\n');
                    filled.lines.push(self.source.position(range.start).line);
                }
                Piece::When {
                    condition, body, ..
                } => {
                    if condition.holds(scope) {
                        self.fill_pieces(body, scope, filled, problems);
                    }
                }
                Piece::For {
                    variable,
                    list,
                    body,
                    place,
                } => {
                    let Some(Value::Services(all)) = scope.get(list) else {
                        continue;
                    };
                    for facts in all {
                        filled.rounds += 1;
                        if filled.rounds == ROUNDS {
                            problems.push(
                                Diagnostic::error("this repeats itself too often")
                                    .at(&self.source.span(place.start, place.end), ""),
                            );
                        }
                        if filled.rounds >= ROUNDS {
                            return;
                        }
                        let inner = scope.with(variable, Value::Service(facts.clone()));
                        self.fill_pieces(body, &inner, filled, problems);
                    }
                }
            }
        }
    }

    /// A line filled in: scalars with placeholders get the quotes that they need.
    fn line(&self, range: &Range<usize>, scope: &Scope, problems: &mut Vec<Diagnostic>) -> String {
        let mut line = String::new();
        let mut at = range.start;
        let inside = self
            .scalars
            .iter()
            .filter(|(scalar, ..)| scalar.start >= range.start && scalar.end <= range.end);
        for (scalar, quotes, in_flow) in inside {
            let text = &self.source.text()[scalar.clone()];
            if !PLACEHOLDER.is_match(text) {
                continue;
            }
            line.push_str(&self.substituted(&(at..scalar.start), scope, problems, str::to_owned));
            at = scalar.end;
            line.push_str(&match quotes {
                Quotes::Plain => {
                    let text = self.substituted(scalar, scope, problems, str::to_owned);
                    if is_plain(&text, *in_flow) || is_number(&text) {
                        text
                    } else {
                        quoted(&text)
                    }
                }
                Quotes::Double => self.substituted(scalar, scope, problems, |value| {
                    let inner = quoted(value);
                    inner[1..inner.len() - 1].to_owned()
                }),
                Quotes::Single => {
                    self.substituted(scalar, scope, problems, |value| value.replace('\'', "''"))
                }
                Quotes::Block => self.substituted(scalar, scope, problems, str::to_owned),
            });
        }
        line.push_str(&self.substituted(&(at..range.end), scope, problems, str::to_owned));
        line
    }

    /// A part of the text with values in the place of placeholders.
    fn substituted(
        &self,
        range: &Range<usize>,
        scope: &Scope,
        problems: &mut Vec<Diagnostic>,
        written: impl Fn(&str) -> String,
    ) -> String {
        let text = &self.source.text()[range.clone()];
        let mut filled = String::new();
        let mut at = 0;
        for used in placeholders(&self.source, range) {
            let (start, end) = (
                used.span.start() - range.start,
                used.span.end() - range.start,
            );
            filled.push_str(&text[at..start]);
            at = end;
            match scope.text(&used.name, used.attribute.as_deref()) {
                Some(value) => filled.push_str(&written(value)),
                None => problems.push(unknown_value(&used, scope)),
            }
        }
        filled.push_str(&text[at..]);
        filled
    }

    fn collect(&self, pieces: &[Piece], declared: &[&str], found: &mut Vec<Use>) {
        for piece in pieces {
            let mut used = Vec::new();
            match piece {
                Piece::Line(range) => used = placeholders(&self.source, range),
                Piece::For {
                    variable,
                    list,
                    place,
                    body,
                } => {
                    used.push(Use {
                        name: list.clone(),
                        attribute: None,
                        span: self.source.span(place.start, place.end),
                        kind: UseKind::List,
                    });
                    let inner: Vec<&str> = declared
                        .iter()
                        .copied()
                        .chain([variable.as_str()])
                        .collect();
                    self.collect(body, &inner, found);
                }
                Piece::When {
                    condition,
                    place,
                    body,
                } => {
                    used.push(Use {
                        name: condition.name.clone(),
                        attribute: condition.attribute.clone(),
                        span: self.source.span(place.start, place.end),
                        kind: UseKind::Condition,
                    });
                    self.collect(body, declared, found);
                }
            }
            found.extend(
                used.into_iter()
                    .filter(|used| !declared.contains(&used.name.as_str())),
            );
        }
    }
}

/// What kind of thing a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A service.
    Service,
    /// Services.
    List,
}

/// Numbers need no quotes: whoever writes `port: ((port))` wants one.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The placeholders in a part of a text.
fn placeholders(source: &Arc<Source>, range: &Range<usize>) -> Vec<Use> {
    let text = &source.text()[range.clone()];
    PLACEHOLDER
        .captures_iter(text)
        .filter_map(|found| {
            let whole = found.get(0)?;
            if text[..whole.start()].ends_with('$') {
                return None;
            }
            Some(Use {
                name: found[1].to_owned(),
                attribute: found.get(2).map(|attribute| attribute.as_str().to_owned()),
                span: source.span(range.start + whole.start(), range.start + whole.end()),
                kind: UseKind::Text,
            })
        })
        .collect()
}

/// That there is nothing to put in for a placeholder.
fn unknown_value(used: &Use, scope: &Scope) -> Diagnostic {
    let (Some(Value::Service(facts)), Some(attribute)) = (scope.get(&used.name), &used.attribute)
    else {
        return Diagnostic::error(format!("there is no value for `{}`", used.name))
            .at(&used.span, "");
    };
    let service = facts.get("service").map_or("", String::as_str);
    // A URL is known when the password in it is.
    let attribute = match attribute.as_str() {
        "url" if !facts.contains_key("password") => "password",
        attribute => attribute,
    };
    Diagnostic::error(format!(
        "the {attribute} of `{service}` is not known from the manifest"
    ))
    .at(&used.span, "is needed here")
    .note("a secret that is kept outside of the manifest is not copied into it")
    .fix(format!(
        "say how to write it: `--set {}.{attribute}='${{VARIABLE}}'`",
        used.name
    ))
}

/// The lines of a text, and which of them belong to a block.
fn pieces(source: &Arc<Source>, problems: &mut Vec<Diagnostic>) -> Vec<Piece> {
    let mut open: Vec<(Option<Piece>, Vec<Piece>, Range<usize>)> = vec![(None, Vec::new(), 0..0)];
    let mut at = 0;
    for line in source.text().split('\n') {
        let range = at..at + line.len();
        at += line.len() + 1;
        let Some(directive) = DIRECTIVE.captures(line) else {
            if let Some((_, body, _)) = open.last_mut() {
                body.push(Piece::Line(range));
            }
            continue;
        };
        let place =
            range.start + line.len() - line.trim_start().len()..range.start + line.trim_end().len();
        let wrong = |message: &str| {
            Diagnostic::error(message.to_owned()).at(&source.span(place.start, place.end), "")
        };
        let words = directive[2].trim();
        match &directive[1] {
            "end" => match (open.len(), open.pop()) {
                (2.., Some((Some(mut block), lines, _))) => {
                    if let Piece::For { body, .. } | Piece::When { body, .. } = &mut block {
                        *body = lines;
                    }
                    if let Some((_, body, _)) = open.last_mut() {
                        body.push(block);
                    }
                }
                (_, outermost) => {
                    open.extend(outermost);
                    problems.push(wrong("this ends nothing that has begun"));
                }
            },
            "for" => {
                let parts: Vec<&str> = words.split_whitespace().collect();
                let (variable, list) = if let [variable, "in", list] = parts.as_slice() {
                    ((*variable).to_owned(), (*list).to_owned())
                } else {
                    problems.push(
                        wrong("this says not what to go through")
                            .fix("write `((for database in databases))`"),
                    );
                    (String::new(), String::new())
                };
                let block = Piece::For {
                    variable,
                    list,
                    place: place.clone(),
                    body: Vec::new(),
                };
                open.push((Some(block), Vec::new(), place));
            }
            _ => {
                let condition = Condition::parse(words).unwrap_or_else(|| {
                    problems.push(wrong("this is no condition").fix(
                        "write `((when x))`, `((when not x))`, `((when x is y))` or `((when x is not y))`",
                    ));
                    Condition { name: "name".to_owned(), attribute: None, negated: false, value: None }
                });
                let block = Piece::When {
                    condition,
                    place: place.clone(),
                    body: Vec::new(),
                };
                open.push((Some(block), Vec::new(), place));
            }
        }
    }
    while open.len() > 1 {
        let Some((_, lines, place)) = open.pop() else {
            break;
        };
        problems.push(
            Diagnostic::error("this begins and never ends")
                .at(&source.span(place.start, place.end), "")
                .fix("add a line `((end))`"),
        );
        if let Some((_, body, _)) = open.last_mut() {
            body.extend(lines);
        }
    }
    open.pop().map(|(_, body, _)| body).unwrap_or_default()
}

#[cfg(test)]
mod tests;
