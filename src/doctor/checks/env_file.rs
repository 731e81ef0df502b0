//! The `.env` of the project: teams keep an example, and everybody forgets to copy it once.

use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::Examination;
use crate::doctor::{Finding, Group, Mend};

/// What an example is called.
const EXAMPLES: [&str; 5] = [
    ".env.example",
    ".env.sample",
    ".env.dist",
    ".env.template",
    "example.env",
];

pub(super) fn check(examination: &Examination) -> Vec<Finding> {
    let load = &examination.subject.load;
    let directory = examination
        .stack()
        .map(|stack| stack.directory.as_path())
        .or(load.project_directory.as_deref())
        .unwrap_or(&load.directory);
    // Whoever names other files knows what is in them.
    if !load.env_files.is_empty() {
        return vec![Finding::ok(
            Group::Project,
            "variables",
            "from the env files that were named",
        )];
    }
    let errors = examination
        .loaded
        .diagnostics
        .iter()
        .any(Diagnostic::is_error);
    vec![judge(directory, errors)]
}

fn judge(directory: &Path, broken: bool) -> Finding {
    let wanted = directory.join(".env");
    if wanted.exists() {
        return Finding::ok(Group::Project, "variables", ".env is there");
    }
    let example = EXAMPLES
        .iter()
        .map(|name| directory.join(name))
        .find(|path| path.is_file());
    let Some(example) = example else {
        return Finding::ok(
            Group::Project,
            "variables",
            "no .env, and no example of one",
        );
    };
    let name = example
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let message = format!(".env is missing, though there is {name}");
    // A manifest that cannot be read without it makes it an error.
    let problem = if broken {
        Diagnostic::error(message)
    } else {
        Diagnostic::warning(message)
    };
    let problem = problem
        .note("variables of the manifest are empty where nothing else gives them a value")
        .fix(format!("cp {name} .env"));
    Finding::problem(Group::Project, "variables", problem).mend(Mend::CopyEnvFile {
        from: example,
        to: wanted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::FindingState;

    #[test]
    fn an_example_without_its_copy_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(judge(folder.path(), false).state(), FindingState::Ok);
        std::fs::write(folder.path().join(".env.sample"), "A=1\n").expect("a file");
        let told = judge(folder.path(), false);
        assert_eq!(
            told.summary(),
            ".env is missing, though there is .env.sample"
        );
        assert_eq!(judge(folder.path(), true).state(), FindingState::Error);
        std::fs::write(folder.path().join(".env"), "").expect("a file");
        assert_eq!(judge(folder.path(), true).state(), FindingState::Ok);
    }
}
