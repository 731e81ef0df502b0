//! The user's settings: readable, right, and with certificates that are some.

use crate::doctor::examination::Examination;
use crate::doctor::{Finding, Group};

pub(super) fn check(examination: &Examination) -> Vec<Finding> {
    let subject = &examination.subject;
    let mut findings: Vec<Finding> = subject
        .settings_problems
        .iter()
        .map(|problem| Finding::problem(Group::Network, "settings", problem.clone()))
        .collect();
    let company = &subject.company;
    if let (Some(file), true) = (&company.settings, findings.is_empty()) {
        let words = format!("{} is as it should be", file.display());
        findings.push(Finding::ok(Group::Network, "settings", words));
    }
    if let Some(certificates) = &company.certificates {
        let words = format!(
            "containers and builds trust {} beside the system's",
            certificates.path.display()
        );
        findings.push(Finding::ok(Group::Network, "certificates", words));
    }
    findings
}
