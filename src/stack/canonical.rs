//! The resolved model as `config` shows it: Compose's canonical form.

use serde_json::{Map, Value, json};

use crate::manifest::Manifest;
use crate::manifest::node::Node;

/// The whole model as JSON. Dollar signs are doubled, so that the output can be read as a Compose file again.
pub(super) fn json(manifest: &Manifest) -> Value {
    let mut root = Map::new();
    root.insert("name".to_owned(), json!(manifest.name));
    for (key, entry) in manifest.root.entries() {
        if matches!(key, "name" | "version" | "include") || entry.node.is_null() {
            continue;
        }
        let value = match key {
            "services" => services(&entry.node),
            "networks" => each(&entry.node, &network),
            _ => entry.node.to_json(),
        };
        root.insert(key.to_owned(), value);
    }
    let mut model = Value::Object(root);
    escape(&mut model);
    model
}

fn services(node: &Node) -> Value {
    each(node, &|service| {
        let mut json = object(service);
        // Compose always shows these two.
        for key in ["command", "entrypoint"] {
            json.entry(key).or_insert(Value::Null);
        }
        json.retain(|key, value| {
            matches!(key.as_str(), "command" | "entrypoint") || !is_empty(value)
        });
        Value::Object(json)
    })
}

fn network(node: &Node) -> Value {
    let mut json = object(node);
    json.entry("ipam").or_insert_with(|| json!({}));
    Value::Object(json)
}

fn each(node: &Node, show: &dyn Fn(&Node) -> Value) -> Value {
    node.entries()
        .map(|(key, entry)| (key.to_owned(), show(&entry.node)))
        .collect()
}

fn object(node: &Node) -> Map<String, Value> {
    match node.to_json() {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn escape(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('$') => *text = text.replace('$', "$$"),
        Value::Array(items) => items.iter_mut().for_each(escape),
        Value::Object(map) => map.values_mut().for_each(escape),
        _ => {}
    }
}
