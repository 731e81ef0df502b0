//! One thing a place: what is mounted where in a container.

use std::collections::HashMap;

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    for (name, service) in &subject.stack.services {
        let mut seen: HashMap<&str, &Span> = HashMap::new();
        for mount in &service.mounts {
            let target = mount.target.as_str();
            if !target.starts_with('/') && !target.contains([':', '\\']) {
                problems.push(
                    Diagnostic::warning(format!(
                        "`{name}` mounts something at `{target}`, which is not an absolute path, so the engine will refuse it"
                    ))
                    .at(&mount.span, "")
                    .fix(format!("write `/{target}`")),
                );
            }
            if let Some(first) = seen.insert(target, &mount.span) {
                problems.push(
                    Diagnostic::error(format!("`{name}` mounts two things at `{target}`"))
                        .at(&mount.span, "again here")
                        .related(first, "first here")
                        .fix("keep one of them"),
                );
            }
        }
    }
}
