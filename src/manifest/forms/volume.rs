//! Mounts in their short form, `[source:]target[:options]`.

use super::super::canonical::Walk;
use super::super::node::{Mapping, Node, Value};
use super::list::text_of;

/// Brings a mount into the long form, its source absolute if it is a path.
pub(crate) fn volume(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    if let Some(text) = text_of(node) {
        match short(node, text) {
            Ok(long) => *node = long,
            Err(why) => {
                walk.problems.push(
                    node.error(format!("an entry of `{name}` cannot be read: {why}"), "")
                        .note("the short form is `[source:]target[:options]`"),
                );
                return false;
            }
        }
    } else if node.as_mapping().is_some() {
        if node.get("type").is_none() {
            walk.problems.push(
                node.error(format!("an entry of `{name}` lacks `type`"), "")
                    .fix("add `type: volume`, `bind` or `tmpfs`"),
            );
            return false;
        }
        if node.get("target").is_none() {
            walk.problems
                .push(node.error(format!("an entry of `{name}` lacks `target`"), ""));
            return false;
        }
    }
    let bind = node.str("type") == Some("bind");
    if bind && node.get("source").is_none() {
        walk.problems
            .push(node.error("a `bind` mount must have a `source`", ""));
        return false;
    }
    let source = node
        .get("source")
        .filter(|_| bind)
        .and_then(|source| text_of(source).map(|path| walk.absolute(path, true)));
    let target = node.str("target").map(clean_target);
    if let Some(mapping) = node.as_mapping_mut() {
        for (key, value) in [("source", source), ("target", target)] {
            if let (Some(value), Some(entry)) = (value, mapping.get_mut(key)) {
                entry.node = entry.node.derive_text(value);
            }
        }
    }
    true
}

fn short(node: &Node, text: &str) -> Result<Node, &'static str> {
    let (source, target, options) = take_apart(text)?;
    let is_path = source.is_some_and(is_path);
    let mut long = Mapping::new();
    let mut put = |key: &str, value: Node| {
        long.insert(key.to_owned(), node.entry(value));
    };
    put(
        "type",
        node.derive_text(if is_path { "bind" } else { "volume" }),
    );
    if let Some(source) = source {
        put("source", node.derive_text(source));
    }
    put("target", node.derive_text(target));
    let (mut bind, mut volume) = (Mapping::new(), Mapping::new());
    for option in options.split(',') {
        let text = |text: &str| node.entry(node.derive_text(text));
        // As in Compose, an option says something even of a mount of the other type.
        match option {
            "ro" => put("read_only", node.derive_bool(true)),
            "nocopy" => {
                volume.insert("nocopy".to_owned(), node.entry(node.derive_bool(true)));
            }
            "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave" => {
                bind.insert("propagation".to_owned(), text(option));
            }
            "z" | "Z" => {
                bind.insert("selinux".to_owned(), text(option));
            }
            // Compose ignores what it does not know here (`cached`, `delegated`, …), and so do we.
            _ => {}
        }
    }
    if is_path {
        let create = node.entry(node.derive_bool(true));
        bind.insert("create_host_path".to_owned(), create);
    }
    // Compose takes a short cut for the shortest ones, which shows in its canonical form.
    let full = text.len() > 2;
    if (is_path && full) || !bind.is_empty() {
        put("bind", node.derive(Value::Mapping(bind)));
    }
    if (!is_path && full) || !volume.is_empty() {
        put("volume", node.derive(Value::Mapping(volume)));
    }
    Ok(node.derive(Value::Mapping(long)))
}

type Parts<'t> = (Option<&'t str>, &'t str, &'t str);

/// Takes the colons apart; a colon behind a single letter belongs to a Windows path.
fn take_apart(text: &str) -> Result<Parts<'_>, &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    if text.chars().count() <= 2 {
        return Ok((None, text, ""));
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(':') {
        let part = &text[start..at];
        let drive = part.len() == 1 && part.starts_with(char::is_alphabetic);
        if !drive {
            parts.push(part);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    if parts.iter().any(|part| part.is_empty()) {
        return Err("there is nothing between two colons");
    }
    match parts[..] {
        [target] => Ok((None, target, "")),
        [source, target] => Ok((Some(source), target, "")),
        [source, target, options] => Ok((Some(source), target, options)),
        _ => Err("it has too many colons"),
    }
}

fn is_path(source: &str) -> bool {
    source.starts_with(['.', '/', '~'])
        || source.starts_with("\\\\")
        || matches!(source.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic())
}

/// Removes `.`, doubled and final slashes, and resolves `..`, as Compose does.
fn clean_target(target: &str) -> String {
    let absolute = target.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    match (absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_short_forms_apart() {
        assert_eq!(take_apart("/data"), Ok((None, "/data", "")));
        assert_eq!(take_apart("db:/data"), Ok((Some("db"), "/data", "")));
        assert_eq!(take_apart("./a:/b:ro,z"), Ok((Some("./a"), "/b", "ro,z")));
        assert_eq!(take_apart("C:\\a:/b"), Ok((Some("C:\\a"), "/b", "")));
        for bad in ["", ":/a", "ab::/b", "ab:/b:ro:x"] {
            assert!(take_apart(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn cleans_targets() {
        assert_eq!(clean_target("/a//b/./c/"), "/a/b/c");
        assert_eq!(clean_target("/../a"), "/a");
        assert_eq!(clean_target("/"), "/");
    }
}
