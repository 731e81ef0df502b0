//! What adding a template comes to: the new text of the manifest, files beside it, and what is to be said.
//!
//! Nothing is written here. The new text is read again, and must mean what the old one meant plus what was added.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::definition::Template;
use super::files::{NewFile, new_files};
use super::found::Found;
use super::interview::Answers;
use super::offer::{Offer, Step};
use super::part::{Piece, pieces};
use super::target::{Target, build_context, documents, repository};
use crate::diagnostic::Diagnostic;
use crate::manifest::Flavour;
use crate::manifest::edit::{EditRefused, Editor, Kind, is_plain, quoted};
use crate::manifest::file::{join, normalise};
use crate::manifest::node::Node;
use crate::source::Source;
use crate::stack::{LoadOptions, load};

/// What adding a template comes to.
#[derive(Debug, Clone)]
pub struct Addition {
    /// The manifest's path.
    pub path: PathBuf,
    /// How it is called in messages.
    pub shown: String,
    /// Its text as it is, as people read it; `None` if it is to be made.
    pub before: Option<String>,
    /// Its text as it will be, as people read it.
    pub after: String,
    /// The same as it will lie on the disk.
    pub raw: String,
    /// The files that are made beside it.
    pub files: Vec<NewFile>,
    /// What is there already and stays as it is.
    pub kept: Vec<Diagnostic>,
    /// What was chosen without a word of anybody's, and why.
    pub notes: Vec<String>,
    /// Warnings that the new manifest has and the old one had not.
    pub warnings: Vec<Diagnostic>,
    /// The services that are new.
    pub services: Vec<String>,
    /// What to do next, as the template says.
    pub next: Option<String>,
}

