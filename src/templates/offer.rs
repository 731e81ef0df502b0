//! Changes that a template offers for services that are there, worked out one by one.

use std::ops::Range;

use indexmap::IndexMap;
use regex::Regex;

use super::change::{Affected, Change};
use super::definition::Template;
use super::login::environment;
use super::scope::{Scope, Value};
use super::target::{Target, documents};
use crate::catalog::ImageName;
use crate::diagnostic::Diagnostic;
use crate::manifest::node::Node;
use crate::source::Source;

/// A change of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The change's name in the template.
    pub change: String,
    /// The service.
    pub service: String,
    /// What is asked.
    pub ask: String,
    /// What would be done.
    pub steps: Vec<Step>,
}

/// A part of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A variable is added.
    Set(String, String),
    /// A variable gets another value.
    Replace(String, String),
    /// A dependency is added.
    DependOn(String),
}

/// All changes that are still to be made.
pub(super) fn offers(
    template: &Template,
    target: &Target,
    scope: &Scope,
) -> Result<Vec<Offer>, Vec<Diagnostic>> {
    let services = target.services();
    let mut problems = Vec::new();
    let own = own_services(template, scope, &mut problems);
    let mut offers = Vec::new();
    for change in &template.changes {
        if change.when.as_ref().is_some_and(|when| !when.holds(scope)) {
            continue;
        }
        let affected = affected(change, &services, scope, &mut problems);
        for (name, replaced) in affected {
            let Some(node) = services.get(&name).filter(|_| !own.contains(&name)) else {
                continue;
            };
            let inner = scope.with("service", Value::Text(name.clone()));
            let mut steps: Vec<Step> = replaced
                .into_iter()
                .map(|(key, value)| Step::Replace(key, value))
                .collect();
            let written = environment(Some(node));
            for (key, value) in &change.environment {
                if !written.contains_key(key) {
                    let value = value.fill(&inner, &mut problems).text;
                    steps.push(Step::Set(key.clone(), value));
                }
            }
            let is_user = matches!(change.services, Affected::UsersOf { .. });
            let depends = change
                .depends_on
                .iter()
                .map(|other| other.fill(&inner, &mut problems).text);
            let missing: Vec<String> = depends.filter(|other| !depends_on(node, other)).collect();
            if !is_user || !steps.is_empty() {
                steps.extend(missing.into_iter().map(Step::DependOn));
            }
            if !steps.is_empty() {
                let ask = change.ask.fill(&inner, &mut problems).text;
                offers.push(Offer {
                    change: change.name.clone(),
                    service: name,
                    ask,
                    steps,
                });
            }
        }
    }
    if problems.is_empty() {
        Ok(offers)
    } else {
        Err(problems)
    }
}

