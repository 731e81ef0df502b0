//! Other folders whose stack has the same project name: what one of them starts replaces the other's.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::{Answering, Examination};
use crate::doctor::{Finding, Group};
use crate::plan::Labels;

pub(super) async fn check(examination: &Examination, answering: Answering<'_>) -> Vec<Finding> {
    let Some(stack) = examination.stack() else {
        return vec![Finding::skipped(
            Group::Project,
            "checkouts",
            "there is no manifest to compare with",
        )];
    };
    let containers = examination.containers(answering).await.unwrap_or_default();
    let here = stack.directory.display().to_string();
    let folders: BTreeSet<&str> = containers
        .iter()
        .filter(|container| container.labels.get(Labels::PROJECT) == Some(&stack.name))
        .filter_map(|container| container.labels.get(Labels::WORKING_DIR))
        .map(String::as_str)
        .filter(|folder| *folder != here)
        .collect();
    if folders.is_empty() {
        let text = format!("no other folder has a project `{}`", stack.name);
        return vec![Finding::ok(Group::Project, "checkouts", text)];
    }
    let folders: Vec<&str> = folders.into_iter().collect();
    let problem = Diagnostic::warning(format!(
        "project `{}` was brought up from another folder too: {}",
        stack.name,
        folders.join(", ")
    ))
    .note("`up` in one of them replaces the containers of the other")
    .fix("devstack up --instance NAME   (or give one of them another `name`)");
    vec![Finding::problem(Group::Project, "checkouts", problem)]
}
