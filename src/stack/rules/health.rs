//! Waiting for health where the manifest gives nothing to tell it by.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::manifest::canonical::OWN;
use crate::stack::{Check, Condition};

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    for (name, service) in &subject.stack.services {
        for dependency in &service.depends_on {
            let Some(on) = subject.stack.services.get(&dependency.service) else {
                continue;
            };
            let written_out = subject
                .manifest
                .root
                .get("services")
                .and_then(|services| services.get(name)?.get("depends_on"))
                .and_then(|all| all.get(&dependency.service)?.get("condition"))
                // The short form of devstack.yaml has the place of the name itself.
                .is_some_and(|condition| condition.span != dependency.span);
            let knows_nothing = on.readiness.checks == [Check::FromImage]
                && on.container.healthcheck.is_none()
                && subject
                    .manifest
                    .root
                    .get("services")
                    .and_then(|services| services.get(&on.name)?.get(OWN)?.get("ready"))
                    .is_none();
            if dependency.condition == Condition::Ready && written_out && knows_nothing {
                problems.push(
                    Diagnostic::warning(format!(
                        "`{name}` waits until `{}` is healthy, and that has no health check here",
                        on.name
                    ))
                    .at(&dependency.span, "")
                    .related(&on.span, "no `healthcheck`")
                    .note("the image's own check is used if it has one, else its port, else that it keeps running")
                    .fix(format!("add a `healthcheck` to `{}`", on.name)),
                );
            }
        }
    }
}
