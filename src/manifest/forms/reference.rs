//! Small forms: devices, GPUs, `external`, `extends`, `include`, microseconds.

use super::super::canonical::Walk;
use super::super::node::{Node, Value};
use super::super::number;
use super::super::quantity;
use super::list::text_of;

/// `source[:target[:permissions]]`.
pub(crate) fn device(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    let Some(text) = text_of(node) else {
        return requires(node, walk, "device", &["source", "target"]);
    };
    // A device of the container device interface (`vendor.com/class=name`) has no target.
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, permissions) = match parts[..] {
        [source] => (source, source, "rwm"),
        [source, target] => (source, target, "rwm"),
        [source, target, permissions] => (source, target, permissions),
        _ => {
            walk.problems.push(node.error(
                format!("an entry of `{name}` must be `source[:target[:permissions]]`"),
                "has too many colons",
            ));
            return false;
        }
    };
    let target = if target.is_empty() { source } else { target };
    *node = node.derive_mapping([
        ("source", node.derive_text(source)),
        ("target", node.derive_text(target)),
        ("permissions", node.derive_text(permissions)),
    ]);
    true
}

/// `gpus: all`.
pub(crate) fn gpus(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    match text_of(node) {
        None => true,
        Some("all") => {
            let request = node.derive_mapping([("count", node.derive_text("all"))]);
            node.value = Value::Sequence(vec![request]);
            true
        }
        Some(_) => {
            walk.unexpected(node, name, "`all` or a list");
            false
        }
    }
}

/// A number of devices; `all` is -1, as the engine says it.
pub(crate) fn device_count(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    let count = match node.as_str() {
        Some("all") => Some(-1),
        Some(text) => number::integer(text),
        None => None,
    };
    let Some(count) = count else {
        walk.unexpected(node, name, "a number or `all`");
        return false;
    };
    *node = node.derive_integer(count);
    true
}

/// `external: { name: x }`, the old way to say `external: true` and `name: x`.
pub(crate) fn external(node: &mut Node, walk: &mut Walk<'_>, _: &str) -> bool {
    let Some(old) = node
        .get("external")
        .filter(|old| old.as_mapping().is_some())
    else {
        return true;
    };
    let old = old.clone();
    let name = old.get("name").cloned();
    let conflict = match (&name, node.str("name")) {
        (Some(old_name), Some(new)) => old_name.as_str() != Some(new),
        _ => false,
    };
    if conflict {
        walk.problems.push(
            old.error("`name` and `external.name` say different things", "")
                .fix("keep `name` and write `external: true`"),
        );
    }
    let Some(mapping) = node.as_mapping_mut() else {
        return true;
    };
    mapping.insert("external".to_owned(), old.entry(old.derive_bool(true)));
    if let Some(name) = name {
        let entry = name.entry(name.clone());
        mapping.entry("name".to_owned()).or_insert(entry);
    }
    true
}

/// `extends: service`.
pub(crate) fn extends(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    if text_of(node).is_some() {
        let service = node.clone();
        *node = node.derive_mapping([("service", service)]);
    }
    if node.as_mapping().is_some() && node.get("service").is_none() {
        walk.problems
            .push(node.error(format!("`{name}` must name a `service`"), ""));
        return false;
    }
    true
}

/// `include: [path]`.
pub(crate) fn include(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    if text_of(node).is_some() {
        let path = node.clone();
        *node = node.derive_mapping([("path", path)]);
    }
    if node.as_mapping().is_some() && node.get("path").is_none() {
        walk.problems
            .push(node.error(format!("an entry of `{name}` must have a `path`"), ""));
        return false;
    }
    true
}

/// Microseconds, as a number or as a duration.
pub(crate) fn microseconds(node: &mut Node, _: &mut Walk<'_>, _: &str) -> bool {
    if let Some(duration) = text_of(node).and_then(quantity::duration)
        && let Ok(micros) = i64::try_from(duration.as_micros())
    {
        *node = node.derive_integer(micros);
    }
    true
}

/// Both limits of a `ulimits` entry must be there.
pub(crate) fn limits(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    requires(node, walk, name, &["soft", "hard"])
}

/// A hook must have a command.
pub(crate) fn hook(node: &mut Node, walk: &mut Walk<'_>, _: &str) -> bool {
    requires(node, walk, "hook", &["command"])
}

/// A watch says what it watches and what is done then.
pub(crate) fn watch(node: &mut Node, walk: &mut Walk<'_>, _: &str) -> bool {
    if !requires(node, walk, "watch", &["path", "action"]) {
        return false;
    }
    let copies = !matches!(node.str("action"), Some("rebuild" | "restart"));
    if copies && node.as_mapping().is_some() && node.get("target").is_none() {
        let action = node.get("action").unwrap_or(node);
        let problem = action.error("this action needs a `target`", "");
        walk.problems
            .push(problem.fix("say where in the container"));
        return false;
    }
    true
}

/// A device request must have capabilities; without a count and ids it means all devices.
pub(crate) fn device_request(node: &mut Node, walk: &mut Walk<'_>, _: &str) -> bool {
    requires(node, walk, "device", &["capabilities"]) && any_device(node, walk, "")
}

/// A device request without a count and ids means all devices.
pub(crate) fn any_device(node: &mut Node, _: &mut Walk<'_>, _: &str) -> bool {
    let all = node.derive_text("all");
    let named = node.has("count") || node.has("device_ids");
    if let (false, Some(mapping)) = (named, node.as_mapping_mut()) {
        mapping.insert("count".to_owned(), all.entry(all.clone()));
    }
    true
}

fn requires(node: &Node, walk: &mut Walk<'_>, name: &str, keys: &[&str]) -> bool {
    if node.as_mapping().is_none() {
        return true;
    }
    let missing: Vec<&str> = keys.iter().copied().filter(|key| !node.has(key)).collect();
    for key in &missing {
        walk.problems
            .push(node.error(format!("`{name}` lacks `{key}`"), ""));
    }
    missing.is_empty()
}
