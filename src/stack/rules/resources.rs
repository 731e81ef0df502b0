//! Where a secret's or config's content comes from: exactly one source.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::manifest::canonical::list_of;
use crate::manifest::node::Node;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    const KINDS: [(&str, &str, &[&str]); 2] = [
        ("secrets", "secret", &["file", "environment"]),
        ("configs", "config", &["file", "environment", "content"]),
    ];
    for (section, one, sources) in KINDS {
        let declared = subject.manifest.root.get(section);
        for (name, entry) in declared.into_iter().flat_map(Node::entries) {
            let node = &entry.node;
            let given: Vec<&str> = sources
                .iter()
                .copied()
                .filter(|key| node.has(key))
                .collect();
            if given.len() > 1 {
                problems.push(
                    Diagnostic::error(format!(
                        "the {one} `{name}` has {}, and only one may be",
                        given
                            .iter()
                            .map(|key| format!("`{key}`"))
                            .collect::<Vec<_>>()
                            .join(" and ")
                    ))
                    .at(&entry.key, "")
                    .fix("keep one of them"),
                );
            } else if given.is_empty() && !node.has("external") {
                problems.push(
                    Diagnostic::error(format!("the {one} `{name}` has no content"))
                        .at(&entry.key, "")
                        .fix(format!("give it one of {}", list_of(sources))),
                );
            }
        }
    }
}
