//! A template: its description (template.yaml), what it puts into the manifest (devstack.yaml) and beside it (files/).

use std::sync::Arc;

use globset::{Glob, GlobMatcher};

use super::bundle::{Bundle, DEFINITION, FILES, PART};
use super::change::Change;
use super::condition::Condition;
use super::found::{ATTRIBUTES, Find};
use super::interview::Answers;
use super::pattern::{Kind, Pattern};
use super::question::{Question, when};
use super::reading::{flag, only_keys, text};
use crate::catalog::FAMILIES;
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::edit::Layout;
use crate::manifest::node::{Entry, Node};
use crate::manifest::{file, yaml};
use crate::source::{Source, Span};

/// A template.
#[derive(Debug, Clone)]
pub struct Template {
    /// What it is called in `devstack add NAME`.
    pub name: String,
    /// What it brings, in one line.
    pub about: String,
    /// What else is to be said of it.
    pub details: Option<String>,
    /// What its main service is called if nobody says anything; none if its services have names of their own.
    pub service: Option<String>,
    /// The folder beside the manifest into which its files go; may have placeholders.
    pub into: String,
    /// What it asks, in order.
    pub questions: Vec<Question>,
    /// What it looks for in the stack.
    pub finds: Vec<Find>,
    /// What it offers to change in services that are there.
    pub changes: Vec<Change>,
    /// Which of its files are special.
    pub rules: Vec<FileRule>,
    /// What shows that it works.
    pub checks: Vec<Check>,
    /// What to do next.
    pub next: Option<Pattern>,
    /// What it puts into the manifest.
    pub part: Pattern,
    /// All its files.
    pub bundle: Bundle,
}

/// What is special about some of a template's files.
#[derive(Debug, Clone)]
pub struct FileRule {
    /// Which files, by their path below `files/`.
    pub files: GlobMatcher,
    /// Whether placeholders in them are filled in.
    pub fill: bool,
    /// When they are copied.
    pub when: Option<Condition>,
    /// Where it stands.
    pub span: Span,
}

/// A command that shows that a service works: it succeeds, and prints what is expected.
#[derive(Debug, Clone)]
pub struct Check {
    /// The service in which it runs.
    pub service: Pattern,
    /// The command, for `sh -c`.
    pub run: Pattern,
    /// What its output must contain.
    pub expect: Option<Pattern>,
}

/// A check with its placeholders filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The service in which the command runs.
    pub service: String,
    /// The command, for `sh -c`.
    pub run: String,
    /// What its output must contain; it is enough that it succeeds if nothing is said.
    pub expect: String,
}

impl Check {
    /// What is to be run with these answers.
    pub fn proof(&self, answers: &Answers) -> Result<Proof, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut fill = |pattern: &Pattern| pattern.fill(&answers.scope, &mut problems).text;
        let proof = Proof {
            service: fill(&self.service),
            run: fill(&self.run),
            expect: self.expect.as_ref().map(&mut fill).unwrap_or_default(),
        };
        if problems.is_empty() {
            Ok(proof)
        } else {
            Err(problems)
        }
    }
}

const KEYS: &[&str] = &[
    "about",
    "details",
    "service",
    "into",
    "questions",
    "finds",
    "changes",
    "files",
    "check",
    "next",
];

/// Names that every template has.
pub(super) const BUILT_IN: &[&str] = &["name", "project", "file"];

