//! Files and folders of this machine that are mounted should be there.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::manifest::file::{near_sibling, shown};
use crate::stack::MountKind;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    for (name, service) in &subject.stack.services {
        for mount in &service.mounts {
            let MountKind::Bind { source, create, .. } = &mount.kind else {
                continue;
            };
            // Only what lies in the project: other paths may be the engine's, which can be another machine.
            if !source.starts_with(&subject.stack.directory) || source.exists() {
                continue;
            }
            let path = shown(source, &subject.options.directory);
            let warning =
                Diagnostic::warning(format!("`{name}` mounts `{path}`, which does not exist"))
                    .at(&mount.span, "");
            let warning = match near_sibling(source) {
                Some(near) => warning.fix(format!("did you mean `{near}`?")),
                None => warning.fix("create it"),
            };
            problems.push(if *create {
                warning.note("an empty folder is made in its place")
            } else {
                warning.note("the engine will refuse to start the container")
            });
        }
    }
}
