//! `seed`: each kind in a file of its own.

mod command;
mod file;
mod files;
mod request;

use std::path::Path;

use super::Context;
use crate::diagnostic::Diagnostic;
use crate::manifest::LoadOptions;
use crate::manifest::canonical::list_of;
use crate::manifest::node::{Node, Value};
use crate::stack::{Port, Seed, SeedKind};

/// The kinds of a seed, each with the settings that belong to it.
const KINDS: [(&str, &[&str]); 4] = [
    ("file", &["table", "columns", "delimiter", "header"]),
    ("exec", &[]),
    ("run", &["in", "inputs"]),
    ("http", &[]),
];

/// Whose seeds are lowered.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// The service's name.
    pub(super) name: &'a str,
    /// The family of its software.
    pub(super) family: Option<&'static str>,
    /// Its published ports.
    pub(super) ports: &'a [Port],
    /// Its exposed ports.
    pub(super) expose: &'a [String],
}

/// Lowers the seeds of a service.
pub(super) fn lower(
    subject: Subject<'_>,
    own: Option<&Node>,
    context: &Context<'_>,
    options: &LoadOptions,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Seed> {
    let Some(list) = own.and_then(|own| own.get("seed")) else {
        return Vec::new();
    };
    let mut reader = Reader {
        subject,
        context,
        directory: context.directory,
        user: &options.directory,
        seeds: Vec::new(),
        problems,
        family_missing: false,
    };
    for item in list.items() {
        reader.item(item);
    }
    reader.seeds
}

struct Reader<'a> {
    subject: Subject<'a>,
    context: &'a Context<'a>,
    directory: &'a Path,
    user: &'a Path,
    seeds: Vec<Seed>,
    problems: &'a mut Vec<Diagnostic>,
    /// That the family is not known has been said.
    family_missing: bool,
}

impl Reader<'_> {
    fn item(&mut self, node: &Node) {
        if let Some(text) = node.as_str() {
            self.file(node, text, None);
            return;
        }
        let kinds: Vec<&(&str, &[&str])> =
            KINDS.iter().filter(|(kind, _)| node.has(kind)).collect();
        let [(kind, settings)] = kinds.as_slice() else {
            // Keys that are no keys are reported, and are not here any more.
            if kinds.is_empty() && node.entries().next().is_none() && node.span.text().contains(':')
            {
                return;
            }
            let known: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
            let message = match kinds.as_slice() {
                [] => format!("a seed must have one of {}", list_of(&known)),
                _ => "a seed can be of one kind only".to_owned(),
            };
            let problem = node.error(message, "");
            self.problems.push(match kinds.as_slice() {
                [] => problem,
                _ => problem.fix("make it several entries of `seed`, in the order in which they are to be applied"),
            });
            return;
        };
        let mut right = true;
        for (key, entry) in node.entries() {
            if key == *kind || key.starts_with("x-") || settings.contains(&key) {
                continue;
            }
            right = false;
            let belongs = KINDS.iter().find(|(_, settings)| settings.contains(&key));
            self.problems.push(
                Diagnostic::error(format!("`{key}` means nothing beside `{kind}`"))
                    .at(&entry.key, "")
                    .fix(format!(
                        "take it out: it belongs to `{}`",
                        belongs.map_or("file", |(kind, _)| *kind)
                    )),
            );
        }
        let value = node.get(kind).filter(|value| !value.is_null());
        let (true, Some(value)) = (right, value) else {
            return;
        };
        match *kind {
            "file" => {
                if let Some(text) = value.as_str() {
                    self.file(value, text, Some(node));
                }
            }
            "exec" => self.exec(value),
            "run" => self.run(value, node),
            _ => self.http(value),
        }
    }

    fn add(&mut self, node: &Node, kind: SeedKind, label: String) {
        self.seeds.push(Seed {
            kind,
            label,
            span: node.span.clone(),
        });
    }

    /// A command and how messages name it: a line for the shell, or words.
    fn words(&mut self, node: &Node, key: &str) -> Option<(Vec<String>, String)> {
        let (command, label) = if let Value::Sequence(items) = &node.value {
            let words: Vec<String> = items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect();
            let label = words.join(" ");
            (words, label)
        } else {
            let line = node.as_str().unwrap_or_default();
            let words = ["sh", "-c", line].map(str::to_owned).to_vec();
            (words, line.to_owned())
        };
        if label.trim().is_empty() {
            self.problems
                .push(node.error(format!("`{key}` needs a command"), ""));
            return None;
        }
        Some((command, label))
    }
}