/// The names of the services that the template itself brings.
fn own_services(template: &Template, scope: &Scope, problems: &mut Vec<Diagnostic>) -> Vec<String> {
    let text = template.part.fill(scope, problems).text;
    let documents = documents(&Source::new(template.part.source().name(), text));
    let roots = documents.unwrap_or_default();
    let services = roots.iter().filter_map(|root| root.get("services"));
    services
        .flat_map(Node::entries)
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// The services that a change is about, with the variables that get another value.
fn affected(
    change: &Change,
    services: &IndexMap<String, Node>,
    scope: &Scope,
    problems: &mut Vec<Diagnostic>,
) -> Vec<(String, Vec<(String, String)>)> {
    match &change.services {
        Affected::Named(name) => {
            vec![(name.fill(scope, problems).text, Vec::new())]
        }
        Affected::UsersOf { find, to, except } => {
            let to = to.fill(scope, problems).text;
            let (Some(host), port) = (
                scope.text(find, Some("host")),
                scope.text(find, Some("port")),
            ) else {
                return Vec::new();
            };
            services
                .iter()
                .filter(|(name, node)| *name != host && !is_image(node, except))
                .map(|(name, node)| {
                    (
                        name.clone(),
                        redirected(&environment(Some(node)), host, port, &to),
                    )
                })
                .filter(|(_, replaced)| !replaced.is_empty())
                .collect()
        }
    }
}

/// Whether a service has one of these images: each the last part of a name, without the tag.
fn is_image(service: &Node, names: &[String]) -> bool {
    let image = service.get("image").and_then(Node::as_str);
    let Some(image) = image.and_then(ImageName::parse) else {
        return false;
    };
    let last = image.repository().rsplit('/').next();
    names.iter().any(|name| last == Some(name))
}

/// The variables that name a host, with another one in its place.
fn redirected(
    environment: &IndexMap<String, String>,
    host: &str,
    port: Option<&str>,
    to: &str,
) -> Vec<(String, String)> {
    let (new_host, new_port) = to
        .split_once(':')
        .map_or((to, port), |(host, port)| (host, Some(port)));
    let mut replaced = Vec::new();
    for (key, value) in environment {
        if value == host {
            replaced.push((key.clone(), new_host.to_owned()));
            // `PGPORT` beside `PGHOST`, `DB_PORT` beside `DB_HOST`.
            let sibling = key.replace("HOSTNAME", "PORT").replace("HOST", "PORT");
            if let (Some(new), true) = (new_port, sibling != *key)
                && environment
                    .get(&sibling)
                    .is_some_and(|old| Some(old.as_str()) == port)
                && Some(new) != port
            {
                replaced.push((sibling, new.to_owned()));
            }
        } else if let Some(text) = with_host(value, host, new_host, new_port) {
            replaced.push((key.clone(), text));
        }
    }
    replaced
}

/// A text such as a URL with another host in the place of this one; `None` if it does not name it.
fn with_host(text: &str, host: &str, new_host: &str, new_port: Option<&str>) -> Option<String> {
    let pattern = format!(
        r"(?:^|@|//|[=,;( ]){}(:[0-9]+)?(?:$|[/?#,;) ])",
        regex::escape(host)
    );
    let pattern = Regex::new(&pattern).ok()?;
    let mut places: Vec<Range<usize>> = Vec::new();
    for found in pattern.captures_iter(text) {
        let whole = found.get(0)?;
        // A host stands behind a sign that begins one; the word alone in a sentence is none.
        let start = whole.start() + whole.as_str().find(host)?;
        let end = found.get(1).map_or(start + host.len(), |port| port.end());
        let in_url = text[..start].ends_with(['@', '/', '=']) || found.get(1).is_some();
        if in_url {
            places.push(start..end);
        }
    }
    if places.is_empty() {
        return None;
    }
    let mut new = text.to_owned();
    for place in places.into_iter().rev() {
        let had_port = text[place.clone()].contains(':');
        let address = match new_port {
            // `host=db port=5432`: the port is said elsewhere, and stays what it is.
            Some(port) if had_port || !text[..place.start].ends_with('=') => {
                format!("{new_host}:{port}")
            }
            _ => new_host.to_owned(),
        };
        new.replace_range(place, &address);
    }
    Some(new)
}

/// Whether a service depends on another, in either form.
fn depends_on(node: &Node, other: &str) -> bool {
    node.get("depends_on").is_some_and(|list| {
        list.has(other) || list.items().iter().any(|item| item.as_str() == Some(other))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_gets_another_one_where_it_is_a_host() {
        for (before, after) in [
            (
                "postgresql://a:b@db:5432/app",
                Some("postgresql://a:b@pool:6432/app"),
            ),
            (
                "postgresql://a:b@db/app?x=1",
                Some("postgresql://a:b@pool:6432/app?x=1"),
            ),
            (
                "jdbc:postgresql://db:5432/app",
                Some("jdbc:postgresql://pool:6432/app"),
            ),
            ("db:5432", Some("pool:6432")),
            ("postgresql://${U}:${P}@db:${PORT}/app", None),
            ("host=db dbname=app", Some("host=pool dbname=app")),
            ("a:1,db:5432", Some("a:1,pool:6432")),
            ("postgresql://db:b@other/db", None),
            ("mydb:5432", None),
            ("the db is here", None),
        ] {
            let new = with_host(before, "db", "pool", Some("6432"));
            assert_eq!(new.as_deref(), after, "{before}");
        }
    }

    #[test]
    fn the_port_beside_a_host_follows_it() {
        let environment = [
            ("PGHOST", "db"),
            ("PGPORT", "5432"),
            ("DB_NAME", "app"),
            ("OTHER_PORT", "5432"),
        ];
        let environment = environment
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            redirected(&environment, "db", Some("5432"), "pool:6432"),
            [pair("PGHOST", "pool"), pair("PGPORT", "6432")]
        );
    }
}
