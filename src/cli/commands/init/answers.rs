//! What the flags of `init` answer.

use super::Arguments;
use crate::diagnostic::{Diagnostic, nearest};
use crate::init::{Proposal, SERVERS, Software};

/// The answers that were given as flags; nothing for questions that are still open.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// The project's name.
    pub(super) name: Option<String>,
    /// The servers, each in a version if one is named.
    pub(super) servers: Option<Vec<(Software, Option<String>)>>,
    /// The indices of the applications that run in containers.
    pub(super) applications: Option<Vec<usize>>,
    /// The seeds, by name: which there are depends on the other answers.
    pub(super) seeds: Option<Vec<String>>,
}

impl Answers {
    /// Takes the flags at their word; an error has every problem of them.
    pub(super) fn of(
        arguments: &Arguments,
        name: Option<String>,
        proposal: &Proposal,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut answers = Self {
            name,
            ..Self::default()
        };
        if let Some(list) = &arguments.services {
            answers.servers = Some(collect(list, &mut problems, server));
        }
        if let Some(list) = &arguments.apps {
            answers.applications = Some(collect(list, &mut problems, |name| {
                application(name, proposal)
            }));
        }
        answers.seeds = arguments
            .seeds
            .as_ref()
            .map(|list| words(list).map(str::to_owned).collect());
        if problems.is_empty() {
            Ok(answers)
        } else {
            Err(problems)
        }
    }
}

/// The entries of a list; `none` is an empty one.
pub(super) fn words(list: &[String]) -> impl Iterator<Item = &str> {
    list.iter()
        .map(|word| word.trim())
        .filter(|word| !word.is_empty() && *word != "none")
}

fn collect<T>(
    list: &[String],
    problems: &mut Vec<Diagnostic>,
    read: impl Fn(&str) -> Result<T, Box<Diagnostic>>,
) -> Vec<T> {
    let mut found = Vec::new();
    for word in words(list) {
        match read(word) {
            Ok(one) => found.push(one),
            Err(problem) => problems.push(*problem),
        }
    }
    found
}

/// A server such as `postgres:17`.
fn server(word: &str) -> Result<(Software, Option<String>), Box<Diagnostic>> {
    let (name, version) = match word.split_once(':') {
        Some((name, version)) => (name, Some(version.to_owned())),
        None => (word, None),
    };
    let Some(software) = Software::named(name) else {
        let names = SERVERS.iter().map(|about| about.name);
        return Err(Box::new(unknown("server", name, names)));
    };
    if let Some(version) = &version {
        let tag = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if version.is_empty() || !version.chars().all(tag) {
            let problem = Diagnostic::error(format!("`{version}` is no version")).fix(format!(
                "write it like `{name}:{}`",
                software.about().versions[0]
            ));
            return Err(Box::new(problem));
        }
    }
    Ok((software, version))
}

fn application(name: &str, proposal: &Proposal) -> Result<usize, Box<Diagnostic>> {
    let names = proposal
        .applications
        .iter()
        .map(|chosen| chosen.app.name.as_str());
    let Some(index) = names.clone().position(|other| other == name) else {
        return Err(Box::new(unknown("application", name, names)));
    };
    if proposal.applications[index].app.dockerfile.is_none() {
        let problem = Diagnostic::error(format!("`{name}` has no Dockerfile"))
            .note("an application without one runs on this machine")
            .fix("give it a Dockerfile, or leave it out of `--apps`");
        return Err(Box::new(problem));
    }
    Ok(index)
}

/// That there is no such thing, and which one was probably meant.
pub(super) fn unknown<'a>(
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let problem = Diagnostic::error(format!("there is no {what} `{name}`"));
    if let Some(near) = nearest(name, known.clone()) {
        return problem.fix(format!("did you mean `{near}`?"));
    }
    let known: Vec<&str> = known.collect();
    if known.is_empty() {
        problem.note(format!("no {what} was found here"))
    } else {
        problem.note(format!("there are {}", known.join(", ")))
    }
}
