//! Gathers what a template needs to know: names, services to wire to, answers. It does not talk to anybody: whoever
//! does asks for the [`next_question`](Interview::next_question) until there is none.

use std::collections::VecDeque;

use indexmap::IndexMap;

use super::definition::Template;
use super::found::{Find, Found};
use super::login::url;
use super::offer::{Offer, offers};
use super::question::{Question, refuse_service_name};
use super::scope::{Scope, Value};
use super::target::{Target, build_context, context_folder, repository};
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::Flavour;
use crate::manifest::edit::Layout;
use crate::manifest::node::Node;

/// A question that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its name: `--set NAME=…` answers it.
    pub name: String,
    /// What is asked.
    pub ask: String,
    /// What is taken if nobody says anything; `None` if somebody must.
    pub default: Option<String>,
    /// The answers to choose from; any, if there are none.
    pub choices: Vec<String>,
    /// Whether the answer is not shown.
    pub secret: bool,
}

/// Gathers answers.
#[derive(Debug)]
pub struct Interview<'a> {
    template: &'a Template,
    target: &'a Target,
    scope: Scope,
    /// What was said on the command line and is not used up yet.
    given: IndexMap<String, String>,
    /// Services that were found, for what depends on their networks.
    found: Vec<Found>,
    /// How many finds and questions are done.
    done: usize,
    notes: Vec<String>,
    raw: IndexMap<String, Node>,
    /// Whether the template was added before: what was not changed then stays as it is, unless somebody says so.
    is_there: bool,
    /// Offers that nobody has said anything to; known when the questions are done.
    open: Option<VecDeque<Offer>>,
    accepted: Vec<Offer>,
}

/// What came out of it.
#[derive(Debug, Clone)]
pub struct Answers {
    /// What every placeholder stands for.
    pub scope: Scope,
    /// The services that the template is wired to.
    pub found: Vec<Found>,
    /// What was chosen without a word of anybody's, and why.
    pub notes: Vec<String>,
    /// The changes that are to be made in services that are there.
    pub changes: Vec<Offer>,
}

impl<'a> Interview<'a> {
    /// Begins; `name` is the service's, if one was given, and `given` are answers.
    pub fn new(
        template: &'a Template,
        target: &'a Target,
        name: Option<&str>,
        given: IndexMap<String, String>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = unknown_answers(template, &given);
        problems.extend(name.and_then(refuse_service_name));
        if name.is_some() && template.service.is_none() {
            problems.push(
                Diagnostic::error(format!(
                    "the services of `{}` have names of their own",
                    template.name
                ))
                .note("`--name` has no meaning here"),
            );
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut interview = Self {
            template,
            target,
            scope: Scope::default(),
            given,
            found: Vec::new(),
            done: 0,
            notes: Vec::new(),
            raw: target.services(),
            is_there: false,
            open: None,
            accepted: Vec::new(),
        };
        let name = interview.service_name(name);
        interview.is_there = template.service.is_some() && target.has_service(&name);
        for (key, text) in [("name", name), ("project", target.project.clone())] {
            interview.scope.set(key, Value::Text(text));
        }
        let file = match target.flavour {
            Flavour::Devstack => "devstack",
            Flavour::Compose => "compose",
        };
        interview.scope.set("file", Value::Text(file.to_owned()));
        Ok(interview)
    }

    /// The next open question; answers that were given are taken on the way.
    pub fn next_question(&mut self) -> Result<Option<Asked>, Vec<Diagnostic>> {
        let template = self.template;
        while let Some(find) = template.finds.get(self.done) {
            match self.look(find)? {
                Some(asked) => return Ok(Some(asked)),
                None => self.done += 1,
            }
        }
        while let Some(question) = template.questions.get(self.done - template.finds.len()) {
            let asked = self.question(question)?;
            match self.given.shift_remove(&question.name) {
                Some(answer) => {
                    self.take(question, &answer)?;
                }
                None if question
                    .when
                    .as_ref()
                    .is_some_and(|when| !when.holds(&self.scope)) =>
                {
                    let default = asked.default.unwrap_or_default();
                    self.scope.set(question.name.clone(), Value::Text(default));
                    self.done += 1;
                }
                None => return Ok(Some(asked)),
            }
        }
        self.next_offer()
    }

    /// The next offered change.
    fn next_offer(&mut self) -> Result<Option<Asked>, Vec<Diagnostic>> {
        if self.open.is_none() {
            let all = offers(self.template, self.target, &self.scope)?;
            self.open = Some(all.into());
        }
        while let Some(offer) = self.open.as_mut().and_then(VecDeque::pop_front) {
            let Some(said) = self.given.get(&offer.change) else {
                let asked = Asked {
                    name: offer.change.clone(),
                    ask: offer.ask.clone(),
                    default: Some(if self.is_there { "no" } else { "yes" }.to_owned()),
                    choices: ["yes", "no"].map(str::to_owned).to_vec(),
                    secret: false,
                };
                // It stays open until it is answered.
                self.open
                    .iter_mut()
                    .for_each(|open| open.push_front(offer.clone()));
                return Ok(Some(asked));
            };
            if said == "yes" || said.split(',').any(|name| name.trim() == offer.service) {
                self.accepted.push(offer);
            }
        }
        Ok(None)
    }

    /// Takes the answer to the question that was asked last. A wrong one is an error, and the question stays open.
    pub fn answer(&mut self, answer: &str) -> Result<(), Vec<Diagnostic>> {
        let template = self.template;
        if let Some(find) = template.finds.get(self.done) {
            self.given.insert(find.name.clone(), answer.to_owned());
            if self.look(find)?.is_none() {
                self.done += 1;
            }
            return Ok(());
        }
        if let Some(question) = template.questions.get(self.done - template.finds.len()) {
            return self.take(question, answer);
        }
        let offer = self.open.as_mut().and_then(VecDeque::pop_front);
        self.accepted.extend(offer.filter(|_| answer == "yes"));
        Ok(())
    }

    /// Everything, when nothing is open any more.
    pub fn finish(self) -> Answers {
        Answers {
            scope: self.scope,
            found: self.found,
            notes: self.notes,
            changes: self.accepted,
        }
    }

    fn take(&mut self, question: &Question, answer: &str) -> Result<(), Vec<Diagnostic>> {
        if let Some(problem) = question.refuses(answer) {
            return Err(vec![problem]);
        }
        self.scope
            .set(question.name.clone(), Value::Text(answer.to_owned()));
        self.done += 1;
        Ok(())
    }

    /// A question with its default filled in.
    fn question(&mut self, question: &Question) -> Result<Asked, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut default = question
            .default
            .as_ref()
            .map(|default| default.fill(&self.scope, &mut problems).text);
        if !problems.is_empty() {
            return Err(problems);
        }
        if question.service {
            default = default.map(|name| self.free_name(&[&name]));
        }
        if question.port {
            default = default.map(|port| self.free_port(&port));
        }
        Ok(Asked {
            name: question.name.clone(),
            ask: question.ask.clone(),
            default,
            choices: question.choices.clone(),
            secret: question.secret,
        })
    }

