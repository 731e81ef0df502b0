//! What stands after `when`: `tls`, `not tls`, `version is 17`, `databases.family is redis`, `mode is not plain`.

use super::scope::{Scope, Value};

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The name that it is about.
    pub name: String,
    /// The attribute of the service that the name stands for.
    pub attribute: Option<String>,
    /// Whether it holds when the rest does not.
    pub negated: bool,
    /// What it must be; something at all, if nothing is said.
    pub value: Option<String>,
}

impl Condition {
    /// Reads a condition; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (negated, rest) = match text.trim().strip_prefix("not ") {
            Some(rest) => (true, rest.trim()),
            None => (false, text.trim()),
        };
        let (subject, negated, value) = match rest.split_once(" is ") {
            Some((subject, value)) if !negated => match value.trim().strip_prefix("not ") {
                Some(value) => (subject, true, Some(value.trim().to_owned())),
                None => (subject, false, Some(value.trim().to_owned())),
            },
            Some(_) => return None,
            None => (rest, negated, None),
        };
        let (name, attribute) = match subject.trim().split_once('.') {
            Some((name, attribute)) => (name, Some(attribute.to_owned())),
            None => (subject.trim(), None),
        };
        let is_word = |word: &str| {
            !matches!(word, "" | "not" | "is")
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
        };
        (is_word(name) && attribute.as_deref().is_none_or(is_word)).then(|| Self {
            name: name.to_owned(),
            attribute,
            negated,
            value,
        })
    }

    /// Whether it holds. Of a list it is enough that it holds for one service.
    pub fn holds(&self, scope: &Scope) -> bool {
        let attribute = self.attribute.as_deref();
        let texts = scope.texts(&self.name, attribute);
        let holds = match (&self.value, scope.get(&self.name)) {
            (Some(value), _) => texts.contains(&value.as_str()),
            (None, Some(Value::Text(text))) => !matches!(text.as_str(), "" | "no" | "false"),
            (None, _) => texts.iter().any(|text| !text.is_empty()),
        };
        holds != self.negated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> bool {
        let mut scope = Scope::default();
        scope.set("version", Value::Text("17".to_owned()));
        scope.set("tls", Value::Text("no".to_owned()));
        scope.set("app", Value::Nothing);
        let facts = [
            ("service", "db".to_owned()),
            ("family", "postgres".to_owned()),
        ];
        scope.set(
            "database",
            Value::Service(facts.clone().into_iter().collect()),
        );
        scope.set("all", Value::Services(vec![facts.into_iter().collect()]));
        Condition::parse(text).expect(text).holds(&scope)
    }

    #[test]
    fn conditions_hold_as_they_read() {
        for text in [
            "version",
            "not tls",
            "version is 17",
            "version is not 18",
            "not app",
            "database",
            "database is db",
            "database.family is postgres",
            "not database.password",
            "all",
            "all.family is postgres",
            "all.family is not redis",
        ] {
            assert!(holds(text), "{text}");
        }
        for text in [
            "tls",
            "not version",
            "version is 18",
            "app",
            "app.family",
            "all.family is redis",
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "not",
            "a b",
            "A",
            "a == b",
            "not a is b",
            "a.b.c",
            "a is",
        ] {
            assert_eq!(Condition::parse(text), None, "{text}");
        }
    }
}
