//! Checks a tree against the tables and brings every value into its canonical long form.
//!
//! After it, a tree holds only known keys (and `x-` ones), every value has the shape that the tables promise,
//! short forms are long ones, paths are absolute, durations and sizes are normalised. Values that are wrong are
//! reported and taken out, so that everything behind this can go on and report more.

use std::path::Path;

use super::Flavour;
use super::file::join;
use super::forms::is_remote_context;
use super::node::{Entry, Mapping, MergeTag, Node, Scalar, ScalarKind, Value};
use super::number;
use super::quantity;
use super::shape::{Key, Shape, Support};
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Span;

/// Where devstack's own keys stand in a canonical tree, whatever the file's language.
pub const OWN: &str = "x-devstack";

/// Names of services, networks, volumes, secrets and configs have these characters only.
fn is_resource_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// A walk over one file's tree.
pub struct Walk<'a> {
    /// The folder from which relative paths start.
    pub base: &'a Path,
    /// The user's home folder.
    pub home: Option<&'a Path>,
    /// The file's language.
    pub flavour: Flavour,
    /// How many ports ranges may still become.
    pub ports_left: usize,
    /// What is wrong.
    pub problems: &'a mut Vec<Diagnostic>,
    /// What is wrong unless another file or a base has the value.
    pub deferred: &'a mut Vec<Deferred>,
}

/// A key without a value, where there must be one: an override that says nothing keeps what it overrides, so that only
/// the merged manifest tells whether it is wrong.
pub struct Deferred {
    /// Where the value would stand.
    pub place: Span,
    /// What to say if it stays so.
    pub problems: Vec<Diagnostic>,
}

