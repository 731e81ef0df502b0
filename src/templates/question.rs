//! What a template asks, and which answers it takes.

use std::sync::Arc;

use regex::Regex;

use super::condition::Condition;
use super::definition::inner_pattern;
use super::pattern::Pattern;
use super::reading::{flag, only_keys, text, texts};
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::node::Node;
use crate::source::{Source, Span};

/// A question of a template.
#[derive(Debug, Clone)]
pub struct Question {
    /// Its name: that of the placeholder and of `--set NAME=…`.
    pub name: String,
    /// What is asked.
    pub ask: String,
    /// What is taken if nobody says anything; may have placeholders of names above it.
    pub default: Option<Pattern>,
    /// The answers, if only some will do.
    pub choices: Vec<String>,
    /// What an answer must match as a whole.
    pub pattern: Option<Regex>,
    /// Whether it is not shown while it is typed.
    pub secret: bool,
    /// Whether it is a port of this machine: the default is the next one that the manifest does not publish.
    pub port: bool,
    /// Whether it names a new service: the default is the next name that is free.
    pub service: bool,
    /// When it is asked.
    pub when: Option<Condition>,
    /// Where it stands.
    pub span: Span,
}

const KEYS: &[&str] = &[
    "ask", "default", "choices", "pattern", "secret", "port", "service", "when",
];

impl Question {
    /// Reads a question.
    pub(super) fn read(
        name: &str,
        key: &Span,
        node: &Node,
        definition: &Arc<Source>,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        only_keys(node, &format!("the question `{name}`"), KEYS, problems);
        let ask = text(node, "ask", problems);
        if ask.is_none() && node.as_mapping().is_some() {
            problems.push(
                Diagnostic::error(format!("the question `{name}` does not say what it asks"))
                    .at(key, "")
                    .fix("add `ask: …?`"),
            );
        }
        let pattern = text(node, "pattern", problems).and_then(|pattern| {
            let whole = Regex::new(&format!("^(?:{pattern})$"));
            if whole.is_err()
                && let Some(place) = node.get("pattern")
            {
                problems.push(place.error("this is no regular expression", ""));
            }
            whole.ok()
        });
        Self {
            name: name.to_owned(),
            ask: ask.unwrap_or_default(),
            default: node
                .get("default")
                .filter(|_| text(node, "default", problems).is_some())
                .map(|value| inner_pattern(definition, value, problems)),
            choices: texts(node, "choices", problems),
            pattern,
            secret: flag(node, "secret", problems),
            port: flag(node, "port", problems),
            service: flag(node, "service", problems),
            when: when(node, problems),
            span: key.clone(),
        }
    }

    /// Why an answer will not do, if it will not.
    pub fn refuses(&self, answer: &str) -> Option<Diagnostic> {
        let wrong = |why: String| {
            Diagnostic::error(format!("`{answer}` is no answer to `{}`", self.name)).note(why)
        };
        if answer.contains(['\n', '\r', '\0']) {
            return Some(wrong("an answer is one line".to_owned()));
        }
        let default = self.default.as_ref().map(|default| default.source().text());
        if answer.is_empty() && default != Some("") {
            return Some(wrong("it must not be empty".to_owned()));
        }
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == answer) {
            let problem = wrong(format!("the answers are {}", self.choices.join(", ")));
            return Some(
                match nearest(answer, self.choices.iter().map(String::as_str)) {
                    Some(near) => problem.fix(format!("did you mean `{near}`?")),
                    None => problem,
                },
            );
        }
        if let Some(pattern) = &self.pattern
            && !pattern.is_match(answer)
        {
            let pattern = pattern.as_str();
            return Some(wrong(format!(
                "it must match `{}`",
                &pattern[4..pattern.len() - 2]
            )));
        }
        if self.port && answer.parse::<u16>().map_or(true, |port| port == 0) {
            return Some(wrong("a port is a number from 1 to 65535".to_owned()));
        }
        (self.service && !is_service_name(answer)).then(|| wrong(SERVICE_NAME.to_owned()))
    }
}

const SERVICE_NAME: &str =
    "a service's name has letters, digits, `.`, `_` and `-`, and begins with a letter or digit";

/// Why a text cannot be a service's name, if it cannot.
pub(super) fn refuse_service_name(name: &str) -> Option<Diagnostic> {
    (!is_service_name(name)).then(|| {
        Diagnostic::error(format!("`{name}` cannot be a service's name")).note(SERVICE_NAME)
    })
}

/// Names become parts of paths and of names in the engine: a dot alone is none.
fn is_service_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

/// The condition under `when`.
pub(super) fn when(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Condition> {
    let text = text(node, "when", problems)?;
    let condition = Condition::parse(&text);
    if condition.is_none()
        && let Some(place) = node.get("when")
    {
        problems.push(
            place
                .error("this is no condition", "")
                .fix("write `x`, `not x`, `x is y` or `x is not y`"),
        );
    }
    condition
}
