//! What a template offers to change in services that are there.

use std::sync::Arc;

use super::condition::Condition;
use super::definition::inner_pattern;
use super::found::ATTRIBUTES;
use super::pattern::{Kind, Pattern};
use super::question::when;
use super::reading::{only_keys, text, texts};
use crate::diagnostic::Diagnostic;
use crate::manifest::node::{Entry, Node};
use crate::source::{Source, Span};

/// An offered change.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its name: `--set NAME=no` declines it.
    pub name: String,
    /// What is asked; `((service))` is the service that would be changed.
    pub ask: Pattern,
    /// When it is offered.
    pub when: Option<Condition>,
    /// Which services it is about.
    pub services: Affected,
    /// The environment that is added, by variable.
    pub environment: Vec<(String, Pattern)>,
    /// The dependencies that are added.
    pub depends_on: Vec<Pattern>,
    /// Where it stands.
    pub span: Span,
}

/// Which services a change is about.
#[derive(Debug, Clone)]
pub enum Affected {
    /// This one.
    Named(Pattern),
    /// Whichever names the host of a find in its environment: there it becomes another host.
    UsersOf {
        /// The find.
        find: String,
        /// The host, or `host:port`, that takes its place.
        to: Pattern,
        /// The images whose services stay as they are: the last part of an image's name, without the tag.
        except: Vec<String>,
    },
}

const KEYS: &[&str] = &[
    "ask",
    "when",
    "service",
    "users",
    "to",
    "except",
    "environment",
    "depends_on",
];

impl Change {
    /// Reads a change.
    pub(super) fn read(
        name: &str,
        entry: &Entry,
        definition: &Arc<Source>,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let node = &entry.node;
        only_keys(node, &format!("the change `{name}`"), KEYS, problems);
        let mut pattern = |key: &str| {
            node.get(key)
                .map(|value| inner_pattern(definition, value, problems))
        };
        let (ask, service, to) = (pattern("ask"), pattern("service"), pattern("to"));
        let wrong =
            |message: String, fix: &str| Diagnostic::error(message).at(&entry.key, "").fix(fix);
        let empty = Pattern::plain(&Source::new("", ""), problems);
        if ask.is_none() {
            problems.push(wrong(
                format!("the change `{name}` does not say what it asks"),
                "add `ask: …?`",
            ));
        }
        let users = text(node, "users", problems);
        let except = texts(node, "except", problems);
        let services = match (service, users, to) {
            (Some(service), None, None) => Affected::Named(service),
            (None, Some(find), Some(to)) => Affected::UsersOf { find, to, except },
            _ => {
                problems.push(wrong(
                    format!("the change `{name}` does not say whom it changes"),
                    "write `service: NAME`, or `users: FIND` and `to: HOST:PORT`",
                ));
                Affected::Named(empty.clone())
            }
        };
        let environment = entries(node, "environment", problems)
            .into_iter()
            .map(|(key, value)| (key, inner_pattern(definition, value, problems)))
            .collect();
        let depends_on = match node.get("depends_on") {
            None => Vec::new(),
            Some(value) => value
                .items()
                .iter()
                .map(|item| inner_pattern(definition, item, problems))
                .collect(),
        };
        Self {
            name: name.to_owned(),
            ask: ask.unwrap_or(empty),
            when: when(node, problems),
            services,
            environment,
            depends_on,
            span: entry.key.clone(),
        }
    }

    /// Checks the names that its texts use.
    pub(super) fn check(&self, known: &[(&str, Kind)], problems: &mut Vec<Diagnostic>) {
        let with_service: Vec<(&str, Kind)> = known
            .iter()
            .copied()
            .chain([("service", Kind::Text)])
            .collect();
        let mut texts = vec![&self.ask];
        texts.extend(self.environment.iter().map(|(_, value)| value));
        texts.extend(&self.depends_on);
        match &self.services {
            Affected::Named(service) => texts.push(service),
            Affected::UsersOf { find, to, .. } => {
                texts.push(to);
                if !known.contains(&(find.as_str(), Kind::Service)) {
                    problems.push(
                        Diagnostic::error(format!("there is no find `{find}` of one service"))
                            .at(&self.span, "is about its users"),
                    );
                }
            }
        }
        for text in texts {
            text.check(&with_service, ATTRIBUTES, problems);
        }
    }
}

fn entries<'a>(
    node: &'a Node,
    key: &str,
    problems: &mut Vec<Diagnostic>,
) -> Vec<(String, &'a Node)> {
    let Some(value) = node.get(key) else {
        return Vec::new();
    };
    if value.as_mapping().is_none() {
        problems.push(value.error(
            format!("`{key}` is a mapping here, not {}", value.describe()),
            "",
        ));
    }
    value
        .entries()
        .map(|(key, entry)| (key.to_owned(), &entry.node))
        .collect()
}
