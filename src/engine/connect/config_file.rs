//! The Docker command line's `config.json`.

use std::path::Path;

use serde_json::{Map, Value};

/// The parts of `config.json` that are of use here. It may hold secrets: it has no debug form.
#[derive(Default)]
pub(super) struct ConfigFile {
    values: Map<String, Value>,
}

impl ConfigFile {
    /// Reads the file; one that is not there is empty. The error says what is wrong, without the file's words.
    pub(super) async fn read(path: &Path) -> Result<Self, String> {
        let text = match tokio::fs::read(path).await {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(error.to_string()),
        };
        if text.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_slice(&text) {
            Ok(Value::Object(values)) => Ok(Self { values }),
            Ok(_) => Err("it is not a JSON object".to_owned()),
            Err(error) => Err(format!(
                "it is not valid JSON, at line {} column {}",
                error.line(),
                error.column()
            )),
        }
    }

    /// A text at the top.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.values
            .get(key)?
            .as_str()
            .filter(|text| !text.is_empty())
    }

    /// A mapping at the top.
    pub(super) fn mapping(&self, key: &str) -> Option<&Map<String, Value>> {
        self.values.get(key)?.as_object()
    }
}
