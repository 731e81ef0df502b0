//! From options to a checked stack: the one entrance for everybody else.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::resolve::EnvFiles;
use super::{Stack, canonical, instance, lower, origins, resolve, rules, secrets};
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::inputs::Inputs;
use crate::manifest::{self, Manifest};
pub use crate::manifest::{LoadOptions, names_standard_input, read_standard_input};

/// How many problems of one kind are told: nobody reads further, and a generated manifest may have any number.
const TOLD: usize = 100;

/// What came of loading a manifest.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Loaded {
    /// The stack; `None` if there is an error.
    pub stack: Option<Stack>,
    /// The problems: errors first, each kind in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether there is a manifest at all.
    pub found: bool,
    /// The project's name, as far as it could be found even when the manifest is broken.
    pub project_name: Option<String>,
    /// What the manifest asks of its user, as far as it could be read.
    pub inputs: Inputs,
    /// The resolved tree; `None` if there is an error.
    manifest: Option<Manifest>,
}

impl Loaded {
    /// The resolved model in Compose's canonical form, as `config` shows it; `None` if there is an error.
    pub fn canonical(&self) -> Option<serde_json::Value> {
        self.manifest.as_ref().map(|manifest| {
            let root = secrets::masked(manifest);
            let mut model = canonical::json(manifest, &root);
            secrets::unmask(&mut model);
            model
        })
    }

    /// Where each value came from, one a line; empty if there is an error.
    pub fn origins(&self) -> Vec<String> {
        let root = self.manifest.as_ref().map(secrets::masked);
        let lines = root.map(|root| origins::lines(&root)).unwrap_or_default();
        lines.iter().map(|line| secrets::unmasked(line)).collect()
    }
}

/// Loads, resolves and checks a manifest. Never fails as such: what is wrong is in the diagnostics.
pub fn load(options: &LoadOptions) -> Loaded {
    let opened = manifest::open(options);
    let mut problems = opened.problems;
    let mut loaded = Loaded {
        found: opened.found,
        project_name: opened.name,
        inputs: opened.inputs,
        ..Loaded::default()
    };
    if let Some(mut manifest) = opened.manifest {
        let env_files = EnvFiles::Read;
        let selection = resolve::resolve(&mut manifest, options, env_files, &mut problems);
        let mut stack = lower::stack(&manifest, &selection, options, &mut problems);
        if let Some(name) = &options.instance {
            instance::apply(&mut stack, name, &mut problems);
        }
        rules::check(&stack, &manifest, &selection, options, &mut problems);
        if !problems.iter().any(Diagnostic::is_error) {
            loaded.stack = Some(stack);
            loaded.manifest = Some(manifest);
        }
    }
    let secrets = loaded.inputs.secrets();
    for problem in &mut problems {
        secrets.hide_in_diagnostic(problem);
    }
    loaded.diagnostics = in_order(problems);
    loaded
}

/// The hash of each service's configuration, as `docker compose config --hash` prints it; empty if the manifest is
/// broken. What env files say has no part in it, though their names have.
pub fn config_hashes(options: &LoadOptions) -> IndexMap<String, String> {
    let mut problems = Vec::new();
    let Some(mut manifest) = manifest::open(options).manifest else {
        return IndexMap::new();
    };
    resolve::resolve(&mut manifest, options, EnvFiles::Named, &mut problems);
    canonical::hashes(&manifest)
}

/// The project's name alone, for commands that work when the manifest is broken or a variable is missing.
pub fn project_name(options: &LoadOptions) -> Option<String> {
    manifest::open(options).name
}

/// Each problem once, errors first, and of very many the first ones.
fn in_order(problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    let mut kept: Vec<Diagnostic> = problems
        .into_iter()
        .filter(|problem| {
            let place = problem.place.as_ref().map(|label| label.span.to_string());
            seen.insert((problem.message.clone(), place))
        })
        .collect();
    kept.sort_by_cached_key(|problem| {
        let position = problem.place.as_ref().map(|label| label.span.position());
        (problem.severity == Severity::Warning, position)
    });
    let warnings = kept.split_off(kept.partition_point(Diagnostic::is_error));
    let mut told = first_ones(kept, Diagnostic::error, "errors");
    told.extend(first_ones(warnings, Diagnostic::warning, "warnings"));
    told
}

fn first_ones(
    mut problems: Vec<Diagnostic>,
    say: fn(String) -> Diagnostic,
    kind: &str,
) -> Vec<Diagnostic> {
    let more = problems.len().saturating_sub(TOLD);
    if more > 0 {
        problems.truncate(TOLD);
        problems.push(say(format!("there are {more} more {kind}")));
    }
    problems
}
