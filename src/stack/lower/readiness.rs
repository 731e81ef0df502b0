//! When a service counts as ready: `ready`, else its health check, else what the catalogue knows, else its image.

use std::time::Duration;

use indexmap::IndexMap;
use regex::Regex;

use super::Context;
use crate::catalog;
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::canonical::list_of;
use crate::manifest::node::{Node, ScalarKind, Value};
use crate::manifest::{number, quantity};
use crate::stack::{Check, HealthTest, Healthcheck, HttpCheck, Port, Protocol, Readiness};

/// How long a service may take.
const TIMEOUT: Duration = Duration::from_mins(2);
/// How long a service that does its work and ends may take.
const ONE_SHOT_TIMEOUT: Duration = Duration::from_mins(10);
/// How long `ready: running` watches.
const STABLE: Duration = Duration::from_secs(2);

/// The kinds that need no family.
const KINDS: [&str; 7] = [
    "http",
    "tcp",
    "log",
    "exec",
    "healthcheck",
    "running",
    "completed",
];

/// What is looked at.
pub(super) struct Subject<'a> {
    /// The service's name.
    pub(super) name: &'a str,
    /// Its tree.
    pub(super) node: &'a Node,
    /// Its own devstack keys.
    pub(super) own: Option<&'a Node>,
    /// The family of its software.
    pub(super) family: Option<&'static str>,
    /// Its health check.
    pub(super) healthcheck: Option<&'a Healthcheck>,
    /// Its published ports.
    pub(super) ports: &'a [Port],
    /// Its exposed ports.
    pub(super) expose: &'a [String],
}

/// The family that `ready` names, for an image that is not recognised by its name.
pub(super) fn named_family(own: Option<&Node>) -> Option<&'static str> {
    let ready = own?.get("ready")?;
    let items = match &ready.value {
        Value::Sequence(items) => items.as_slice(),
        _ => std::slice::from_ref(ready),
    };
    items.iter().find_map(|item| {
        let name = match &item.value {
            Value::Mapping(mapping) => mapping.keys().find_map(|key| catalog::family(key)),
            _ => catalog::family(item.as_str()?),
        };
        name.map(catalog::Family::name)
    })
}

