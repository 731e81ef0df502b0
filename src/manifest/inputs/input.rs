//! One input.

use regex::Regex;

use super::super::env_file::EnvEntries;
use super::super::environment::Variables;
use super::super::node::Origin;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Who gave an input its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenBy {
    /// The environment of the process.
    Environment,
    /// The user, when asked.
    Answer,
    /// An env file.
    EnvFile,
    /// Nobody: it is its default.
    Default,
}

/// One input.
#[derive(Debug, Clone)]
pub struct Input {
    /// The variable that holds the answer.
    pub name: String,
    /// The question.
    pub prompt: String,
    /// Whether the value is told nobody.
    pub secret: bool,
    /// Whether it may be left empty.
    pub optional: bool,
    /// The value if nobody says another.
    pub default: Option<String>,
    /// What the whole value must look like.
    pub pattern: Option<Regex>,
    /// The values of which it must be one.
    pub choices: Vec<String>,
    /// A command of this machine whose output is proposed.
    pub command: Option<String>,
    /// Where it is declared.
    pub span: Span,
    /// The value, if there is one.
    pub value: Option<String>,
    /// Who gave it.
    pub given_by: Option<GivenBy>,
}

impl Input {
    /// Takes the value from whoever has one.
    pub(super) fn take(&mut self, variables: &Variables, answers: &EnvEntries) {
        // An empty variable of a shell is as good as none where something is needed.
        let outside = variables
            .find(&self.name)
            .filter(|(value, _)| self.optional || !value.is_empty());
        let answer = answers.get(&self.name).map(|entry| entry.value.as_str());
        let (value, by) = match (outside, answer, &self.default) {
            (Some((value, Origin::Environment)), ..) => (value, GivenBy::Environment),
            (_, Some(value), _) => (value, GivenBy::Answer),
            (Some((value, _)), ..) => (value, GivenBy::EnvFile),
            (None, None, Some(default)) => (default.as_str(), GivenBy::Default),
            (None, None, None) => return,
        };
        self.value = Some(value.to_owned());
        self.given_by = Some(by);
    }

    /// Whether somebody gave a value.
    pub fn is_answered(&self) -> bool {
        self.given_by.is_some_and(|by| by != GivenBy::Default)
    }

    /// Whether it has no value and needs one.
    pub fn is_missing(&self) -> bool {
        self.value.is_none() && !self.optional
    }

    /// Whether a value is as it must be; why it is not, without the value.
    pub fn check(&self, value: &str) -> Result<(), String> {
        if value.is_empty() {
            return if self.optional {
                Ok(())
            } else {
                Err("it must not be empty".to_owned())
            };
        }
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == value) {
            return Err(format!("it must be one of {}", self.choices.join(", ")));
        }
        match &self.pattern {
            Some(pattern) if !whole(pattern, value) => {
                Err(format!("it must match the pattern `{pattern}`"))
            }
            _ => Ok(()),
        }
    }

    /// That a value was refused, and where another is given.
    pub fn refused(&self, why: &str) -> Diagnostic {
        let name = &self.name;
        let problem = Diagnostic::error(format!(
            "the input `{name}` has a value that does not fit: {why}"
        ))
        .at(&self.span, "");
        match self.given_by {
            Some(GivenBy::Environment) => problem
                .note(format!("`{name}` comes from the environment"))
                .fix(format!("correct it, or `unset {name}`")),
            Some(GivenBy::EnvFile) => problem.fix("correct it in the env file"),
            _ => problem.fix(format!("devstack inputs set {name}")),
        }
    }
}

/// Whether a pattern matches a value from its beginning to its end.
fn whole(pattern: &Regex, value: &str) -> bool {
    // Of the alternatives the first that fits is found, which may be shorter than the value.
    Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|anchored| anchored.is_match(value))
}
