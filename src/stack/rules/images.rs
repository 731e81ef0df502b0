//! An image's name must be one.

use super::Subject;
use crate::catalog::ImageName;
use crate::diagnostic::Diagnostic;
use crate::manifest::node::Origin;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    for (name, service) in &subject.stack.services {
        if ImageName::parse(&service.image).is_some() {
            continue;
        }
        let node = subject
            .manifest
            .root
            .get("services")
            .and_then(|services| services.get(name)?.get("image"));
        let Some(node) = node else { continue };
        let unset = node
            .variables
            .iter()
            .find(|variable| variable.origin == Origin::Unset);
        let empty = service.image.is_empty();
        if empty && service.build.is_some() {
            continue;
        }
        // Compose lets a wrong name pass when it reads the file; the engine refuses it.
        let problem = if empty {
            node.error(format!("the image of `{name}` is empty"), "")
        } else {
            let message = format!("`{}` is not the name of an image", service.image);
            node.warning(message, "")
        };
        if let Some(variable) = unset {
            problems.push(problem.fix(format!("set `{}`", variable.name)));
            continue;
        }
        let lower = service.image.to_lowercase();
        problems.push(if ImageName::parse(&lower).is_some() {
            problem.fix(format!("names of images are lower case: `{lower}`"))
        } else {
            problem.note("a name looks like `postgres:17` or `registry.example.com/team/app:1.2`")
        });
    }
}
