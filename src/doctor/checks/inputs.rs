//! The manifest's inputs: answered, and as they must be. Values are told nobody.

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::Examination;
use crate::doctor::{Finding, Group};
use crate::manifest::inputs::Inputs;

pub(super) fn check(examination: &Examination) -> Vec<Finding> {
    judge(&examination.loaded.inputs)
}

fn judge(inputs: &Inputs) -> Vec<Finding> {
    if inputs.list.is_empty() {
        return Vec::new();
    }
    let problem = |problem| Finding::problem(Group::Requirements, "inputs", problem);
    let mut findings: Vec<Finding> = inputs.wrong().into_iter().map(problem).collect();
    let missing: Vec<_> = inputs.missing().collect();
    if let Some(first) = missing.first() {
        let names: Vec<String> = missing
            .iter()
            .map(|input| format!("`{}`", input.name))
            .collect();
        let what = if names.len() == 1 { "input" } else { "inputs" };
        let words = format!("no value is known for the {what} {}", names.join(", "));
        findings.push(problem(
            Diagnostic::warning(words)
                .at(&first.span, "")
                .note("`devstack up` asks for it on a terminal, and needs it elsewhere")
                .fix(format!("devstack inputs set {}", first.name)),
        ));
    }
    if findings.is_empty() {
        let count = inputs.list.len();
        let words = match count {
            1 => "the one that is asked for has a value".to_owned(),
            _ => format!("all {count} that are asked for have a value, or need none"),
        };
        findings.push(Finding::ok(Group::Requirements, "inputs", words));
    }
    findings
}
