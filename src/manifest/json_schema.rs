//! The language as JSON Schema (draft 7), for editors: made from the same tables that manifests are checked against.
//!
//! Short forms are let pass by their YAML type only; what they must look like is for `devstack validate` to say.

use serde_json::{Map, Value, json};

use super::shape::{Key, Shape, Support};
use super::shapes::TOP;

/// The schema of devstack.yaml.
pub fn document() -> Value {
    let mut schema = of(&TOP);
    if let Some(root) = schema.as_object_mut() {
        root.insert(
            "$schema".to_owned(),
            json!("http://json-schema.org/draft-07/schema#"),
        );
        root.insert("title".to_owned(), json!("devstack.yaml"));
    }
    schema
}

fn of(shape: &Shape) -> Value {
    match shape {
        Shape::Any => json!({}),
        Shape::Text | Shape::Path | Shape::HostPath | Shape::Context | Shape::Duration => {
            json!({ "type": "string" })
        }
        Shape::TextOrNumber | Shape::Size => json!({ "type": ["string", "number"] }),
        Shape::Number | Shape::Integer(..) => json!({ "type": ["number", "string"] }),
        Shape::Scalar | Shape::Filled => {
            json!({ "type": ["string", "number", "boolean", "null"] })
        }
        Shape::Bool => json!({ "type": ["boolean", "string"] }),
        Shape::Choice(words) => json!({ "type": "string", "enum": words }),
        Shape::Keys(keys) => of_keys(keys),
        Shape::Named(inner) => json!({ "type": "object", "additionalProperties": of(inner) }),
        Shape::Resources(inner) => json!({
            "type": "object",
            "patternProperties": { "^[a-zA-Z0-9._-]+$": of(inner) },
            "additionalProperties": false,
        }),
        Shape::List(inner) => json!({ "type": "array", "items": of(inner) }),
        Shape::Nullable(inner) => json!({ "anyOf": [of(inner), { "type": "null" }] }),
        Shape::Either(single, collection) => json!({ "anyOf": [of(single), of(collection)] }),
        Shape::Rewritten(_, long) => {
            let mut short = vec!["string", "number", "boolean", "null"];
            match long {
                Shape::List(_) => short.push("object"),
                _ => short.push("array"),
            }
            let long = match long {
                // The whole list is rewritten for the short forms of its items.
                Shape::List(item @ Shape::Keys(_)) => json!({
                    "type": "array",
                    "items": { "anyOf": [of(item), { "type": ["string", "number"] }] },
                }),
                long => of(long),
            };
            json!({ "anyOf": [long, { "type": short }] })
        }
    }
}

fn of_keys(keys: &[Key]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| {
            let mut schema = match key.name {
                // Its old form names what is external: `external: { name: … }`.
                "external" => json!({ "type": ["boolean", "string", "object"] }),
                _ => of(&key.shape),
            };
            if let (Support::NotRun(why), Some(schema)) = (key.support, schema.as_object_mut()) {
                let text = format!("has no effect: {why}");
                schema.insert("description".to_owned(), json!(text));
            }
            (key.name.to_owned(), schema)
        })
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": { "^x-": {} },
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_every_key_and_no_other() {
        let schema = document();
        assert_eq!(schema["additionalProperties"], false);
        let service = &schema["properties"]["services"]["patternProperties"]["^[a-zA-Z0-9._-]+$"];
        for key in ["image", "ready", "seed", "open", "healthcheck"] {
            assert!(service["properties"].get(key).is_some(), "{key}");
        }
        assert_eq!(service["additionalProperties"], false);
        assert!(schema["properties"].get("bind").is_some());
    }
}
