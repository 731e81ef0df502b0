//! What a template looks for in the stack that is there, and what is told of it.
//!
//! What is put into the manifest again is told as it is written there: `${DB_PASSWORD}` stays that, so that no secret
//! is copied, and none that stands elsewhere is told at all.

use indexmap::IndexMap;

use super::definition::family_names;
use super::login::{login, url};
use super::reading::{flag, only_keys, text, texts};
use super::scope::Facts;
use crate::catalog::{Family, ImageName};
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::node::Node;
use crate::source::Span;
use crate::stack::{NetworkMode, Service, Stack};

/// What can be known of a service.
pub(super) const ATTRIBUTES: &[&str] = &[
    "service", "host", "port", "family", "image", "version", "user", "password", "database", "url",
];

/// Services that a template wants to know of.
#[derive(Debug, Clone)]
pub struct Find {
    /// The name under which they are known in the template.
    pub name: String,
    /// What is asked when there are several.
    pub ask: String,
    /// The kinds of software; any, if none is named.
    pub families: Vec<String>,
    /// Whether they must be built from source.
    pub built: bool,
    /// Whether all are meant, not one.
    pub all: bool,
    /// Whether it is fine if there is none.
    pub optional: bool,
    /// Where it stands.
    pub span: Span,
}

/// A service that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// What is known of it, by [`ATTRIBUTES`].
    pub facts: Facts,
    /// The networks that it is in, by key, if it is in others than the default one.
    pub networks: Vec<String>,
}

const KEYS: &[&str] = &["ask", "family", "built", "all", "optional"];

impl Find {
    /// Reads a find.
    pub(super) fn read(
        name: &str,
        key: &Span,
        node: &Node,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        only_keys(node, &format!("the find `{name}`"), KEYS, problems);
        let families = texts(node, "family", problems);
        let known = family_names();
        for family in &families {
            if known.contains(&family.as_str()) {
                continue;
            }
            let problem =
                Diagnostic::error(format!("there is no kind of software called `{family}`"))
                    .maybe_at(node.get("family").map(|node| &node.span), "");
            problems.push(match nearest(family, known.iter().copied()) {
                Some(near) => problem.fix(format!("did you mean `{near}`?")),
                None => problem.note(format!("there are {}", known.join(", "))),
            });
        }
        Self {
            name: name.to_owned(),
            ask: text(node, "ask", problems).unwrap_or_else(|| format!("Which {name}?")),
            families,
            built: flag(node, "built", problems),
            all: flag(node, "all", problems),
            optional: flag(node, "optional", problems),
            span: key.clone(),
        }
    }

    /// What it looks for, in words.
    pub fn wanted(&self) -> String {
        match (self.families.as_slice(), self.built) {
            ([], true) => "a service that is built from source".to_owned(),
            ([], false) => "a service".to_owned(),
            (families, _) => format!("a service of {}", families.join(" or ")),
        }
    }

    /// The services of the stack that fit, in the order of the manifest. `raw` are the services as they are written.
    pub fn candidates(&self, stack: &Stack, raw: &IndexMap<String, Node>) -> Vec<Found> {
        stack
            .services
            .values()
            .filter(|service| {
                let family = service.server().map(Family::name);
                let fits = self.families.is_empty()
                    || family.is_some_and(|family| self.families.iter().any(|f| f == family));
                fits && (!self.built || service.build.is_some())
            })
            .map(|service| found(service, raw.get(&service.name)))
            .collect()
    }
}

/// What is known of a service.
fn found(service: &Service, raw: Option<&Node>) -> Found {
    let mut facts = Facts::new();
    facts.insert("service", service.name.clone());
    facts.insert("host", service.name.clone());
    facts.insert("image", service.image.clone());
    if let Some(tag) =
        ImageName::parse(&service.image).and_then(|name| name.tag().map(str::to_owned))
    {
        facts.insert("version", tag);
    }
    if let Some(family) = service.server() {
        let port = family.port(service.facts());
        facts.insert("family", family.name().to_owned());
        facts.insert("port", port.to_string());
        facts.extend(login(service, raw));
        facts.extend(url(&facts).map(|url| ("url", url)));
    } else if let Some(port) = service.ports.first().map(|port| port.target) {
        facts.insert("port", port.to_string());
    }
    let networks: Vec<String> = match &service.network_mode {
        NetworkMode::Networks => service.networks.keys().cloned().collect(),
        _ => Vec::new(),
    };
    let only_default = networks.iter().all(|network| network == "default");
    Found {
        facts,
        networks: if only_default { Vec::new() } else { networks },
    }
}
