//! Some lists may not say the same thing twice.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::manifest::node::Node;

/// Lists of a service of which Compose does not drop what comes twice, but refuses it.
const LISTS: [&str; 4] = [
    "external_links",
    "group_add",
    "security_opt",
    "volumes_from",
];

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    let services = subject.manifest.root.get("services");
    for (_, entry) in services.into_iter().flat_map(Node::entries) {
        for list in LISTS {
            let items = entry.node.get(list).map(Node::items).unwrap_or_default();
            for (index, item) in items.iter().enumerate() {
                let Some(text) = item.as_str() else { continue };
                let first = items[..index].iter().find(|one| one.as_str() == Some(text));
                if let Some(first) = first {
                    problems.push(
                        item.error(format!("`{text}` stands in `{list}` twice"), "again here")
                            .related(&first.span, "first here")
                            .fix("keep one of the two"),
                    );
                }
            }
        }
    }
}
