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
        let message = match service.image.as_str() {
            "" => format!("the image of `{name}` is empty"),
            image => format!("`{image}` is not the name of an image"),
        };
        if let Some(variable) = unset {
            // Compose lets it pass when it reads the file; the engine refuses it.
            let warning = node.warning(message, "");
            problems.push(warning.fix(format!("set `{}`", variable.name)));
            continue;
        }
        let problem = node.error(message, "");
        let lower = service.image.to_lowercase();
        problems.push(if ImageName::parse(&lower).is_some() {
            problem.fix(format!("names of images are lower case: `{lower}`"))
        } else {
            problem.note("a name looks like `postgres:17` or `registry.example.com/team/app:1.2`")
        });
    }
}
