//! Where each value of a manifest came from.

use crate::manifest::node::{Node, Origin};

/// Every single value, one a line: its path, then its place and the variables that were put into it.
pub(super) fn lines(root: &Node) -> Vec<String> {
    let mut lines = Vec::new();
    walk(root, "", &mut lines);
    lines
}

fn walk(node: &Node, path: &str, lines: &mut Vec<String>) {
    if let Some(text) = node.as_str() {
        lines.push(format!("{path}: {text:?}  # {}", place(node)));
    }
    for (index, item) in node.items().iter().enumerate() {
        walk(item, &format!("{path}[{index}]"), lines);
    }
    for (key, entry) in node.entries() {
        let below = match path {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        };
        walk(&entry.node, &below, lines);
    }
}

fn place(node: &Node) -> String {
    let via = node.via.iter().map(|via| format!("used at {via}"));
    let variables = node.variables.iter().map(|variable| {
        let name = &variable.name;
        match &variable.origin {
            Origin::Environment => format!("{name} from the environment"),
            Origin::EnvFile(span) => format!("{name} from {span}"),
            Origin::Default => format!("{name} by its default"),
            Origin::Unset => format!("{name} not set"),
            Origin::Unanswered => format!("{name} not answered yet"),
        }
    });
    let parts: Vec<String> = std::iter::once(node.span.to_string())
        .chain(via)
        .chain(variables)
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use crate::stack::testing::compose;

    #[test]
    fn names_file_line_and_variable() {
        let loaded = compose("services:\n  a: { image: \"x:${TAG}\", hostname: \"${H:-h}\" }\n")
            .file(".env", "TAG=1\n")
            .load();
        assert!(
            loaded.origins().contains(
                &"services.a.image: \"x:1\"  # compose.yaml:2:15, TAG from .env:1:1".to_owned()
            ),
            "{:#?}",
            loaded.origins()
        );
        assert!(
            loaded.origins().contains(
                &"services.a.hostname: \"h\"  # compose.yaml:2:37, H by its default".to_owned()
            ),
            "{:#?}",
            loaded.origins()
        );
    }
}
