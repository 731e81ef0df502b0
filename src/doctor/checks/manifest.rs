//! The manifest is there and makes sense. Each problem of it is one of its own.

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::Examination;
use crate::doctor::{Finding, Group};

pub(super) fn check(examination: &Examination) -> Vec<Finding> {
    let loaded = &examination.loaded;
    if !loaded.found {
        return vec![Finding::skipped(
            Group::Project,
            "manifest",
            "there is none in this folder or above",
        )];
    }
    let mut findings: Vec<Finding> = loaded
        .diagnostics
        .iter()
        .map(|problem| Finding::problem(Group::Project, "manifest", problem.clone()))
        .collect();
    if let Some(stack) = &loaded.stack {
        let files: Vec<String> = stack
            .files
            .iter()
            .map(|file| {
                file.strip_prefix(&stack.directory)
                    .unwrap_or(file)
                    .display()
                    .to_string()
            })
            .collect();
        let count = stack.services.len();
        let services = if count == 1 {
            "1 service".to_owned()
        } else {
            format!("{count} services")
        };
        let text = format!("{}: project `{}`, {services}", files.join(", "), stack.name);
        findings.insert(0, Finding::ok(Group::Project, "manifest", text));
    } else if findings.is_empty() {
        let problem = Diagnostic::error("the manifest cannot be used");
        findings.push(Finding::problem(
            Group::Project,
            "manifest",
            problem.fix("devstack validate"),
        ));
    }
    findings
}