impl Walk<'_> {
    /// Checks a value and rewrites it; `name` is what messages call it. A wrong value becomes null.
    pub fn check(&mut self, node: &mut Node, shape: &Shape, name: &str) {
        if node.broken {
            return;
        }
        let (empty, before) = (node.is_null(), self.problems.len());
        if self.accept(node, shape, name) {
            return;
        }
        node.make_broken();
        if empty {
            self.deferred.push(Deferred {
                place: node.span.clone(),
                problems: self.problems.drain(before..).collect(),
            });
        }
    }

    fn accept(&mut self, node: &mut Node, shape: &Shape, name: &str) -> bool {
        match shape {
            Shape::Any => true,
            Shape::Nullable(inner) => node.is_null() || self.accept(node, inner, name),
            Shape::Either(single, collection) => {
                let shape = match node.value {
                    Value::Scalar(_) => single,
                    _ => collection,
                };
                self.accept(node, shape, name)
            }
            Shape::Rewritten(rewrite, long) => {
                rewrite(node, self, name) && self.accept(node, long, name)
            }
            Shape::Keys(keys) => self.keys(node, keys, name),
            Shape::Named(inner) => self.named(node, inner, name, false),
            Shape::Resources(inner) => self.named(node, inner, name, true),
            Shape::List(inner) => self.list(node, inner, name),
            _ => self.scalar(node, shape, name),
        }
    }

    /// Reports that a value is not what it should be.
    pub fn unexpected(&mut self, node: &Node, name: &str, expected: &str) {
        if node.broken {
            return;
        }
        let problem = if node.is_null() {
            node.error(format!("`{name}` is empty, and must be {expected}"), "")
                .fix("give it a value, or take the key out")
        } else {
            node.error(
                format!("`{name}` must be {expected}, not {}", node.describe()),
                "",
            )
        };
        self.problems.push(problem);
    }

    fn list(&mut self, node: &mut Node, inner: &Shape, name: &str) -> bool {
        let Value::Sequence(items) = &mut node.value else {
            self.unexpected(node, name, "a list");
            return false;
        };
        for item in items.iter_mut() {
            self.check(item, inner, name);
        }
        // A wrong item is reported; what is left of the list is still right.
        items.retain(|item| !item.is_null() || item.tag.is_some());
        true
    }

    fn named(&mut self, node: &mut Node, inner: &Shape, name: &str, resources: bool) -> bool {
        let Value::Mapping(mapping) = &mut node.value else {
            self.unexpected(node, name, "a mapping");
            return false;
        };
        for (key, entry) in mapping.iter_mut() {
            if resources && !is_resource_name(key) {
                self.problems.push(
                    Diagnostic::error(format!("`{key}` cannot be a name in `{name}`"))
                        .at(&entry.key, "")
                        .fix("use letters, digits, `.`, `_` and `-`"),
                );
            }
            if entry.node.tag.is_some() && entry.node.is_null() {
                continue;
            }
            self.check(&mut entry.node, inner, key);
        }
        true
    }

    fn keys(&mut self, node: &mut Node, keys: &'static [Key], name: &str) -> bool {
        let Value::Mapping(mapping) = &mut node.value else {
            self.unexpected(node, name, "a mapping");
            return false;
        };
        let mut own = Mapping::new();
        for (name_of_key, entry) in std::mem::take(mapping) {
            let Some(key) = keys.iter().find(|key| key.name == name_of_key) else {
                if name_of_key.starts_with("x-") {
                    mapping.insert(name_of_key, entry);
                } else if let Some(meant) = self.unknown(&name_of_key, &entry, keys, name) {
                    // It is there, only misspelt: nobody needs to be told that it is missing.
                    let mut entry = entry;
                    entry.node.make_broken();
                    mapping.entry(meant.to_owned()).or_insert(entry);
                }
                continue;
            };
            let mut entry = entry;
            let taken_out = entry.node.tag == Some(MergeTag::Reset);
            if !taken_out && (entry.node.tag.is_none() || !entry.node.is_null()) {
                self.check(&mut entry.node, &key.shape, key.name);
            }
            match key.support {
                Support::Runs => {}
                Support::NotRun(why) => self.problems.push(
                    Diagnostic::warning(format!("`{name_of_key}` has no effect: {why}"))
                        .at(&entry.key, ""),
                ),
                Support::Own if name == OWN => {}
                Support::Own if self.flavour == Flavour::Compose => {
                    self.problems.push(
                        Diagnostic::error(format!(
                            "`{name_of_key}` is one of devstack's own keys, and this is a Compose file"
                        ))
                        .at(&entry.key, "")
                        .fix(format!("put it under `{OWN}:`, or into a file named devstack.yaml")),
                    );
                    continue;
                }
                Support::Own => {
                    own.insert(name_of_key, entry);
                    continue;
                }
            }
            mapping.insert(name_of_key, entry);
        }
        if !own.is_empty() {
            gather_own(mapping, own);
        }
        true
    }

    /// Reports a key that may not stand here; gives the one that was probably meant.
    fn unknown(
        &mut self,
        key: &str,
        entry: &Entry,
        keys: &'static [Key],
        name: &str,
    ) -> Option<&'static str> {
        let mut candidates: Vec<&'static str> = keys
            .iter()
            .filter(|known| known.support != Support::Own || self.flavour == Flavour::Devstack)
            .map(|known| known.name)
            .collect();
        let place = match name {
            "" => "at the top of a manifest".to_owned(),
            name => format!("in `{name}`"),
        };
        let mut problem = Diagnostic::error(format!("`{key}` is not a key that may stand {place}"))
            .at(&entry.key, "");
        if let Some(via) = &entry.node.via {
            problem = problem.related(via, "used here");
        }
        let meant = nearest(key, candidates.iter().copied())
            .and_then(|meant| keys.iter().find(|known| known.name == meant))
            .map(|known| known.name);
        problem = match meant {
            Some(right) => problem.fix(format!("did you mean `{right}`?")),
            None if candidates.len() <= 12 => {
                candidates.sort_unstable();
                problem.note(format!("known keys are {}", list_of(&candidates)))
            }
            None => problem.note("keys of your own must begin with `x-`"),
        };
        self.problems.push(problem);
        meant
    }

    fn scalar(&mut self, node: &mut Node, shape: &Shape, name: &str) -> bool {
        let Value::Scalar(scalar) = &node.value else {
            self.unexpected(node, name, expected(shape));
            return false;
        };
        let (kind, text) = (scalar.kind, scalar.text.as_str());
        let numeric = matches!(kind, ScalarKind::Integer | ScalarKind::Float);
        let fits_type = match shape {
            Shape::Scalar | Shape::Filled => true,
            Shape::Text
            | Shape::Choice(_)
            | Shape::Path
            | Shape::HostPath
            | Shape::Context
            | Shape::Duration => kind == ScalarKind::Text,
            Shape::Bool => matches!(kind, ScalarKind::Bool | ScalarKind::Text),
            _ => numeric || kind == ScalarKind::Text,
        };
        if !fits_type {
            self.unexpected(node, name, expected(shape));
            return false;
        }
        let fitting = match shape {
            Shape::Scalar if kind == ScalarKind::Null => return true,
            Shape::Scalar | Shape::Filled => Some(match kind {
                ScalarKind::Null => Scalar::text(""),
                ScalarKind::Bool => Scalar::text(text.to_ascii_lowercase()),
                _ => Scalar::text(text),
            }),
            Shape::Text | Shape::TextOrNumber => Some(Scalar::text(text)),
            Shape::Bool => boolean(text),
            Shape::Integer(least, most) => number::integer(text)
                .filter(|value| (*least..=*most).contains(value))
                .map(|value| of_kind(ScalarKind::Integer, value.to_string())),
            Shape::Number => number::float(text)
                .filter(|value| value.is_finite())
                .map(|value| of_kind(ScalarKind::Float, value.to_string())),
            Shape::Duration => {
                quantity::duration(text).map(|value| Scalar::text(quantity::duration_text(value)))
            }
            Shape::Size => match text {
                "-1" if numeric => Some(Scalar::text(text)),
                _ => quantity::size(text).map(|value| Scalar::text(value.to_string())),
            },
            Shape::Choice(words) => words.contains(&text).then(|| Scalar::text(text)),
            Shape::HostPath => Some(Scalar::text(self.absolute(text, true))),
            Shape::Context if is_remote_context(text) => Some(Scalar::text(text)),
            Shape::Path | Shape::Context => Some(Scalar::text(self.absolute(text, false))),
            _ => None,
        };
        let Some(fitting) = fitting else {
            let message = match shape {
                Shape::Choice(_) => format!("`{name}` cannot be `{text}`"),
                _ => format!("`{name}` must be {}, not `{text}`", expected(shape)),
            };
            let mut problem = node.error(message, "");
            match shape {
                Shape::Choice(words) => {
                    problem = match nearest(text, words.iter().copied()) {
                        Some(right) => problem.fix(format!("did you mean `{right}`?")),
                        None => problem.note(format!("it may be {}", list_of(words))),
                    };
                }
                Shape::Integer(least, most) if *most < i64::MAX && *least > i64::MIN => {
                    problem = problem.note(format!("it may be from {least} to {most}"));
                }
                Shape::Duration if number::float(text).is_some() => {
                    problem = problem.fix(format!("say the unit: `{text}s`"));
                }
                _ => {}
            }
            self.problems.push(problem);
            return false;
        };
        node.value = Value::Scalar(fitting);
        true
    }

    /// A path made absolute, as [`absolute`].
    pub fn absolute(&self, path: &str, foreign: bool) -> String {
        absolute(path, self.base, self.home, foreign)
    }
}