impl Addition {
    /// Works out what adding a template comes to.
    pub fn of(
        template: &Template,
        target: &Target,
        answers: &Answers,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let filled = template.part.fill(&answers.scope, &mut problems);
        let next = template
            .next
            .as_ref()
            .map(|next| next.fill(&answers.scope, &mut problems).text);
        if !problems.is_empty() {
            return Err(problems);
        }
        let made = Source::new(template.part.source().name(), filled.text.clone());
        let part = documents(&made)
            .map_err(|problems| template.part.where_written(&filled, &made, problems))?;
        let mut work = Work::new(target);
        let networks = joined(&answers.found, target);
        let mut new_services = Vec::new();
        let mut kept = Vec::new();
        let all = pieces(&filled.text, target.flavour);
        let any_service = all.iter().any(Piece::is_service);
        for piece in &all {
            if piece.is_service() && target.has_service(&piece.key) {
                match stays(piece, target, &part) {
                    Stays::AsItIs => {}
                    Stays::Different(note) => kept.push(note),
                    Stays::Conflict(problem) => problems.push(problem),
                }
            } else if piece.is_service() {
                new_services.push(piece.key.clone());
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        // Whoever has the services has taken the rest as it pleased.
        if !any_service || !new_services.is_empty() {
            for piece in &all {
                if piece.is_service() && !new_services.contains(&piece.key) {
                    continue;
                }
                work.add(piece, &networks, &mut kept)?;
            }
        }
        let files = if any_service && new_services.is_empty() {
            Vec::new()
        } else {
            new_files(template, target, &answers.scope, &mut kept)?
        };
        let mut notes = answers.notes.clone();
        if !networks.is_empty() && !new_services.is_empty() {
            notes.push(format!(
                "{} joins {}",
                new_services.join(", "),
                networks.join(", ")
            ));
        }
        for offer in &answers.changes {
            if let Err(why) = work.change(offer) {
                kept.push(*why);
            }
        }
        let raw = work.finish()?;
        let mut addition = Self {
            path: target.path.clone(),
            shown: target.shown.clone(),
            before: target.raw.clone().map(normalise),
            after: normalise(raw.clone()),
            raw,
            files,
            kept,
            notes,
            warnings: Vec::new(),
            services: new_services,
            next,
        };
        addition.check(target)?;
        Ok(addition)
    }

    /// Whether there is nothing to do.
    pub fn is_nothing(&self) -> bool {
        self.before.as_ref() == Some(&self.after) && self.files.is_empty()
    }

    /// Writes the files, then the manifest: as a whole, or not at all.
    pub fn write(&self) -> Result<(), Box<Diagnostic>> {
        let refused = |what: &str, error: &std::io::Error| {
            Box::new(Diagnostic::error(format!(
                "{what} cannot be written: {error}"
            )))
        };
        for (number, file) in self.files.iter().enumerate() {
            if let Err(error) = file.write() {
                for made in &self.files[..number] {
                    // What was made just now goes again; nobody else can have come to count on it.
                    let _ = std::fs::remove_file(&made.path);
                }
                return Err(refused(&file.shown, &error));
            }
        }
        if self.before.as_ref() == Some(&self.after) {
            return Ok(());
        }
        replace(&self.path, &self.raw).map_err(|error| refused(&self.shown, &error))
    }

    /// Loads the new manifest as `up` would; what is wrong with it and was not wrong before is an error.
    fn check(&mut self, target: &Target) -> Result<(), Vec<Diagnostic>> {
        let options = LoadOptions {
            files: files_of(target),
            unwritten: Some((target.path.clone(), self.raw.clone().into_bytes().into())),
            ..target.options.clone()
        };
        let loaded = load(&options);
        let before: Vec<&String> = target
            .problems
            .iter()
            .map(|problem| &problem.message)
            .collect();
        let is_new = |problem: &&Diagnostic| !before.contains(&&problem.message);
        // What names a file that is about to be made.
        let is_coming = |problem: &&Diagnostic| {
            let named = problem.place.as_ref().map(|place| {
                let text = place.span.text().trim_matches(['"', '\'']);
                join(&target.directory, text)
            });
            problem.message.ends_with("does not exist")
                && named.is_some_and(|path| self.files.iter().any(|it| it.path.starts_with(&path)))
        };
        let errors: Vec<Diagnostic> = loaded
            .diagnostics
            .iter()
            .filter(|problem| problem.is_error())
            .filter(is_new)
            .filter(|problem| !is_coming(problem))
            .cloned()
            .map(|problem| problem.note("the place is where it would stand: nothing was written"))
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

/// Puts a text in the place of a file's content: whoever reads it sees the old or the new one. A link stays one.
fn replace(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = path.parent().unwrap_or(std::path::Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let write = || {
        std::fs::write(&beside, text)?;
        if let Ok(facts) = std::fs::metadata(&path) {
            std::fs::set_permissions(&beside, facts.permissions())?;
        }
        std::fs::rename(&beside, &path)
    };
    let written = write();
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// The manifest's files, the new one among them.
fn files_of(target: &Target) -> Vec<PathBuf> {
    if target.raw.is_none() {
        vec![target.path.clone()]
    } else {
        target.options.files.clone()
    }
}

/// Edits, and what the manifest means with them.
#[derive(Clone)]
struct Work<'a> {
    target: &'a Target,
    editor: Editor,
    document: usize,
    expected: Vec<Json>,
}

impl<'a> Work<'a> {
    fn new(target: &'a Target) -> Self {
        let has_services = |root: &Node| root.has("services");
        Self {
            editor: Editor::new(target.raw.clone().unwrap_or_default()),
            document: target.documents.iter().rposition(has_services).unwrap_or(0),
            expected: target.documents.iter().map(Node::to_json).collect(),
            target,
        }
    }

    /// Puts an entry where its like stands.
    fn add(
        &mut self,
        piece: &Piece,
        networks: &[String],
        kept: &mut Vec<Diagnostic>,
    ) -> Result<(), Vec<Diagnostic>> {
        let target = self.target;
        if piece.path.is_empty() && piece.key == "name" && target.raw.is_some() {
            return Ok(());
        }
        let mut block = piece.block.clone();
        if piece.is_service() && !networks.is_empty() {
            block = with_networks(&block, networks);
        }
        let meaning = documents(&Source::new(target.shown.as_str(), block.as_str()))?;
        let value = meaning
            .first()
            .map_or(Json::Null, |node| node.to_json()[&piece.key].clone());
        let path: Vec<&str> = piece.path.iter().map(String::as_str).collect();
        if let Some((there, node)) = there(target, &path, &piece.key) {
            if node != value {
                kept.push(
                    Diagnostic::warning(format!(
                        "`{}` is there already and stays as it is",
                        piece.key
                    ))
                    .maybe_at(there.as_ref(), ""),
                );
            }
            return Ok(());
        }
        self.editor
            .insert_entry(self.document, &path, &block)
            .map_err(|refused| {
                let source = Source::new(target.shown.as_str(), self.editor.text().plain());
                vec![refused.diagnostic(&source.span(refused.range.start, refused.range.end))]
            })?;
        if self.expected.is_empty() {
            self.expected.push(Json::Object(serde_json::Map::new()));
        }
        let mut place = &mut self.expected[self.document];
        for key in &path {
            place = &mut place[*key];
            if place.is_null() {
                *place = Json::Object(serde_json::Map::new());
            }
        }
        place[&piece.key] = value;
        Ok(())
    }

    /// Carries out an offered change as a whole; where that is not possible, nothing is changed.
    fn change(&mut self, offer: &Offer) -> Result<(), Box<Diagnostic>> {
        let mut trial = self.clone();
        let service = offer.service.as_str();
        let document = trial.target.documents.iter().position(|root| {
            root.get("services")
                .is_some_and(|services| services.has(service))
        });
        let by_hand = |why: Diagnostic| {
            let steps: Vec<String> = offer.steps.iter().map(Step::in_words).collect();
            Box::new(why.note(format!("by hand, in `{service}`: {}", steps.join(", "))))
        };
        for step in &offer.steps {
            let done = trial.step(document.unwrap_or(0), service, step);
            done.map_err(|refused| {
                let source = Source::new(trial.target.shown.as_str(), trial.editor.text().plain());
                let span = source.span(refused.range.start, refused.range.end);
                by_hand(
                    Diagnostic::warning(format!(
                        "`{service}` is not changed: `{}` is {}",
                        refused.path, refused.found
                    ))
                    .at(&span, ""),
                )
            })?;
        }
        if trial.clone().finish().is_err() {
            return Err(by_hand(Diagnostic::warning(format!(
                "`{service}` is not changed: what would be changed belongs to others as well"
            ))));
        }
        *self = trial;
        Ok(())
    }

    fn step(&mut self, document: usize, service: &str, step: &Step) -> Result<(), EditRefused> {
        let key = if matches!(step, Step::DependOn(_)) {
            "depends_on"
        } else {
            "environment"
        };
        let path = ["services", service, key];
        let is_list = self
            .editor
            .find(document, &path)
            .is_some_and(|layout| matches!(layout.kind, Kind::Sequence { .. }));
        let root = &mut self.expected[document];
        let meaning = &mut root["services"][service][key];
        match step {
            Step::DependOn(other) if meaning.is_object() => {
                let condition = match self.target.flavour {
                    Flavour::Devstack => "service_healthy",
                    Flavour::Compose => "service_started",
                };
                meaning[other] = serde_json::json!({ "condition": condition });
                self.editor.insert_entry(
                    document,
                    &path,
                    &format!("{other}:\n  condition: {condition}"),
                )
            }
            Step::DependOn(other) => {
                append(meaning, other);
                self.editor.insert_item(document, &path, other)
            }
            Step::Set(name, value) if is_list => {
                append(meaning, &format!("{name}={value}"));
                self.editor
                    .insert_item(document, &path, &format!("{name}={value}"))
            }
            Step::Set(name, value) => {
                if meaning.is_null() {
                    *meaning = serde_json::json!({});
                }
                meaning[name] = Json::from(value.as_str());
                let written = if is_plain(value, false) {
                    value.clone()
                } else {
                    quoted(value)
                };
                self.editor
                    .insert_entry(document, &path, &format!("{name}: {written}"))
            }
            Step::Replace(name, value) if is_list => {
                let begins = format!("{name}=");
                let items = meaning
                    .as_array_mut()
                    .map(Vec::as_mut_slice)
                    .unwrap_or_default();
                let found = items
                    .iter_mut()
                    .enumerate()
                    .find(|(_, item)| item.as_str().is_some_and(|item| item.starts_with(&begins)));
                let Some((number, item)) = found else {
                    return Ok(());
                };
                *item = Json::from(format!("{name}={value}"));
                let number = number.to_string();
                self.editor.replace(
                    document,
                    &[path[0], path[1], path[2], &number],
                    &format!("{name}={value}"),
                )
            }
            Step::Replace(name, value) => {
                let is_number =
                    value.bytes().all(|byte| byte.is_ascii_digit()) && meaning[name].is_number();
                meaning[name] = match value.parse::<u64>() {
                    Ok(number) if is_number => Json::from(number),
                    _ => Json::from(value.as_str()),
                };
                self.editor
                    .replace(document, &[path[0], path[1], path[2], name], value)
            }
        }
    }

    /// The new text, if it means what it should.
    fn finish(self) -> Result<String, Vec<Diagnostic>> {
        let text = self.editor.text();
        let source = Source::new(self.target.shown.as_str(), text.plain());
        let unsure = || {
            Diagnostic::error(format!(
                "`{}` is written in a way that cannot be changed safely",
                source.name()
            ))
            .note("the changed text would not mean what it should, so nothing was written")
            .fix("add it by hand: `--dry-run` shows what")
        };
        let Ok(documents) = documents(&source) else {
            return Err(vec![unsure()]);
        };
        let meaning: Vec<Json> = documents.iter().map(Node::to_json).collect();
        if meaning != self.expected {
            return Err(vec![unsure()]);
        }
        Ok(text.raw().to_owned())
    }
}

impl Step {
    /// What is to be done, for whoever does it by hand.
    fn in_words(&self) -> String {
        match self {
            Self::Set(name, value) | Self::Replace(name, value) => format!("`{name}: {value}`"),
            Self::DependOn(other) => format!("`depends_on` {other}"),
        }
    }
}

fn append(list: &mut Json, item: &str) {
    match list.as_array_mut() {
        Some(items) => items.push(Json::from(item)),
        None => *list = Json::from(vec![item]),
    }
}

/// The place and the meaning of an entry that is there.
fn there(target: &Target, path: &[&str], key: &str) -> Option<(Option<crate::source::Span>, Json)> {
    target.documents.iter().find_map(|root| {
        let section = path.iter().try_fold(root, |node, key| node.get(key))?;
        let entry = section.as_mapping()?.get(key)?;
        Some((Some(entry.key.clone()), entry.node.to_json()))
    })
}

enum Stays {
    AsItIs,
    Different(Diagnostic),
    Conflict(Diagnostic),
}

/// What is to be said of a service that is there.
fn stays(piece: &Piece, target: &Target, part: &[Node]) -> Stays {
    let name = &piece.key;
    let ours = part
        .first()
        .and_then(|root| root.get("services")?.get(name));
    let theirs = target.services();
    let place = theirs.get(name).map(|node| &node.span);
    let image = |node: Option<&Node>| node.and_then(|node| repository(node.str("image")?));
    let context = |node: Option<&Node>| node.and_then(build_context);
    let same = target.repository(name) == image(ours) && context(ours) == context(theirs.get(name));
    if !same {
        return Stays::Conflict(
            Diagnostic::error(format!(
                "there is a service `{name}` already, and it is something else"
            ))
            .maybe_at(place, "is here")
            .fix("give the new one another name: `--name NAME`"),
        );
    }
    let compose = target.flavour == Flavour::Compose;
    let equal = ours.map(Node::to_json) == theirs.get(name).map(Node::to_json);
    if equal || compose {
        return Stays::AsItIs;
    }
    Stays::Different(
        Diagnostic::warning(format!("`{name}` is there already and stays as it is"))
            .maybe_at(place, ""),
    )
}

/// The networks that new services must be in to reach what they are wired to, if the default one will not do.
fn joined(found: &[Found], target: &Target) -> Vec<String> {
    let mut networks: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !networks.iter().any(|other| other == name) {
            networks.push(name.to_owned());
        }
    };
    if found.iter().any(|found| !found.networks.is_empty()) {
        for found in found {
            if found.networks.is_empty() {
                add("default");
            }
            found.networks.iter().for_each(|name| add(name));
        }
        return networks;
    }
    // Nobody is in the default network: then nobody would reach a service there.
    let services = target
        .stack
        .iter()
        .flat_map(|stack| stack.services.values());
    let lists: Vec<Vec<&String>> = services
        .map(|service| service.networks.keys().collect())
        .filter(|keys: &Vec<&String>| !keys.is_empty())
        .collect();
    let default = lists.iter().flatten().any(|key| *key == "default");
    if found.is_empty() && !default && !lists.is_empty() {
        let count = |name: &String| lists.iter().filter(|keys| keys.contains(&name)).count();
        let mut all: Vec<&String> = lists.iter().flatten().copied().collect();
        all.sort_by_key(|name| std::cmp::Reverse(count(name)));
        if let Some(name) = all.first() {
            add(name);
        }
    }
    networks
}

/// A service in these networks, unless it says something about networks itself.
fn with_networks(block: &str, networks: &[String]) -> String {
    let mut editor = Editor::new(block);
    let Some(name) = editor
        .documents()
        .first()
        .and_then(|root| root.entries().first().map(|entry| entry.name.clone()))
    else {
        return block.to_owned();
    };
    let path = [name.as_str()];
    let says = |key: &str| editor.find(0, &[&name, key]).is_some();
    if says("networks") || says("network_mode") {
        return block.to_owned();
    }
    match editor.insert_entry(0, &path, &format!("networks: [{}]", networks.join(", "))) {
        Ok(()) => editor.text().raw().to_owned(),
        Err(_) => block.to_owned(),
    }
}