    /// Finds what a template looks for; a question if somebody has to choose.
    fn look(&mut self, find: &Find) -> Result<Option<Asked>, Vec<Diagnostic>> {
        let stack = self.target.stack.as_ref();
        let mut candidates = stack.map_or_else(Vec::new, |stack| find.candidates(stack, &self.raw));
        let given = self.given.shift_remove(&find.name);
        let names: Vec<String> = candidates.iter().map(Found::service).collect();
        if find.optional && given.as_deref() == Some("") {
            candidates.clear();
        } else if let Some(given) = &given {
            let wanted: Vec<&str> = given.split(',').map(str::trim).collect();
            if let Some(unknown) = wanted
                .iter()
                .find(|name| !names.iter().any(|other| other == *name))
            {
                let problem = Diagnostic::error(format!("`{unknown}` is not {}", find.wanted()));
                return Err(vec![match names.as_slice() {
                    [] => problem.note("there is none in the manifest"),
                    names => problem.note(format!("there are {}", names.join(", "))),
                }]);
            }
            candidates.retain(|found| wanted.contains(&found.service().as_str()));
        } else if candidates.len() > 1 && !find.all {
            return Ok(Some(Asked {
                name: find.name.clone(),
                ask: find.ask.clone(),
                default: names.first().cloned(),
                choices: names,
                secret: false,
            }));
        }
        if candidates.is_empty() && !find.optional {
            if stack.is_none() && !self.target.problems.is_empty() {
                return Err(self.target.problems.clone());
            }
            let problem = Diagnostic::error(format!(
                "`{}` needs {} in the stack, and there is none",
                self.template.name,
                find.wanted()
            ));
            return Err(vec![match find.families.first() {
                Some(family) => problem.fix(format!("add one first: `devstack add {family}`")),
                None => problem,
            }]);
        }
        for found in &mut candidates {
            let mut said = false;
            for attribute in super::found::ATTRIBUTES {
                if let Some(text) = self.given.get(&format!("{}.{attribute}", find.name)) {
                    found.facts.insert(attribute, text.clone());
                    said = true;
                }
            }
            let whole = format!("{}.url", find.name);
            if said && !self.given.contains_key(&whole) {
                let url = url(&found.facts);
                found.facts.extend(url.map(|url| ("url", url)));
            }
        }
        self.found.extend(candidates.clone());
        let mut facts = candidates.into_iter().map(|found| found.facts);
        let value = if find.all {
            Value::Services(facts.collect())
        } else {
            facts.next().map_or(Value::Nothing, Value::Service)
        };
        self.scope.set(find.name.clone(), value);
        Ok(None)
    }