impl Template {
    /// Reads a template; an error has every problem of it.
    pub fn read(bundle: Bundle) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let template = Self::read_all(bundle, &mut problems);
        match template {
            Some(template) if problems.is_empty() => Ok(template),
            _ => Err(problems),
        }
    }

    fn read_all(bundle: Bundle, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        let definition = source(&bundle, DEFINITION, problems)?;
        let part = source(&bundle, PART, problems)?;
        let node = document(&definition, problems)?;
        only_keys(&node, "a template", KEYS, problems);
        let about = text(&node, "about", problems);
        if about.is_none() {
            problems.push(
                node.error("a template must say what it brings", "")
                    .fix("add `about: …` to template.yaml"),
            );
        }
        let questions: Vec<Question> = entries(&node, "questions", problems)
            .map(|(name, entry)| {
                Question::read(name, &entry.key, &entry.node, &definition, problems)
            })
            .collect();
        let finds: Vec<Find> = entries(&node, "finds", problems)
            .map(|(name, entry)| Find::read(name, &entry.key, &entry.node, problems))
            .collect();
        let changes: Vec<Change> = entries(&node, "changes", problems)
            .map(|(name, entry)| Change::read(name, entry, &definition, problems))
            .collect();
        let pattern = |key: &str, problems: &mut Vec<Diagnostic>| {
            let value = node.get(key)?;
            text(&node, key, problems)?;
            Some(inner_pattern(&definition, value, problems))
        };
        let next = pattern("next", problems);
        let template = Self {
            about: about.unwrap_or_default(),
            details: text(&node, "details", problems),
            service: text(&node, "service", problems),
            into: text(&node, "into", problems).unwrap_or_else(|| "((name))".to_owned()),
            rules: rules(&node, problems),
            checks: checks(&node, &definition, problems),
            part: Pattern::yaml(&part, problems),
            name: bundle.name.clone(),
            questions,
            finds,
            changes,
            next,
            bundle,
        };
        // Keys may stand there twice, under different conditions: only its syntax is checked before it is filled in.
        if Layout::of(part.text()).is_none() {
            document(&part, problems);
        }
        template.check_names(problems);
        template.check_files(problems);
        Some(template)
    }

    /// The names that placeholders may have, and what each stands for.
    pub(super) fn names(&self) -> Vec<(&str, Kind)> {
        let questions = self.questions.iter().map(|q| (q.name.as_str(), Kind::Text));
        let finds = self.finds.iter().map(|find| {
            let kind = if find.all { Kind::List } else { Kind::Service };
            (find.name.as_str(), kind)
        });
        let built_in = BUILT_IN.iter().map(|&name| (name, Kind::Text));
        built_in.chain(questions).chain(finds).collect()
    }

    /// Every name in every text must be known, and known once.
    fn check_names(&self, problems: &mut Vec<Diagnostic>) {
        let known = self.names();
        let mut texts = vec![&self.part];
        texts.extend(&self.next);
        for check in &self.checks {
            texts.extend([&check.service, &check.run]);
            texts.extend(&check.expect);
        }
        for text in texts {
            text.check(&known, ATTRIBUTES, problems);
        }
        for change in &self.changes {
            change.check(&known, problems);
        }
        for (number, question) in self.questions.iter().enumerate() {
            let later: Vec<&str> = self.questions[number..]
                .iter()
                .map(|later| later.name.as_str())
                .collect();
            let above: Vec<(&str, Kind)> = known
                .iter()
                .filter(|(name, _)| !later.contains(name))
                .copied()
                .collect();
            if let Some(default) = &question.default {
                default.check(&above, ATTRIBUTES, problems);
            }
            check_condition(question.when.as_ref(), &question.span, &above, problems);
        }
        for change in &self.changes {
            check_condition(change.when.as_ref(), &change.span, &known, problems);
        }
        for rule in &self.rules {
            check_condition(rule.when.as_ref(), &rule.span, &known, problems);
        }
        let places = self
            .questions
            .iter()
            .map(|question| (&question.name, &question.span))
            .chain(self.finds.iter().map(|find| (&find.name, &find.span)));
        for (index, (name, span)) in places.clone().enumerate() {
            let taken = BUILT_IN.contains(&name.as_str())
                || places.clone().take(index).any(|(other, _)| other == name);
            let well_formed = name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| {
                    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-')
                });
            if taken {
                problems.push(
                    Diagnostic::error(format!("`{name}` stands for something else already"))
                        .at(span, ""),
                );
            } else if !well_formed {
                problems.push(
                    Diagnostic::error(format!("`{name}` cannot be a placeholder"))
                        .at(span, "")
                        .note("a placeholder has lower case letters, digits, `_` and `-`, and begins with a letter"),
                );
            }
        }
    }

    /// Every file that is filled in must be a text whose names are known.
    fn check_files(&self, problems: &mut Vec<Diagnostic>) {
        for (path, bytes) in self.bundle.extra_files() {
            if !self.fills(path) {
                continue;
            }
            let name = self.bundle.shown(&format!("{FILES}{path}"));
            match file::decode(name, bytes.to_vec()) {
                Ok(source) => {
                    Pattern::plain(&source, problems).check(&self.names(), ATTRIBUTES, problems);
                }
                Err(error) => problems.push(error.diagnostic(None)),
            }
        }
    }

    /// Whether placeholders in one of its files are filled in.
    pub(super) fn fills(&self, path: &str) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.fill && rule.files.is_match(path))
    }
}

/// Reports a condition whose name is not known.
fn check_condition(
    condition: Option<&Condition>,
    span: &Span,
    known: &[(&str, Kind)],
    problems: &mut Vec<Diagnostic>,
) {
    let Some(condition) = condition else { return };
    if known.iter().any(|(name, _)| *name == condition.name) {
        return;
    }
    let problem = Diagnostic::error(format!("nothing here is called `{}`", condition.name))
        .at(span, "has a condition about it");
    problems.push(
        match nearest(&condition.name, known.iter().map(|(name, _)| *name)) {
            Some(near) => problem.fix(format!("did you mean `{near}`?")),
            None => problem,
        },
    );
}

