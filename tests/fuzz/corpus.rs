//! What mutations start from: whole manifests, their subtrees, and the words of the language.

use std::path::Path;

use serde_yaml::Value;

/// Texts, trees and words.
pub(crate) struct Corpus {
    /// Whole manifests.
    pub(crate) texts: Vec<String>,
    /// The same as trees, as far as a plain YAML reader makes any.
    pub(crate) trees: Vec<Value>,
    /// All values inside of them.
    pub(crate) parts: Vec<Value>,
    /// Every key of the language.
    pub(crate) keys: Vec<String>,
}

/// Words with a meaning somewhere, and some that break things elsewhere.
pub(crate) const WORDS: &[&str] = &[
    "",
    "null",
    "~",
    "true",
    "no",
    "0",
    "-1",
    "1e3",
    "0x1f",
    "0o17",
    "1.10",
    ".inf",
    "99999999999999999999",
    "1h5m30s",
    "512m",
    "2gb",
    "8080:80",
    "127.0.0.1:5432:5432/udp",
    "1-65535",
    "::1",
    "${A}",
    "${A:-b}",
    "${A:?c}",
    "${A:+d}",
    "${",
    "$$",
    "${A:-${B:-c}}",
    "./x:/x:ro,z",
    "vol:/v",
    "/a/../b",
    "~/x",
    "C:\\x",
    "service:b",
    "host",
    "a=b",
    "a",
    "b",
    "!reset",
    "!override",
    "!!str 5",
    "&a",
    "*a",
    "<<",
    "x-devstack",
    "- ",
    "? ",
    ": ",
    "# ",
    "|",
    ">-",
    "{}",
    "[]",
    "'",
    "\"",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{0}",
    "é",
    "\u{2028}",
    "---",
    "...",
    "%YAML 1.1",
    "every_2h",
    "0440",
    "all",
    "on-failure:3",
    "https://example.com/a.git#b",
    "{ file: ./a.env }",
    "[ CMD, x ]",
    "http: /",
    "tcp: 80",
];

impl Corpus {
    /// Reads it from the folder of the tests.
    pub(crate) fn read() -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let mut paths: Vec<_> = std::fs::read_dir(tests.join("fuzz/corpus"))
            .expect("the corpus is there")
            .map(|entry| entry.expect("it can be listed").path())
            .collect();
        paths.sort();
        let read = |path: &Path| std::fs::read_to_string(path).expect("it can be read");
        let mut texts: Vec<String> = paths.iter().map(|path| read(path)).collect();
        let lines = read(&tests.join("compose/services.txt"));
        for line in lines.lines().filter(|line| !line.starts_with('#')) {
            texts.push(format!(
                "services:\n  a:\n    image: img\n    {line}\n  b: {{ image: y }}\n\
                 networks: {{ n: , m: }}\nvolumes: {{ vol: , two: }}\nsecrets: {{ s: {{ file: ./s }} }}\n\
                 configs: {{ c1: {{ content: hi }} }}\n"
            ));
        }
        let trees: Vec<Value> = texts
            .iter()
            .filter_map(|text| serde_yaml::from_str(text).ok())
            .collect();
        let mut parts = Vec::new();
        for tree in &trees {
            gather(tree, &mut parts);
        }
        let mut keys = Vec::new();
        gather_keys(&devstack::manifest::json_schema::document(), &mut keys);
        keys.sort();
        keys.dedup();
        Self {
            texts,
            trees,
            parts,
            keys,
        }
    }
}

fn gather(value: &Value, parts: &mut Vec<Value>) {
    parts.push(value.clone());
    match value {
        Value::Sequence(items) => items.iter().for_each(|item| gather(item, parts)),
        Value::Mapping(entries) => entries.values().for_each(|value| gather(value, parts)),
        _ => {}
    }
}

fn gather_keys(schema: &serde_json::Value, keys: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(entries) => {
            if let Some(properties) = entries.get("properties").and_then(|it| it.as_object()) {
                keys.extend(properties.keys().cloned());
            }
            entries.values().for_each(|value| gather_keys(value, keys));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| gather_keys(item, keys)),
        _ => {}
    }
}
