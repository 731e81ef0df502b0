//! Values that are told nobody, and texts without them.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use serde_json::Value;

use super::Diagnostic;

/// What stands where a secret stood.
const HIDDEN: &str = "[hidden]";
/// A shorter value would be found everywhere.
const SHORTEST: usize = 4;

/// Values that are told nobody. Cheap to clone; it has no debug form of them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<[String]>);

impl Secrets {
    /// The text without any of them.
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for secret in self.0.iter() {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret.as_str(), HIDDEN));
            }
        }
        text
    }

    /// Takes them out of a text where it stands.
    pub fn hide_in(&self, text: &mut String) {
        if let Cow::Owned(hidden) = self.hide(text) {
            *text = hidden;
        }
    }

    /// Takes them out of a problem: all that is said of it, but not the manifest's own lines.
    pub fn hide_in_diagnostic(&self, problem: &mut Diagnostic) {
        if self.0.is_empty() {
            return;
        }
        self.hide_in(&mut problem.message);
        let labels = problem.place.iter_mut().chain(&mut problem.related);
        labels.for_each(|label| self.hide_in(&mut label.text));
        for evidence in &mut problem.evidence {
            self.hide_in(&mut evidence.title);
            evidence
                .lines
                .iter_mut()
                .for_each(|line| self.hide_in(line));
        }
        let rest = problem.notes.iter_mut().chain(&mut problem.fix);
        rest.for_each(|text| self.hide_in(text));
    }

    /// A problem without them.
    pub fn hide_from_diagnostic<'d>(&self, problem: &'d Diagnostic) -> Cow<'d, Diagnostic> {
        if self.0.is_empty() {
            return Cow::Borrowed(problem);
        }
        let mut problem = problem.clone();
        self.hide_in_diagnostic(&mut problem);
        Cow::Owned(problem)
    }

    /// Takes them out of every text of an answer; names of fields stay.
    pub fn hide_in_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.hide_in(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in_json(item)),
            Value::Object(fields) => fields.values_mut().for_each(|item| self.hide_in_json(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// These and further ones.
    #[must_use]
    pub fn with(&self, further: impl IntoIterator<Item = String>) -> Self {
        self.0.iter().cloned().chain(further).collect()
    }
}

impl FromIterator<String> for Secrets {
    fn from_iter<T: IntoIterator<Item = String>>(values: T) -> Self {
        let mut values: Vec<String> = values
            .into_iter()
            .filter(|value| value.chars().count() >= SHORTEST)
            .flat_map(|value| [in_url(&value), value])
            .collect();
        // The longer first: one may be a part of another.
        values.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        values.dedup();
        Self(values.into())
    }
}

/// As it stands in a URL.
fn in_url(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_said_tells_them() {
        let secrets: Secrets = [
            "sk_live_1".to_owned(),
            "sk_live_12".to_owned(),
            "dev".to_owned(),
        ]
        .into_iter()
        .collect();
        assert_eq!(secrets.hide("a sk_live_12 b"), "a [hidden] b");
        assert_eq!(secrets.hide("devstack"), "devstack");
        assert_eq!(format!("{secrets:?}"), "Secrets(2)");
        let mut problem = Diagnostic::error("no sk_live_1")
            .note("sk_live_1")
            .fix("set sk_live_1")
            .evidence("log", vec!["key=sk_live_1".to_owned()]);
        secrets.hide_in_diagnostic(&mut problem);
        let json = serde_json::to_string(&problem).expect("plain data");
        assert!(!json.contains("sk_live"), "{json}");
        assert_eq!(json.matches(HIDDEN).count(), 4);
        let mut answer = serde_json::json!({ "steps": [{ "title": "use sk_live_1" }], "count": 1 });
        secrets.hide_in_json(&mut answer);
        assert_eq!(answer["steps"][0]["title"], "use [hidden]");
    }
}
