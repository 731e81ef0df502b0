//! `inputs`: what a manifest asks of its user, by the variable that holds the answer.
//!
//! They are read before variables are put in, since they are variables; nothing in them is replaced, so that a pattern or
//! command may hold dollar signs, and no input refers to another. Whoever has an answer wins in this order: the
//! environment of the process, the answers that were given ([`answers`]), env files, the input's default. Asking is not
//! done here. The main type is [`Inputs`].

mod answers;
mod declare;
mod input;

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

pub use answers::write_answers;
pub use input::{GivenBy, Input};

use super::environment::Variables;
use super::node::Node;
use crate::diagnostic::{Diagnostic, Secrets};
use answers::read_answers;

/// The folder, beside the manifest, of what devstack keeps of the user's; and the file with the answers in it.
const ANSWERS: &str = ".devstack/inputs.env";

/// A manifest's inputs, each with what is known of its answer.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// In the order of the manifest.
    pub list: Vec<Input>,
    /// Where answers are kept.
    pub file: PathBuf,
    /// The answers that are kept, of inputs that there are not any more as well.
    pub answers: IndexMap<String, String>,
}

impl Inputs {
    /// Reads what the documents declare and what was answered, and puts the values where variables are found.
    pub(super) fn gather(
        trees: &[(PathBuf, Vec<Node>)],
        directory: &Path,
        user: &Path,
        variables: &mut Variables,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let file = directory.join(ANSWERS);
        let mut list = declare::read(trees, problems);
        if list.is_empty() {
            return Self {
                file,
                ..Self::default()
            };
        }
        let kept = read_answers(&file, user, problems);
        for input in &mut list {
            input.take(variables, &kept);
            variables.set_input(input, kept.get(&input.name));
        }
        let answers = kept
            .into_iter()
            .map(|(name, entry)| (name, entry.value))
            .collect();
        Self {
            list,
            file,
            answers,
        }
    }

    /// An input by its name.
    pub fn get(&self, name: &str) -> Option<&Input> {
        self.list.iter().find(|input| input.name == name)
    }

    /// Those without a value that need one.
    pub fn missing(&self) -> impl Iterator<Item = &Input> {
        self.list.iter().filter(|input| input.is_missing())
    }

    /// Those that nobody has answered yet, though they may do without.
    pub fn unanswered(&self) -> impl Iterator<Item = &Input> {
        self.list.iter().filter(|input| !input.is_answered())
    }

    /// The values that are told nobody.
    pub fn secrets(&self) -> Secrets {
        let secret = self.list.iter().filter(|input| input.secret);
        secret.filter_map(|input| input.value.clone()).collect()
    }

    /// What is wrong with values that were given, each with the way out.
    pub fn wrong(&self) -> Vec<Diagnostic> {
        let wrong = self.list.iter().filter_map(|input| {
            let value = input.value.as_deref()?;
            let why = input.check(value).err()?;
            Some(input.refused(&why))
        });
        wrong.collect()
    }
}
