//! What Compose leaves out of its JSON, and the order of what is left, by the types that values have there.
//!
//! An empty text, list or mapping, `false`, 0 and nothing are left out of what has a fixed set of keys; mappings of
//! the user's keep what is in them. Where Compose tells "not said" from "said to be nothing", the value stays. Fixed
//! keys stand in the order of the tables, which is Compose's; the user's own in that of the alphabet.

use serde_json::{Map, Value};

use crate::manifest::canonical::OWN;
use crate::manifest::shape::Shape;
use crate::manifest::shapes::TOP;

/// Keys whose `false`, 0 or emptiness says something.
const KEPT: [&str; 16] = [
    "attach",
    "command",
    "enable_ipv4",
    "enable_ipv6",
    "entrypoint",
    "exec",
    "init",
    "ipam",
    "max_attempts",
    "parallelism",
    "replicas",
    "required",
    "resources",
    "placement",
    "retries",
    "scale",
];

/// Brings the whole model into the form that Compose shows.
pub(super) fn tidy(model: &mut Value) {
    let Some(sections) = model.as_object_mut() else {
        return;
    };
    for section in ["services", "networks", "volumes", "secrets", "configs"] {
        if let (Some(value), Some(shape)) = (sections.get_mut(section), key(&TOP, section)) {
            walk(value, shape);
        }
    }
    for (name, value) in sections.iter_mut() {
        if name.starts_with("x-") && name != OWN {
            value.sort_all_objects();
        }
    }
    sections.sort_keys();
    in_order(sections, &TOP);
}

/// Compose writes an empty list of the user's own as nothing.
pub(super) fn empty_lists(value: Value) -> Value {
    match value {
        Value::Array(items) if items.is_empty() => Value::Null,
        Value::Array(items) => items.into_iter().map(empty_lists).collect(),
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| (key, empty_lists(value)))
            .collect(),
        single => single,
    }
}

fn walk(value: &mut Value, shape: &Shape) {
    match (shape, value) {
        (Shape::Nullable(inner) | Shape::Rewritten(_, inner), value) => walk(value, inner),
        (Shape::Either(_, collection), value @ (Value::Object(_) | Value::Array(_))) => {
            walk(value, collection);
        }
        (Shape::Named(inner) | Shape::Resources(inner), Value::Object(entries)) => {
            entries.values_mut().for_each(|value| walk(value, inner));
            entries.sort_keys();
        }
        (Shape::List(inner), Value::Array(items)) => {
            for item in items {
                walk(item, inner);
            }
        }
        (shape @ Shape::Keys(_), Value::Object(entries)) => {
            entries.retain(|name, value| {
                if name == OWN {
                    return !value.is_null();
                }
                if name.starts_with("x-") {
                    return false;
                }
                let shape = key(shape, name).unwrap_or(&Shape::Any);
                walk(value, shape);
                KEPT.contains(&name.as_str()) || !says_nothing(value, shape)
            });
            in_order(entries, shape);
        }
        _ => {}
    }
}

/// Puts fixed keys in the order of their table, and others behind them as they stand.
fn in_order(entries: &mut Map<String, Value>, shape: &Shape) {
    let Shape::Keys(keys) = shape else { return };
    let mut sorted: Vec<(String, Value)> = std::mem::take(entries).into_iter().collect();
    sorted.sort_by_key(|(name, _)| {
        let place = keys.iter().position(|key| key.name == name);
        place.unwrap_or(keys.len())
    });
    entries.extend(sorted);
}

fn key(shape: &Shape, name: &str) -> Option<&'static Shape> {
    match shape {
        Shape::Keys(keys) => keys
            .iter()
            .find(|key| key.name == name)
            .map(|key| &key.shape),
        _ => None,
    }
}

fn says_nothing(value: &Value, shape: &Shape) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || (matches!(shape, Shape::Size) && text == "0"),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty() && is_mapping_of_users(shape),
    }
}

fn is_mapping_of_users(shape: &Shape) -> bool {
    match shape {
        Shape::Nullable(inner) | Shape::Rewritten(_, inner) | Shape::Either(_, inner) => {
            is_mapping_of_users(inner)
        }
        Shape::Keys(_) => false,
        _ => true,
    }
}
