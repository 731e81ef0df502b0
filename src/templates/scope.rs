//! What names stand for while a template is filled in.

use indexmap::IndexMap;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text: the answer to a question.
    Text(String),
    /// One service that was found in the stack.
    Service(Facts),
    /// All services that were found.
    Services(Vec<Facts>),
    /// Nothing was found, and nothing had to be.
    Nothing,
}

/// What is known of a service, by attribute (see [`ATTRIBUTES`](super::found::ATTRIBUTES)).
pub(super) type Facts = IndexMap<&'static str, String>;

/// The names of a template with what they stand for.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    values: IndexMap<String, Value>,
}

impl Scope {
    /// Gives a name a meaning, or another one.
    pub fn set(&mut self, name: impl Into<String>, value: Value) {
        self.values.insert(name.into(), value);
    }

    /// This scope with one more name.
    #[must_use]
    pub fn with(&self, name: &str, value: Value) -> Self {
        let mut inner = self.clone();
        inner.set(name, value);
        inner
    }

    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The text of a name, or of an attribute of the service that it stands for.
    pub fn text(&self, name: &str, attribute: Option<&str>) -> Option<&str> {
        match (self.get(name)?, attribute) {
            (Value::Text(text), None) => Some(text),
            (Value::Service(facts), attribute) => facts
                .get(attribute.unwrap_or("service"))
                .map(String::as_str),
            _ => None,
        }
    }

    /// Every text that a name or attribute stands for: more than one for a list.
    pub fn texts(&self, name: &str, attribute: Option<&str>) -> Vec<&str> {
        match self.get(name) {
            Some(Value::Services(all)) => all
                .iter()
                .filter_map(|facts| facts.get(attribute.unwrap_or("service")))
                .map(String::as_str)
                .collect(),
            _ => self.text(name, attribute).into_iter().collect(),
        }
    }
}
