//! Values in flow style: `{ image: "redis:8", ports: ["6379"] }`.

use std::fmt::Write as _;

use crate::manifest::node::{Node, Scalar, ScalarKind, Value};
use crate::manifest::yaml;
use crate::source::Source;

/// How values in flow style are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FlowStyle {
    /// Quotes where they are needed.
    Yaml,
    /// Quotes around every text, as JSON wants it.
    Json,
}

/// A value in flow style, in one line.
pub(super) fn flow(node: &Node, style: FlowStyle) -> String {
    let mut text = String::new();
    write(node, style, &mut text);
    text
}

/// A key in flow style.
pub(super) fn flow_key(key: &str, style: FlowStyle) -> String {
    scalar(&Scalar::text(key), style)
}

fn write(node: &Node, style: FlowStyle, text: &mut String) {
    match &node.value {
        Value::Scalar(value) => text.push_str(&scalar(value, style)),
        Value::Sequence(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write(item, style, text);
            }
            text.push(']');
        }
        Value::Mapping(entries) if entries.is_empty() => text.push_str("{}"),
        Value::Mapping(entries) => {
            text.push_str("{ ");
            for (index, (key, entry)) in entries.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                let _ = write!(text, "{}: ", flow_key(key, style));
                write(&entry.node, style, text);
            }
            text.push_str(" }");
        }
    }
}

fn scalar(value: &Scalar, style: FlowStyle) -> String {
    match value.kind {
        ScalarKind::Null => "null".to_owned(),
        ScalarKind::Bool | ScalarKind::Integer | ScalarKind::Float => value.text.clone(),
        ScalarKind::Text if style == FlowStyle::Yaml && is_plain(&value.text, true) => {
            value.text.clone()
        }
        ScalarKind::Text => quoted(&value.text),
    }
}

/// Whether a text needs no quotes to be read as this text.
pub fn is_plain(text: &str, in_flow: bool) -> bool {
    if text.is_empty() || text.contains(['\n', '\r', '\t']) {
        return false;
    }
    // Readers that go back to libyaml, Compose's among them, end a plain text in a flow collection here.
    if in_flow && (text.contains('?') || text.starts_with(':')) {
        return false;
    }
    // YAML 1.1 reads `22:22` as a number to the base of sixty.
    let in_base_sixty = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b':');
    if in_base_sixty && text.contains(':') {
        return false;
    }
    let around = if in_flow {
        format!("[{text}, x]")
    } else {
        format!("- {text}\n- x\n")
    };
    let source = Source::new("", around);
    let mut problems = Vec::new();
    let documents = yaml::parse(&source, &mut 16, &mut problems);
    let Some([only, _]) = documents
        .first()
        .and_then(|document| document.as_sequence())
    else {
        return false;
    };
    // A colon before the end of a value, as in `host:`, is read in one way here and in another elsewhere.
    let text_itself = only
        .as_scalar()
        .is_some_and(|scalar| scalar.kind == ScalarKind::Text && scalar.text == text);
    problems.is_empty() && text_itself && only.via.is_none() && !text.ends_with(':')
}

/// A text in double quotes.
pub fn quoted(text: &str) -> String {
    // A JSON string is a YAML one.
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, style: FlowStyle) -> String {
        let source = Source::new("a.yaml", text);
        let documents = yaml::parse(&source, &mut 100, &mut Vec::new());
        flow(&documents[0], style)
    }

    #[test]
    fn quotes_stand_where_they_are_needed() {
        let text = "image: postgres:17\nports: [\"5432\", 1]\nlabels: {a: \"x, y\", b: 'true', c: }\nrun: |\n  a\n  b\nx: {}\n";
        assert_eq!(
            of(text, FlowStyle::Yaml),
            r#"{ image: postgres:17, ports: ["5432", 1], labels: { a: "x, y", b: "true", c: null }, run: "a\nb\n", x: {} }"#
        );
        assert!(of(text, FlowStyle::Json).starts_with(r#"{ "image": "postgres:17", "ports": ["#));
    }

    #[test]
    fn a_text_that_would_mean_something_else_is_not_plain() {
        for text in ["", "a b", "postgres:17", "a-b.c/d", "$X", "x${Y:-z}"] {
            assert_eq!(is_plain(text, false), !text.is_empty(), "{text:?}");
        }
        for text in [
            "~", "null", "true", "1", "1.5", "a: b", "a #b", "*x", "&x", "!x", "- x", "[x", "{x}",
            "'x", "\"x", "%x", "@x", "`x", "x:", " x", "x ", "a\nb", "|", ">", "#x", "? x",
        ] {
            assert!(!is_plain(text, false), "{text:?}");
        }
        assert!(is_plain("a, b", false) && !is_plain("a, b", true));
        for text in ["/?a=b", ":9001"] {
            assert!(!is_plain(text, true), "{text:?}");
        }
        assert!(is_plain("/?a=b", false) && !is_plain("22:22", false));
    }
}
