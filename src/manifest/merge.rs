//! Merges one canonical tree over another (Compose Specification, "Merge").
//!
//! Mappings merge key by key, lists are joined, single values are replaced. Some lists hold one entry a name or
//! target, commands are replaced as a whole, and `!reset` and `!override` say otherwise where they stand. Since
//! both trees are in their long form, the rules need to know no short ones.

use indexmap::IndexMap;

use super::node::{Mapping, MergeTag, Node, Value};

/// Merges `over` over `base`; `path` is where both stand, empty for whole files.
pub fn merge(base: Node, over: Node, path: &mut Vec<String>) -> Node {
    if over.tag == Some(MergeTag::Override) {
        return over;
    }
    let rule = rule(path);
    if over.is_null() {
        return if matches!(rule, Rule::NullReplaces | Rule::Replace) {
            over
        } else {
            base
        };
    }
    match (rule, base.value, over.value) {
        (Rule::Replace, _, value) => Node { value, ..over },
        (Rule::Logging, Value::Mapping(old), Value::Mapping(new)) if other_driver(&old, &new) => {
            Node {
                value: Value::Mapping(new),
                ..over
            }
        }
        (_, Value::Mapping(mut old), Value::Mapping(new)) => {
            for (key, entry) in new {
                if entry.node.tag == Some(MergeTag::Reset) {
                    old.shift_remove(&key);
                    continue;
                }
                let Some(before) = old.get_mut(&key) else {
                    old.insert(key, entry);
                    continue;
                };
                path.push(key);
                let place = before.key.clone();
                let base = std::mem::replace(&mut before.node, Node::null(place));
                before.key = entry.key;
                before.node = merge(base, entry.node, path);
                path.pop();
            }
            Node {
                value: Value::Mapping(old),
                ..over
            }
        }
        (rule, Value::Sequence(mut old), Value::Sequence(new)) => {
            if rule == Rule::Subnets {
                join_subnets(&mut old, new);
            } else {
                old.extend(new);
            }
            Node {
                value: Value::Sequence(old),
                ..over
            }
        }
        (_, _, value) => Node { value, ..over },
    }
}

/// Brings a finished tree in order: takes out what `!reset` marks, and keeps one entry a name or target in the lists
/// that are like sets: the later one, at the place of the earlier.
pub fn settle(node: &mut Node, path: &mut Vec<String>) {
    node.tag = None;
    match &mut node.value {
        Value::Mapping(mapping) => {
            mapping.retain(|_, entry| entry.node.tag != Some(MergeTag::Reset));
            for (key, entry) in mapping {
                path.push(key.clone());
                settle(&mut entry.node, path);
                path.pop();
            }
        }
        Value::Sequence(items) => {
            items.retain(|item| item.tag != Some(MergeTag::Reset));
            path.push(String::new());
            for item in items.iter_mut() {
                settle(item, path);
            }
            path.pop();
            if let Some(key_of) = set_key(path) {
                let mut seen: IndexMap<String, Node> = IndexMap::new();
                for (index, item) in std::mem::take(items).into_iter().enumerate() {
                    let key = key_of(&item).unwrap_or_else(|| format!("\0{index}"));
                    seen.insert(key, item);
                }
                items.extend(seen.into_values());
            }
        }
        Value::Scalar(_) => {}
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Join,
    Replace,
    /// A key without a value is a value too: it takes the environment's.
    NullReplaces,
    Logging,
    Subnets,
}

fn rule(path: &[String]) -> Rule {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts[..] {
        ["services", _, "command" | "entrypoint"] | ["services", _, "healthcheck", "test"] => {
            Rule::Replace
        }
        ["services", _, "environment", _] | ["services", _, "build", "args", _] => {
            Rule::NullReplaces
        }
        ["services", _, "logging"] => Rule::Logging,
        ["networks", _, "ipam", "config"] => Rule::Subnets,
        _ => Rule::Join,
    }
}

type KeyOf = fn(&Node) -> Option<String>;

/// What tells the entries of a list apart, if it is like a set.
fn set_key(path: &[String]) -> Option<KeyOf> {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let key_of: KeyOf = match parts[..] {
        ["services", _, "ports"] => |port| {
            let part = |key| port.str(key).unwrap_or_default();
            let address = port.str("host_ip").unwrap_or("0.0.0.0");
            Some(format!(
                "{address}:{}:{}/{}",
                part("published"),
                part("target"),
                part("protocol")
            ))
        },
        ["services", _, "volumes" | "devices"] => |mount| mount.str("target").map(str::to_owned),
        ["services", _, "env_file"] => |file| file.str("path").map(str::to_owned),
        ["services", _, "secrets"] => |file| reference_target(file, "/run/secrets"),
        ["services", _, "configs"] => |file| reference_target(file, ""),
        ["services", _, "extra_hosts"] => |host| host.as_str().map(str::to_owned),
        [
            "services",
            _,
            "cap_add" | "cap_drop" | "dns" | "dns_opt" | "dns_search" | "expose" | "links"
            | "profiles" | "tmpfs",
        ]
        | ["services", _, "build", "tags"]
        | ["services", _, "networks", _, "aliases" | "link_local_ips"] => |text| {
            let text = text.as_str()?;
            Some(text.split('=').next().unwrap_or(text).to_owned())
        },
        _ => return None,
    };
    Some(key_of)
}

fn reference_target(file: &Node, folder: &str) -> Option<String> {
    match file.str("target") {
        Some(target) => Some(target.to_owned()),
        None => Some(format!("{folder}/{}", file.str("source")?)),
    }
}

fn other_driver(old: &Mapping, new: &Mapping) -> bool {
    let driver = |mapping: &Mapping| {
        mapping
            .get("driver")
            .and_then(|entry| entry.node.as_str().map(str::to_owned))
    };
    match (driver(old), driver(new)) {
        (Some(old), Some(new)) => old != new,
        _ => false,
    }
}

fn join_subnets(old: &mut Vec<Node>, new: Vec<Node>) {
    for over in new {
        let subnet = over.str("subnet").map(str::to_owned);
        let same = old
            .iter()
            .position(|base| subnet.is_some() && base.str("subnet") == subnet.as_deref());
        match same {
            Some(at) => {
                let base = old.remove(at);
                old.insert(at, merge(base, over, &mut Vec::new()));
            }
            None => old.push(over),
        }
    }
}
