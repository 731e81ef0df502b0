//! `devstack schema` says the same of a manifest as devstack does, as far as a schema can.
//!
//! The validator here knows the keywords of JSON Schema draft 7 that the schema uses, and refuses others: a keyword that
//! it does not know would be one whose meaning nobody has tested.

use std::path::{Path, PathBuf};

use devstack::manifest::json_schema;
use devstack::stack::{LoadOptions, load};
use regex::Regex;
use serde_json::{Value, json};

/// Keywords that say something to people only.
const WORDS: [&str; 4] = ["$schema", "title", "description", "default"];

/// What of a value a schema refuses: the path, and the keyword.
fn refused(schema: &Value, value: &Value, path: &str) -> Option<String> {
    let Some(keywords) = schema.as_object() else {
        return (schema == &Value::Bool(false)).then(|| path.to_owned());
    };
    for (keyword, rule) in keywords {
        let says = |inner: Option<String>| inner.map(|found| format!("{found} ({keyword})"));
        let found = match keyword.as_str() {
            "type" => {
                let types = rule
                    .as_array()
                    .map_or_else(|| vec![rule], |all| all.iter().collect());
                let fits = types
                    .iter()
                    .any(|name| is(value, name.as_str().expect("a type")));
                (!fits).then(|| path.to_owned())
            }
            "enum" => {
                let words = rule.as_array().expect("a list of words");
                (!words.contains(value)).then(|| path.to_owned())
            }
            "anyOf" => {
                let schemas = rule.as_array().expect("a list of schemas");
                let all: Option<Vec<String>> = schemas
                    .iter()
                    .map(|schema| refused(schema, value, path))
                    .collect();
                all.map(|all| all.join(", "))
            }
            "items" => (value.as_array().into_iter().flatten().enumerate())
                .find_map(|(index, item)| refused(rule, item, &format!("{path}[{index}]"))),
            "properties" | "patternProperties" | "additionalProperties" => {
                let mut entries = value.as_object().into_iter().flatten();
                entries.find_map(|(key, value)| {
                    let below = format!("{path}.{key}");
                    of_property(keyword, keywords, rule, key)
                        .iter()
                        .find_map(|schema| refused(schema, value, &below))
                })
            }
            word => {
                assert!(WORDS.contains(&word), "{word} at {path}");
                None
            }
        };
        if found.is_some() {
            return says(found);
        }
    }
    None
}

/// The schemas that a keyword has for a property.
fn of_property<'a>(
    keyword: &str,
    keywords: &'a serde_json::Map<String, Value>,
    rule: &'a Value,
    key: &str,
) -> Vec<&'a Value> {
    let named = |name: &str| {
        let properties = keywords.get(name).and_then(Value::as_object);
        properties.into_iter().flatten()
    };
    let patterns = || {
        named("patternProperties")
            .filter(|(pattern, _)| Regex::new(pattern).expect("a pattern").is_match(key))
            .map(|(_, schema)| schema)
            .collect::<Vec<_>>()
    };
    let own = || named("properties").find(|(name, _)| *name == key);
    match keyword {
        "properties" => own().map(|(_, schema)| schema).into_iter().collect(),
        "patternProperties" => patterns(),
        _ if own().is_none() && patterns().is_empty() => vec![rule],
        _ => Vec::new(),
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        name => panic!("{name} is no type of draft 7"),
    }
}

/// A manifest as an editor sees it: its values, with anchors and merge keys resolved.
fn tree(text: &str) -> Option<Value> {
    let mut tree: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
    tree.apply_merge().ok()?;
    serde_json::to_value(tree).ok()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The manifests of the demo, of the documents and of other tests.
fn manifests() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = vec![read(&root.join("devstack.yaml"))];
    for document in ["README.md", "docs/manifest.md", "docs/compose.md"] {
        let text = read(&root.join(document));
        let blocks = text.split("```yaml\n").skip(1);
        texts.extend(blocks.filter_map(|block| Some(block.split_once("```")?.0.to_owned())));
    }
    let corpus = std::fs::read_dir(root.join("tests/fuzz/corpus")).expect("it is there");
    for entry in corpus {
        texts.push(read(&entry.expect("it can be listed").path()));
    }
    for line in read(&root.join("tests/compose/services.txt")).lines() {
        texts.push(format!("services:\n  a:\n    image: img\n    {line}\n"));
    }
    for line in read(&root.join("tests/compose/top.txt")).lines() {
        texts.push(format!("{line}\n"));
    }
    texts
}

#[test]
fn allows_every_manifest_that_devstack_understands() {
    let schema = json_schema::document();
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in ["a.env", "b.env", "s"] {
        std::fs::write(folder.path().join(file), "").expect("written");
    }
    let mut judged = 0;
    let mut wrong = Vec::new();
    for text in manifests() {
        std::fs::write(folder.path().join("devstack.yaml"), &text).expect("written");
        let loaded = load(&LoadOptions {
            directory: folder.path().to_path_buf(),
            files: vec![PathBuf::from("devstack.yaml")],
            ..LoadOptions::default()
        });
        if loaded.stack.is_none() {
            continue;
        }
        // YAML 1.1 readers do not know all that ours does.
        let Some(tree) = tree(&text) else { continue };
        judged += 1;
        if let Some(place) = refused(&schema, &tree, "") {
            wrong.push(format!("{place}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged > 150, "only {judged} manifests were judged");
}

#[test]
fn refuses_what_editors_should_mark() {
    let schema = json_schema::document();
    for (text, place) in [
        ("services: { a: { imge: x } }", ".services.a.imge"),
        ("services: { a: { image: [x] } }", ".services.a.image"),
        (
            "services: { a: { image: x, ports: 80.5, expose: x } }",
            ".services.a.expose",
        ),
        ("services: { \"a b\": { image: x } }", ".services.a b"),
        (
            "services: { a: { image: x, depends_on: { b: { condition: ready } } } }",
            ".services.a.depends_on",
        ),
        (
            "services: { a: { image: x, cgroup: none } }",
            ".services.a.cgroup",
        ),
        ("services: []", ".services"),
        ("seed: []", ".seed"),
        ("bind: [127.0.0.1]", ".bind"),
    ] {
        let tree = tree(text).expect("it is YAML");
        let found = refused(&schema, &tree, "").unwrap_or_else(|| panic!("{text} is allowed"));
        assert!(found.contains(place), "{text}: {found}");
    }
}

#[test]
fn is_a_schema_of_draft_7() {
    let schema = json_schema::document();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    // Every part of it is looked at when something is there to be judged, and unknown keywords and types are refused.
    judge_parts(&schema);
}

fn judge_parts(schema: &Value) {
    let Some(keywords) = schema.as_object() else {
        assert!(schema.is_boolean(), "{schema} is no schema");
        return;
    };
    for value in [json!(null), json!("x"), json!(1), json!([]), json!({})] {
        let _ = refused(schema, &value, "");
    }
    for (keyword, rule) in keywords {
        match keyword.as_str() {
            "properties" | "patternProperties" => {
                let all = rule.as_object().expect("schemas by name");
                all.values().for_each(judge_parts);
            }
            "anyOf" => rule
                .as_array()
                .expect("schemas")
                .iter()
                .for_each(judge_parts),
            "items" | "additionalProperties" => judge_parts(rule),
            _ => {}
        }
    }
}