    /// The name of the template's main service: the given one, else the usual one, unless that is something else here.
    fn service_name(&mut self, given: Option<&str>) -> String {
        let Some(usual) = &self.template.service else {
            return self.template.name.clone();
        };
        if let Some(given) = given {
            return given.to_owned();
        }
        let own = self.template.main_repository();
        let services = self.target.services();
        let same = |name: &str| {
            let context = self.template.main_context(name);
            let there = services.get(name).and_then(build_context);
            own.is_some() && self.target.repository(name) == own
                || context.is_some() && there == context
        };
        for name in [usual, &self.template.name] {
            if same(name) || !self.target.has_service(name) {
                if name != usual {
                    self.notes.push(format!(
                        "`{usual}` is something else here, so the service is called `{name}`; `--name` chooses another name"
                    ));
                }
                return name.clone();
            }
        }
        let name = self.free_name(&[usual]);
        self.notes.push(format!(
            "`{usual}` is something else here, so the service is called `{name}`; `--name` chooses another name"
        ));
        name
    }

    /// The first of these names that is free, or with a number behind it.
    fn free_name(&self, names: &[&str]) -> String {
        let free = |name: &String| !self.target.has_service(name);
        let plain = names.iter().map(|name| (*name).to_owned()).find(free);
        plain.unwrap_or_else(|| {
            let last = names.last().copied().unwrap_or("service");
            let mut numbered = (2..).map(|number| format!("{last}{number}"));
            numbered.find(free).unwrap_or_default()
        })
    }

    /// The first port from this one on that the manifest does not publish.
    fn free_port(&mut self, wanted: &str) -> String {
        let taken = self.target.published();
        let Ok(first) = wanted.parse::<u16>() else {
            return wanted.to_owned();
        };
        let port = (first..=u16::MAX)
            .find(|port| !taken.contains(port))
            .unwrap_or(first);
        if port != first {
            self.notes.push(format!(
                "port {first} is taken in the manifest, so it is {port}"
            ));
        }
        port.to_string()
    }
}

impl Template {
    /// The repository of the main service's image, as far as it is known before anything is asked.
    pub(super) fn main_repository(&self) -> Option<String> {
        let image = self.main_value("image")?;
        let defaults = self.questions.iter().filter_map(|question| {
            let default = question.default.as_ref()?.source().text().to_owned();
            Some((format!("(({}))", question.name), default))
        });
        let image = defaults.fold(image, |image, (name, default)| {
            image.replace(&name, &default)
        });
        repository(&image)
    }

    /// The folder from which the main service is built if it has this name.
    pub(super) fn main_context(&self, name: &str) -> Option<String> {
        let context = self.main_value("build")?.replace("((name))", name);
        Some(context_folder(&context).to_owned())
    }

    /// What stands at a key of the main service.
    fn main_value(&self, key: &str) -> Option<String> {
        let text = self.part.source().text();
        let layouts = Layout::of(text)?;
        let services = &layouts.first()?.entry("services")?.value;
        let value = &services.entry("((name))")?.value.entry(key)?.value;
        Some(text[value.range.clone()].to_owned())
    }
}

impl Found {
    /// The service's name.
    pub fn service(&self) -> String {
        self.facts.get("service").cloned().unwrap_or_default()
    }
}

/// Answers to what nobody asks.
fn unknown_answers(template: &Template, given: &IndexMap<String, String>) -> Vec<Diagnostic> {
    let mut known: Vec<String> = template.questions.iter().map(|q| q.name.clone()).collect();
    known.extend(template.finds.iter().map(|find| find.name.clone()));
    known.extend(template.changes.iter().map(|change| change.name.clone()));
    let is_attribute = |key: &str| {
        key.split_once('.').is_some_and(|(find, attribute)| {
            template.finds.iter().any(|other| other.name == find)
                && super::found::ATTRIBUTES.contains(&attribute)
        })
    };
    let unknown = given
        .keys()
        .filter(|key| !known.contains(key) && !is_attribute(key));
    unknown
        .map(|key| {
            let problem =
                Diagnostic::error(format!("`{}` does not ask for `{key}`", template.name));
            match (
                nearest(key, known.iter().map(String::as_str)),
                known.is_empty(),
            ) {
                (Some(near), _) => problem.fix(format!("did you mean `{near}`?")),
                (None, true) => problem.note("it asks nothing"),
                (None, false) => problem.note(format!("it asks for {}", known.join(", "))),
            }
        })
        .collect()
}
