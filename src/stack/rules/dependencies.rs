//! What a service depends on must exist, and be another service.

use super::Subject;
use crate::diagnostic::{Diagnostic, nearest};

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    let services = &subject.stack.services;
    for (name, service) in services {
        for dependency in &service.depends_on {
            let wanted = &dependency.service;
            if wanted == name {
                problems.push(
                    Diagnostic::error(format!("`{name}` depends on itself"))
                        .at(&dependency.span, "")
                        .related(&service.span, "the service")
                        .fix("take the entry out"),
                );
            } else if !services.contains_key(wanted)
                && !subject.selection.disabled.contains_key(wanted)
            {
                let names = services
                    .keys()
                    .chain(subject.selection.disabled.keys())
                    .filter(|known| *known != name)
                    .map(String::as_str);
                let problem = Diagnostic::error(format!(
                    "`{name}` depends on `{wanted}`, and there is no such service"
                ))
                .at(&dependency.span, "");
                problems.push(match nearest(wanted, names) {
                    Some(right) => problem.fix(format!("did you mean `{right}`?")),
                    None => problem.fix(format!("add a service `{wanted}`, or take the entry out")),
                });
            }
        }
    }
}
