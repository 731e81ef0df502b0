//! What two models differ in, and what they may differ in.

use std::collections::BTreeMap;

use serde_json::Value;

/// The cases that differ on purpose, each with the reason.
pub(crate) fn known() -> BTreeMap<String, String> {
    include_str!("differences.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (case, why) = line.rsplit_once(" => ").expect("a case and a reason");
            (case.to_owned(), why.to_owned())
        })
        .collect()
}

/// The differences, one a line, each with its path.
pub(crate) fn between(theirs: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(theirs, ours, "", &mut found);
    found
}

fn walk(theirs: &Value, ours: &Value, path: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            for (key, value) in theirs {
                match ours.get(key) {
                    Some(other) => walk(value, other, &format!("{path}.{key}"), found),
                    None => found.push(format!("    {path}.{key}: only in Compose: {value}")),
                }
            }
            for (key, value) in ours {
                if !theirs.contains_key(key) {
                    found.push(format!("    {path}.{key}: only in devstack: {value}"));
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
            for (index, (one, other)) in theirs.iter().zip(ours).enumerate() {
                walk(one, other, &format!("{path}[{index}]"), found);
            }
        }
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => {}
        _ if theirs == ours => {}
        _ => found.push(format!("    {path}: Compose {theirs}, devstack {ours}")),
    }
}