/// A file of a template as a source.
fn source(bundle: &Bundle, path: &str, problems: &mut Vec<Diagnostic>) -> Option<Arc<Source>> {
    let Some(bytes) = bundle.files.get(path) else {
        problems.push(
            Diagnostic::error(format!("the template `{}` has no {path}", bundle.name))
                .note(format!("it is read from {}", bundle.place))
                .fix("a template has a template.yaml and a devstack.yaml"),
        );
        return None;
    };
    match file::decode(bundle.shown(path), bytes.to_vec()) {
        Ok(source) => Some(source),
        Err(error) => {
            problems.push(error.diagnostic(None));
            None
        }
    }
}

/// The one document of a source.
fn document(source: &Arc<Source>, problems: &mut Vec<Diagnostic>) -> Option<Node> {
    let before = problems.len();
    let mut documents = yaml::parse(source, &mut yaml::NODES.clone(), problems);
    if problems.len() > before {
        return None;
    }
    if documents.len() != 1 || documents[0].as_mapping().is_none() {
        problems.push(
            Diagnostic::error(format!("{} is not one mapping", source.name()))
                .at(&source.span(0, 0), ""),
        );
        return None;
    }
    documents.pop()
}

/// The entries of a key that has a mapping.
fn entries<'a>(
    node: &'a Node,
    key: &str,
    problems: &mut Vec<Diagnostic>,
) -> impl Iterator<Item = (&'a str, &'a Entry)> + use<'a> {
    let value = node.get(key);
    if let Some(value) = value
        && value.as_mapping().is_none()
    {
        problems.push(value.error(
            format!("`{key}` is a mapping, not {}", value.describe()),
            "",
        ));
    }
    value.into_iter().flat_map(Node::entries)
}

/// A text of template.yaml as a pattern, with the places that it has there. A text that is written as a block or with
/// escapes has the place of its beginning.
pub(super) fn inner_pattern(
    definition: &Arc<Source>,
    node: &Node,
    problems: &mut Vec<Diagnostic>,
) -> Pattern {
    let text = node.as_str().unwrap_or_default();
    let first_line = node.span.position().line + usize::from(!node.span.text().contains(text));
    let source = Source::excerpt(definition.name(), text, first_line);
    Pattern::plain(&source, problems)
}

fn rules(node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<FileRule> {
    let Some(value) = node.get("files") else {
        return Vec::new();
    };
    if value.as_sequence().is_none() {
        problems.push(value.error(format!("`files` is a list, not {}", value.describe()), ""));
    }
    let mut rules = Vec::new();
    for item in value.items() {
        only_keys(
            item,
            "a rule for files",
            &["files", "fill", "when"],
            problems,
        );
        let Some(pattern) = item.str("files") else {
            problems.push(
                item.error("a rule for files says which files", "")
                    .fix("write `{ files: \"*.conf\", fill: true }`"),
            );
            continue;
        };
        match Glob::new(pattern) {
            Ok(glob) => rules.push(FileRule {
                files: glob.compile_matcher(),
                fill: flag(item, "fill", problems),
                when: when(item, problems),
                span: item.span.clone(),
            }),
            Err(_) => problems.push(item.error("this is no pattern of file names", "")),
        }
    }
    rules
}

fn checks(node: &Node, definition: &Arc<Source>, problems: &mut Vec<Diagnostic>) -> Vec<Check> {
    let Some(value) = node.get("check") else {
        return Vec::new();
    };
    let items = match value.as_sequence() {
        Some(items) => items,
        None => std::slice::from_ref(value),
    };
    let mut checks = Vec::new();
    for item in items {
        only_keys(item, "a check", &["in", "run", "expect"], problems);
        let mut pattern = |key: &str| {
            item.get(key)
                .map(|value| inner_pattern(definition, value, problems))
        };
        let (service, run, expect) = (pattern("in"), pattern("run"), pattern("expect"));
        match (service, run) {
            (Some(service), Some(run)) => checks.push(Check {
                service,
                run,
                expect,
            }),
            _ => problems.push(
                item.error("a check says in which service it runs, and what", "")
                    .fix("write `check: { in: ((name)), run: COMMAND, expect: TEXT }`"),
            ),
        }
    }
    checks
}

/// The families that a find may name.
pub(super) fn family_names() -> Vec<&'static str> {
    FAMILIES.iter().map(|family| family.name()).collect()
}
