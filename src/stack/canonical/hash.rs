//! The hash by which Compose tells whether a service has changed.
//!
//! It is taken of the service as Go writes it to JSON, so this writes as Go does: without spaces, with the characters
//! that matter to HTML escaped, and numbers with a fraction as the shortest text of a 32-bit one (docker/compose,
//! `pkg/compose/hash.go`).

use std::fmt::Write as _;

use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

/// What a service may change without its containers being made anew.
const LEFT_OUT: [&str; 5] = ["build", "depends_on", "profiles", "pull_policy", "scale"];

/// The hash of a service in its tidy form, dollar signs as they are.
pub(super) fn of(service: &Value) -> String {
    let mut service = service.clone();
    if let Some(entries) = service.as_object_mut() {
        entries.retain(|key, _| !LEFT_OUT.contains(&key.as_str()) && !key.starts_with("x-"));
    }
    if let Some(deploy) = service.get_mut("deploy").and_then(Value::as_object_mut) {
        deploy.shift_remove("replicas");
    }
    let files = service.get_mut("env_file").and_then(Value::as_array_mut);
    for file in files.into_iter().flatten() {
        if file["required"] == Value::Bool(true) {
            *file = file["path"].take();
        }
    }
    let mut text = String::new();
    write(&service, &mut text);
    hex::encode(Sha256::digest(text))
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) => write_number(value, text),
        Value::String(value) => write_text(value, text),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(entries) => {
            text.push('{');
            // Own keys of whatever part of the service are none of Compose's.
            let entries = entries.iter().filter(|(key, _)| !key.starts_with("x-"));
            for (index, (key, value)) in entries.enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_text(key, text);
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
    }
}

fn write_number(number: &Number, text: &mut String) {
    let Some(value) = number.as_f64().filter(|_| number.is_f64()) else {
        let _ = write!(text, "{number}");
        return;
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "Compose keeps 32 bits of it"
    )]
    let value = value as f32;
    let written = if value != 0.0 && !(1e-6..1e21).contains(&value.abs()) {
        let written = format!("{value:e}");
        match written.split_once("e-") {
            Some(_) => written,
            None => written.replacen('e', "e+", 1),
        }
    } else {
        value.to_string()
    };
    text.push_str(&written);
}

fn write_text(value: &str, text: &mut String) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_as_go_does() {
        let value =
            json!({ "b": [null, true, 5, -1], "a": "<a> & \"é\"\n\u{1}\u{2028}\\", "x-own": 1 });
        let mut text = String::new();
        write(&value, &mut text);
        assert_eq!(
            text,
            "{\"b\":[null,true,5,-1],\"a\":\"\\u003ca\\u003e \\u0026 \\\"é\\\"\\n\\u0001\\u2028\\\\\"}"
        );
        for (number, written) in [
            (0.1, "0.1"),
            (50.0, "50"),
            (1.5e-7, "1.5e-7"),
            (2e21, "2e+21"),
            (0.0, "0"),
        ] {
            let mut text = String::new();
            write(&json!(number), &mut text);
            assert_eq!(text, written);
        }
    }

    #[test]
    fn stays_the_same_when_only_the_way_to_the_container_changes() {
        let plain = json!({ "command": null, "entrypoint": null, "image": "x" });
        let more = json!({
            "profiles": ["p"], "build": { "context": "/" }, "command": null, "depends_on": { "b": {} },
            "entrypoint": null, "image": "x", "pull_policy": "always", "scale": 3, "x-devstack": { "open": "/" },
        });
        assert_eq!(of(&plain), of(&more));
        assert_eq!(
            of(&plain),
            "541da02fc95b4c09e75a3d9b6fdcad2417b2b857dee8d4da0d2cfc1109a69b99"
        );
        assert_ne!(
            of(&plain),
            of(&json!({ "command": null, "entrypoint": null, "image": "y" }))
        );
    }
}
