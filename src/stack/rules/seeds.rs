//! `run` seeds name services that there are.

use super::Subject;
use crate::diagnostic::{Diagnostic, nearest};
use crate::stack::SeedKind;

/// Checks the services in which seeds run.
pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    let services = &subject.stack.services;
    for service in services.values() {
        for seed in &service.seeds {
            let SeedKind::Run(run) = &seed.kind else {
                continue;
            };
            if services.contains_key(&run.service) {
                continue;
            }
            let name = &run.service;
            if subject.stack.disabled.contains(name) {
                problems.push(
                    Diagnostic::error(format!(
                        "a seed of `{}` runs in `{name}`, which its profile switches off",
                        service.name
                    ))
                    .at(&seed.span, "")
                    .fix("switch the profile on, or run the seed in another service"),
                );
                continue;
            }
            let problem = Diagnostic::error(format!(
                "a seed of `{}` runs in `{name}`, which is not a service",
                service.name
            ))
            .at(&seed.span, "");
            problems.push(match nearest(name, services.keys().map(String::as_str)) {
                Some(right) => problem.fix(format!("did you mean `{right}`?")),
                None => problem.fix("name a service of the manifest"),
            });
        }
    }
}
