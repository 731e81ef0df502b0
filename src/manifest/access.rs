//! Typed reading of canonical trees: the tables have checked the shapes, so a value that is not there or is wrong
//! reads as absent.

use std::time::Duration;

use indexmap::IndexMap;

use super::node::{Entry, Node};
use super::{number, quantity};
use crate::source::Span;

impl Node {
    /// The entries of a mapping; none if it is none.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.as_mapping()
            .into_iter()
            .flatten()
            .map(|(key, entry)| (key.as_str(), entry))
    }

    /// The items of a list; none if it is none.
    pub fn items(&self) -> &[Self] {
        self.as_sequence().unwrap_or_default()
    }

    /// Whether a mapping has a key, even one without a value.
    pub fn has(&self, key: &str) -> bool {
        self.as_mapping().is_some_and(|map| map.contains_key(key))
    }

    /// Where a key stands.
    pub fn key_span(&self, key: &str) -> Option<&Span> {
        self.as_mapping()?.get(key).map(|entry| &entry.key)
    }

    /// The text of a key, as an owned one.
    pub fn string(&self, key: &str) -> Option<String> {
        self.str(key).map(str::to_owned)
    }

    /// The whole number of a key.
    pub fn integer(&self, key: &str) -> Option<i64> {
        number::integer(self.str(key)?)
    }

    /// The number of a key.
    pub fn float(&self, key: &str) -> Option<f64> {
        number::float(self.str(key)?)
    }

    /// The bytes of a key, -1 for no limit.
    pub fn size(&self, key: &str) -> Option<i64> {
        match self.str(key)? {
            "-1" => Some(-1),
            text => quantity::size(text),
        }
    }

    /// The duration of a key.
    pub fn duration(&self, key: &str) -> Option<Duration> {
        quantity::duration(self.str(key)?)
    }

    /// The list of texts of a key, if it is there.
    pub fn optional_texts(&self, key: &str) -> Option<Vec<String>> {
        let items = self.get(key)?.as_sequence()?;
        Some(
            items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect(),
        )
    }

    /// The list of texts of a key, empty if it is not there.
    pub fn texts(&self, key: &str) -> Vec<String> {
        self.optional_texts(key).unwrap_or_default()
    }

    /// The key-value pairs of a key; one without a value has none.
    pub fn optional_pairs(&self, key: &str) -> IndexMap<String, Option<String>> {
        self.get(key)
            .map(|node| {
                node.entries()
                    .map(|(key, entry)| (key.to_owned(), entry.node.as_str().map(str::to_owned)))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// The key-value pairs of a key; one without a value has an empty one.
    pub fn pairs(&self, key: &str) -> IndexMap<String, String> {
        self.optional_pairs(key)
            .into_iter()
            .map(|(key, value)| (key, value.unwrap_or_default()))
            .collect()
    }
}
