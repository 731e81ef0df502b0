//! The tree of values that a manifest consists of, each with its place.
//!
//! A [`Node`] says where its text stands and, when an alias or a merge key brought it to another place, where that
//! is. Scalars keep the text as it was written, so that `1.10` is still `1.10` where a string is wanted. The tree
//! knows YAML, not Compose.

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// The entries of a mapping, in their order, by key.
pub type Mapping = IndexMap<String, Entry>;

/// One value of a manifest.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where its text stands.
    pub span: Span,
    /// The alias or merge key through which the text came to be used here, if it did not come directly.
    pub via: Option<Span>,
    /// `!reset` or `!override`, if it carries one.
    pub tag: Option<MergeTag>,
    /// The variables that were put into it.
    pub variables: Vec<UsedVariable>,
    /// Whether it was wrong and is null for that reason: that has been reported, and nothing more is to be said.
    pub broken: bool,
}

/// What a [`Node`] is.
#[derive(Debug, Clone)]
pub enum Value {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys with values.
    Mapping(Mapping),
}

/// One entry of a mapping: the place of its key, and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where the key stands.
    pub key: Span,
    /// The value.
    pub node: Node,
}

/// A scalar: its text, and the type that YAML gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The type.
    pub kind: ScalarKind,
    /// The text as written, after quotes and escapes are taken away.
    pub text: String,
}

/// The types of scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarKind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A number with a fraction or exponent.
    Float,
    /// Anything else.
    Text,
}

/// The tags that steer merging (Compose Specification, "Merge").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeTag {
    /// `!reset`: takes the value away.
    Reset,
    /// `!override`: replaces the value instead of merging into it.
    Override,
}

/// A variable that was put into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedVariable {
    /// Its name.
    pub name: String,
    /// Where its value came from.
    pub origin: Origin,
}

/// Where a variable's value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The environment of the process.
    Environment,
    /// A line of an env file.
    EnvFile(Span),
    /// The default or alternative that stands in the expression.
    Default,
    /// Nothing: it is not set and became empty.
    Unset,
    /// Nothing yet: it is an input of the manifest that was not answered, and empty until it is.
    Unanswered,
}

impl Value {
    /// Nothing.
    pub fn null() -> Self {
        Self::Scalar(Scalar {
            kind: ScalarKind::Null,
            text: String::new(),
        })
    }
}

impl Scalar {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            kind: ScalarKind::Text,
            text: text.into(),
        }
    }
}

impl Node {
    /// A node without via, tag and variables.
    pub fn new(value: Value, span: Span) -> Self {
        Self {
            value,
            span,
            via: None,
            tag: None,
            variables: Vec::new(),
            broken: false,
        }
    }

    /// Takes the value out because it is wrong, which has been reported.
    pub fn make_broken(&mut self) {
        self.value = Value::null();
        self.broken = true;
    }

    /// Nothing.
    pub fn null(span: Span) -> Self {
        Self::new(Value::null(), span)
    }

    /// A text that stands for a part of this node or for what it implies: same place, same variables.
    #[must_use]
    pub fn derive_text(&self, text: impl Into<String>) -> Self {
        self.derive(Value::Scalar(Scalar::text(text)))
    }

    /// A boolean with this node's place.
    #[must_use]
    pub fn derive_bool(&self, value: bool) -> Self {
        self.derive(Value::Scalar(Scalar {
            kind: ScalarKind::Bool,
            text: value.to_string(),
        }))
    }

    /// A whole number with this node's place.
    #[must_use]
    pub fn derive_integer(&self, value: impl Into<i64>) -> Self {
        self.derive(Value::Scalar(Scalar {
            kind: ScalarKind::Integer,
            text: value.into().to_string(),
        }))
    }

    /// Another value with this node's place and variables.
    #[must_use]
    pub fn derive(&self, value: Value) -> Self {
        Self {
            value,
            span: self.span.clone(),
            via: self.via.clone(),
            tag: None,
            variables: self.variables.clone(),
            broken: false,
        }
    }