/// A path made absolute: `~` is the home folder, relative ones start from `base`. With `foreign`, Windows paths stay
/// as they are.
pub fn absolute(path: &str, base: &Path, home: Option<&Path>, foreign: bool) -> String {
    // Compose leaves absolute ones as they are, a final slash included.
    if path.is_empty() || path.starts_with('/') || (foreign && is_windows_absolute(path)) {
        return path.to_owned();
    }
    if let (Some(rest), Some(home)) = (path.strip_prefix('~'), home) {
        return join(home, rest.trim_start_matches('/'))
            .display()
            .to_string();
    }
    join(base, path).display().to_string()
}

fn gather_own(mapping: &mut Mapping, own: Mapping) {
    let place = own.values().next().map(|entry| entry.key.clone());
    let Some(place) = place else { return };
    let target = mapping.entry(OWN.to_owned()).or_insert_with(|| Entry {
        key: place.clone(),
        node: Node::new(Value::Mapping(Mapping::new()), place),
    });
    if let Some(target) = target.node.as_mapping_mut() {
        target.extend(own);
    } else {
        target.node.value = Value::Mapping(own);
    }
}

fn of_kind(kind: ScalarKind, text: String) -> Scalar {
    Scalar { kind, text }
}

/// Booleans as Compose's interpolation casts them.
fn boolean(text: &str) -> Option<Scalar> {
    let value = match text.to_ascii_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => "true",
        "false" | "n" | "no" | "off" => "false",
        _ => return None,
    };
    Some(of_kind(ScalarKind::Bool, value.to_owned()))
}

fn is_windows_absolute(path: &str) -> bool {
    path.starts_with("\\\\")
        || matches!(path.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
}

fn expected(shape: &Shape) -> &'static str {
    match shape {
        Shape::TextOrNumber => "a text or a number",
        Shape::Scalar | Shape::Filled => "a single value",
        Shape::Bool => "`true` or `false`",
        Shape::Integer(..) => "a whole number",
        Shape::Number => "a number",
        Shape::Duration => "a duration such as `30s` or `1m30s`",
        Shape::Size => "a size such as `512m` or `2g`",
        Shape::Path | Shape::HostPath | Shape::Context => "a path",
        _ => "a text",
    }
}

/// Words in backticks, with commas and a final "or".
pub fn list_of(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