/// Decides.
pub(super) fn lower(
    subject: &Subject<'_>,
    context: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Readiness {
    if let Some(ready) = subject.own.and_then(|own| own.get("ready")) {
        return given(ready, subject, problems);
    }
    if context.one_shots.contains(subject.name) {
        return Readiness {
            checks: vec![Check::Completed],
            timeout: ONE_SHOT_TIMEOUT,
            span: None,
        };
    }
    if let Some(check) = subject.healthcheck
        && check.test != HealthTest::None
    {
        let mut checks = vec![match check.test {
            // Other settings for the image's own check: the image decides, with those settings.
            HealthTest::Inherit => Check::FromImage,
            _ => Check::Healthcheck(check.clone()),
        }];
        checks.extend(subject.family.map(Check::Listening));
        return Readiness {
            checks,
            timeout: TIMEOUT,
            span: subject.node.key_span("healthcheck").cloned(),
        };
    }
    Readiness {
        checks: vec![subject.family.map_or(Check::FromImage, Check::Family)],
        timeout: TIMEOUT,
        span: None,
    }
}

fn given(ready: &Node, subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) -> Readiness {
    let mut reader = Reader {
        subject,
        problems,
        checks: Vec::new(),
        timeout: None,
    };
    match &ready.value {
        Value::Sequence(items) => items.iter().for_each(|item| reader.item(item)),
        _ => reader.item(ready),
    }
    let Reader {
        checks, timeout, ..
    } = reader;
    let default = if checks.contains(&Check::Completed) {
        ONE_SHOT_TIMEOUT
    } else {
        TIMEOUT
    };
    Readiness {
        checks,
        timeout: timeout.unwrap_or(default),
        span: Some(ready.span.clone()),
    }
}

struct Reader<'a, 'p> {
    subject: &'a Subject<'a>,
    problems: &'p mut Vec<Diagnostic>,
    checks: Vec<Check>,
    timeout: Option<Duration>,
}

impl Reader<'_, '_> {
    /// One kind, by its name or as a mapping with settings.
    fn item(&mut self, node: &Node) {
        let Value::Mapping(mapping) = &node.value else {
            match node.as_str() {
                Some(kind) => {
                    let kind = kind.to_owned();
                    self.check(&kind, node, None, node);
                }
                None => self.wrong(node, "`ready` must be a kind, a mapping of one, or a list"),
            }
            return;
        };
        let mut kind = None;
        for (key, entry) in mapping {
            match key.as_str() {
                "timeout" => self.set_timeout(&entry.node),
                "port" | "path" | "status" | "body" | "headers" | "method" => {}
                _ if kind.is_none() => kind = Some((key, entry)),
                _ => self.problems.push(
                    Diagnostic::error(format!("`{key}` is a second kind in one entry of `ready`"))
                        .at(&entry.key, "")
                        .fix("make `ready` a list, one kind an entry"),
                ),
            }
        }
        if let Some((kind, entry)) = kind {
            let place = Node::new(entry.node.value.clone(), entry.key.clone());
            self.check(kind, &place, Some(&entry.node), node);
        } else if !node.has("timeout") {
            self.wrong(node, "`ready` names no kind");
        }
    }

    fn wrong(&mut self, node: &Node, message: &str) {
        let known: Vec<&str> = known_kinds();
        self.problems.push(
            node.error(message, "")
                .note(format!("kinds are {}", list_of(&known))),
        );
    }

    fn set_timeout(&mut self, node: &Node) {
        match node.as_str().and_then(quantity::duration) {
            Some(timeout) => self.timeout = self.timeout.max(Some(timeout)),
            None => self
                .problems
                .push(node.error("`timeout` must be a duration such as `60s`", "")),
        }
    }

    /// Adds the check of a kind: `value` is what stands behind its name, `settings` the mapping around it.
    fn check(&mut self, kind: &str, place: &Node, value: Option<&Node>, settings: &Node) {
        let value = value.filter(|value| !value.is_null());
        let inner = value.filter(|value| value.as_mapping().is_some());
        if let Some(inner) = inner {
            if let Some(timeout) = inner.get("timeout") {
                self.set_timeout(timeout);
            }
            let expected: &[&str] = match kind {
                "http" => &[
                    "path", "port", "status", "body", "headers", "method", "timeout",
                ],
                "tcp" => &["port", "timeout"],
                "log" => &["pattern", "timeout"],
                "exec" => &["command", "timeout"],
                "running" => &["for", "timeout"],
                _ => &["timeout"],
            };
            for (key, entry) in inner.entries().filter(|(key, _)| !expected.contains(key)) {
                let problem = Diagnostic::error(format!("`{key}` is not a setting of `{kind}`"))
                    .at(&entry.key, "");
                self.problems
                    .push(match nearest(key, expected.iter().copied()) {
                        Some(right) => problem.fix(format!("did you mean `{right}`?")),
                        None => problem.note(format!("its settings are {}", list_of(expected))),
                    });
            }
        }
        let setting = |key: &str| {
            inner
                .and_then(|inner| inner.get(key))
                .or_else(|| settings.get(key))
        };
        let single = value.filter(|value| value.as_mapping().is_none());
        let check = match kind {
            "http" => self.http(place, single, &setting),
            "tcp" => self
                .port(place, single.or_else(|| setting("port")))
                .map(|port| Check::Tcp { port }),
            "log" => self.log(place, single.or_else(|| setting("pattern"))),
            "exec" => self.exec(place, single.or_else(|| setting("command"))),
            "running" => self.running(single.or_else(|| setting("for"))),
            "completed" => Some(Check::Completed),
            "healthcheck" => match self.subject.healthcheck {
                Some(check) if check.test == HealthTest::None => {
                    self.problems.push(place.error(
                        "`ready: healthcheck`, and the health check is switched off",
                        "",
                    ));
                    None
                }
                Some(check) if check.test != HealthTest::Inherit => {
                    Some(Check::Healthcheck(check.clone()))
                }
                _ => Some(Check::FromImage),
            },
            _ => {
                if let Some(family) = catalog::family(kind) {
                    Some(Check::Family(family.name()))
                } else {
                    let problem = place.error(format!("`{kind}` is not a kind of readiness"), "");
                    let known = known_kinds();
                    self.problems
                        .push(match nearest(kind, known.iter().copied()) {
                            Some(right) => problem.fix(format!("did you mean `{right}`?")),
                            None => problem.note(format!("kinds are {}", list_of(&known))),
                        });
                    None
                }
            }
        };
        self.checks.extend(check);
    }

    fn http<'n>(
        &mut self,
        place: &Node,
        single: Option<&'n Node>,
        setting: &dyn Fn(&str) -> Option<&'n Node>,
    ) -> Option<Check> {
        let path = single.or_else(|| setting("path"));
        let text = path.and_then(Node::as_str).unwrap_or("/");
        if !text.starts_with('/') {
            self.problems.push(
                path.unwrap_or(place)
                    .error(
                        format!("the path `{text}` of an HTTP check must begin with `/`"),
                        "",
                    )
                    .note(
                        "the check goes to the service's own container; the port is set by `port`",
                    ),
            );
            return None;
        }
        let port = match setting("port") {
            Some(node) => Some(self.port(place, Some(node))?),
            None => None,
        };
        let status = match setting("status") {
            Some(node) => self.status(node)?,
            None => vec![(200, 399)],
        };
        let body = match setting("body") {
            Some(node) => Some(self.pattern(node)?),
            None => None,
        };
        let headers: IndexMap<String, String> = setting("headers")
            .into_iter()
            .flat_map(Node::entries)
            .filter_map(|(name, entry)| Some((name.to_owned(), entry.node.as_str()?.to_owned())))
            .collect();
        let method = setting("method").and_then(Node::as_str).unwrap_or("GET");
        Some(Check::Http(HttpCheck {
            path: text.to_owned(),
            port,
            status,
            body,
            headers,
            method: method.to_ascii_uppercase(),
        }))
    }

    fn status(&mut self, node: &Node) -> Option<Vec<(u16, u16)>> {
        let items = match &node.value {
            Value::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut ranges = Vec::new();
        for item in items {
            let text = item.as_str().unwrap_or_default();
            let (from, to) = text.split_once('-').unwrap_or((text, text));
            match (from.trim().parse(), to.trim().parse()) {
                (Ok(from), Ok(to)) if (100..=599).contains(&from) && from <= to && to <= 599 => {
                    ranges.push((from, to));
                }
                _ => {
                    self.problems.push(
                        item.error(
                            format!("`{text}` is not a status code or a range of them"),
                            "",
                        )
                        .note("write `200`, `200-299`, or a list of such"),
                    );
                    return None;
                }
            }
        }
        Some(ranges)
    }

    fn port(&mut self, place: &Node, node: Option<&Node>) -> Option<u16> {
        let Some(node) = node else {
            let first = first_port(self.subject);
            if first.is_none() {
                self.problems.push(
                    place
                        .error(
                            "this check does not know which port of the container to ask",
                            "",
                        )
                        .fix("add `port: …`"),
                );
            }
            return first;
        };
        let port = node
            .as_str()
            .and_then(number::integer)
            .and_then(|port| u16::try_from(port).ok())
            .filter(|port| *port > 0);
        if port.is_none() {
            self.problems
                .push(node.error("`port` must be a number from 1 to 65535", ""));
        }
        port
    }

    fn log(&mut self, place: &Node, pattern: Option<&Node>) -> Option<Check> {
        let Some(pattern) = pattern else {
            self.problems.push(
                place
                    .error("`log` needs the pattern to look for", "")
                    .fix("write `log: \"ready to accept connections\"`"),
            );
            return None;
        };
        let pattern = self.pattern(pattern)?;
        Some(Check::Log { pattern })
    }

    fn pattern(&mut self, node: &Node) -> Option<String> {
        let text = node.as_str().unwrap_or_default();
        if text.is_empty() {
            self.problems
                .push(node.error("a pattern must be a text that is not empty", ""));
            return None;
        }
        if let Err(error) = Regex::new(text) {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            self.problems.push(
                node.error(format!("this is not a regular expression: {reason}"), "")
                    .fix("put a backslash before characters such as `(`, `[` and `*`"),
            );
            return None;
        }
        Some(text.to_owned())
    }

    fn exec(&mut self, place: &Node, command: Option<&Node>) -> Option<Check> {
        let words = match command.map(|node| &node.value) {
            Some(Value::Sequence(items)) => items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect(),
            Some(Value::Scalar(scalar)) if scalar.kind != ScalarKind::Null => {
                vec!["sh".to_owned(), "-c".to_owned(), scalar.text.clone()]
            }
            _ => Vec::new(),
        };
        if words.is_empty() {
            self.problems.push(
                place
                    .error("`exec` needs a command", "")
                    .fix("write `exec: \"test -f /ready\"`, or a list"),
            );
            return None;
        }
        Some(Check::Exec { command: words })
    }

    fn running(&mut self, node: Option<&Node>) -> Option<Check> {
        let during = match node {
            None => Some(STABLE),
            Some(node) => {
                let during = node.as_str().and_then(quantity::duration);
                if during.is_none() {
                    self.problems
                        .push(node.error("`running` takes a duration such as `5s`", ""));
                }
                during
            }
        };
        during.map(|during| Check::Running { during })
    }
}

fn known_kinds() -> Vec<&'static str> {
    catalog::FAMILIES
        .iter()
        .map(|family| family.name())
        .chain(KINDS)
        .collect()
}

/// The first TCP port that the manifest publishes or exposes.
fn first_port(subject: &Subject<'_>) -> Option<u16> {
    subject
        .ports
        .iter()
        .find(|port| port.protocol == Protocol::Tcp)
        .map(|port| port.target)
        .or_else(|| {
            subject
                .expose
                .iter()
                .filter_map(|port| port.strip_suffix("/tcp"))
                .find_map(|port| port.parse().ok())
        })
}