    /// A mapping with this node's place from keys and values.
    #[must_use]
    pub fn derive_mapping<K: Into<String>>(
        &self,
        entries: impl IntoIterator<Item = (K, Self)>,
    ) -> Self {
        let mapping = entries
            .into_iter()
            .map(|(key, node)| (key.into(), self.entry(node)))
            .collect();
        self.derive(Value::Mapping(mapping))
    }

    /// An entry whose key has this node's place.
    #[must_use]
    pub fn entry(&self, node: Self) -> Entry {
        Entry {
            key: self.span.clone(),
            node,
        }
    }

    /// Whether it is null or empty.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.kind == ScalarKind::Null)
    }

    /// The scalar that it is.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar that is not null.
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar()
            .filter(|scalar| scalar.kind != ScalarKind::Null)
            .map(|scalar| scalar.text.as_str())
    }

    /// The mapping that it is.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The mapping that it is, for changes.
    pub fn as_mapping_mut(&mut self) -> Option<&mut Mapping> {
        match &mut self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The list that it is.
    pub fn as_sequence(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key, if this is a mapping that has it; a null counts as absent.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_mapping()?
            .get(key)
            .map(|entry| &entry.node)
            .filter(|node| !node.is_null())
    }

    /// The text of a key.
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// The boolean of a key; only `true` is true.
    pub fn bool(&self, key: &str) -> Option<bool> {
        self.str(key).map(|text| text == "true")
    }

    /// What it is, for messages.
    pub fn describe(&self) -> &'static str {
        match &self.value {
            Value::Mapping(_) => "a mapping",
            Value::Sequence(_) => "a list",
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Null => "empty",
                ScalarKind::Bool => "a boolean",
                ScalarKind::Integer | ScalarKind::Float => "a number",
                ScalarKind::Text => "a text",
            },
        }
    }

    /// An error whose place is this node, with what brought it here and what variables had a part in it.
    ///
    /// What is wrong only because an input was not answered yet is no error: whoever needs the answer asks for it.
    pub fn error(&self, message: impl Into<String>, label: impl Into<String>) -> Diagnostic {
        let unanswered = (self.variables.iter()).any(|used| used.origin == Origin::Unanswered);
        if unanswered {
            return self.warning(message, label);
        }
        self.place(Diagnostic::error(message), label)
    }

    /// A warning whose place is this node, as [`error`](Self::error).
    pub fn warning(&self, message: impl Into<String>, label: impl Into<String>) -> Diagnostic {
        self.place(Diagnostic::warning(message), label)
    }

    fn place(&self, diagnostic: Diagnostic, label: impl Into<String>) -> Diagnostic {
        let mut diagnostic = diagnostic.at(&self.span, label);
        if let Some(via) = &self.via {
            diagnostic = diagnostic.related(via, "used here");
        }
        for UsedVariable { name, origin } in &self.variables {
            diagnostic = match origin {
                Origin::EnvFile(span) => diagnostic.related(span, format!("`{name}` is set here")),
                Origin::Environment => {
                    diagnostic.note(format!("`{name}` comes from the environment"))
                }
                Origin::Unset => diagnostic.note(format!("`{name}` is not set")),
                Origin::Unanswered => {
                    diagnostic.note(format!("`{name}` is an input that was not answered yet"))
                }
                Origin::Default => diagnostic,
            };
        }
        diagnostic
    }

    /// As JSON, by the types of the scalars.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Mapping(mapping) => mapping
                .iter()
                .map(|(key, entry)| (key.clone(), entry.node.to_json()))
                .collect(),
            Value::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Value::Scalar(scalar) => scalar.to_json(),
        }
    }
}

impl Scalar {
    fn to_json(&self) -> serde_json::Value {
        let text = || serde_json::Value::String(self.text.clone());
        match self.kind {
            ScalarKind::Null => serde_json::Value::Null,
            ScalarKind::Bool => serde_json::Value::Bool(self.text.eq_ignore_ascii_case("true")),
            ScalarKind::Integer => super::number::integer(&self.text).map_or_else(text, Into::into),
            ScalarKind::Float => super::number::float(&self.text)
                .and_then(serde_json::Number::from_f64)
                .map_or_else(text, serde_json::Value::Number),
            ScalarKind::Text => text(),
        }
    }
}
