//! A dependency on a service that a profile keeps off; a service named on the command line that is not there.

use super::Subject;
use crate::diagnostic::{Diagnostic, nearest};

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    let disabled = &subject.selection.disabled;
    for (name, service) in &subject.stack.services {
        for dependency in &service.depends_on {
            let Some(off) = disabled.get(&dependency.service) else {
                continue;
            };
            if !dependency.required {
                continue;
            }
            let profile = off.profiles.first().map_or("…", String::as_str);
            problems.push(
                Diagnostic::error(format!(
                    "`{name}` depends on `{}`, which is switched off by its profile",
                    dependency.service
                ))
                .at(&dependency.span, "")
                .related(&off.span, "is in a profile that is not active")
                .fix(format!(
                    "add `--profile {profile}`, or write `required: false` for this dependency"
                )),
            );
        }
    }
    for wanted in &subject.options.services {
        if !subject.stack.services.contains_key(wanted) {
            let names = subject.stack.services.keys().map(String::as_str);
            let problem = Diagnostic::error(format!("there is no service `{wanted}`"));
            problems.push(match nearest(wanted, names.clone()) {
                Some(right) => problem.fix(format!("did you mean `{right}`?")),
                None => problem.note(format!(
                    "the services are {}",
                    names.collect::<Vec<_>>().join(", ")
                )),
            });
        }
    }
}
