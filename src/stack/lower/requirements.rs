//! `requires`.

use std::fmt::Display;

use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::Manifest;
use crate::manifest::canonical::absolute;
use crate::manifest::node::{Entry, Node};
use crate::stack::{
    Host, Required, RequiredFile, Requirements, Tool, Variable, VersionRequirement,
};

/// Architectures as images name them.
const ARCHITECTURES: [&str; 10] = [
    "amd64", "arm64", "arm", "386", "riscv64", "ppc64le", "s390x", "loong64", "mips64le", "wasm",
];

/// Lowers the section; what is wrong in it is reported and left out.
pub(super) fn lower(
    own: Option<&Node>,
    manifest: &Manifest,
    home: Option<&std::path::Path>,
    problems: &mut Vec<Diagnostic>,
) -> Requirements {
    let Some(node) = own.and_then(|own| own.get("requires")) else {
        return Requirements::default();
    };
    Requirements {
        engine: node
            .get("engine")
            .and_then(|engine| version(engine, problems).map(|what| required(engine, what))),
        memory: size(node, "memory", problems),
        cpus: node.get("cpus").and_then(|cpus| {
            let what = node.float("cpus")?;
            if what > 0.0 {
                return Some(required(cpus, what));
            }
            problems.push(cpus.error("`cpus` must be more than 0", ""));
            None
        }),
        disk: size(node, "disk", problems),
        architectures: architectures(node, problems),
        tools: entries(node, "tools")
            .filter_map(|(name, entry)| tool(name, entry, problems))
            .collect(),
        variables: entries(node, "env")
            .map(|(name, entry)| {
                let is_set = manifest.variables.non_empty(name).is_some();
                let name = name.to_owned();
                of_entry(entry, Variable { name, is_set })
            })
            .collect(),
        hosts: entries(node, "hosts")
            .filter_map(|(text, entry)| {
                let Some(what) = host(text) else {
                    problems.push(
                        Diagnostic::error(format!("`{text}` is no host that can be reached"))
                            .at(&entry.key, "")
                            .fix("write `name:port`, such as `github.com:443`"),
                    );
                    return None;
                };
                Some(of_entry(entry, what))
            })
            .collect(),
        ports: node
            .get("ports")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|item| Some(required(item, item.as_str()?.parse().ok()?)))
            .collect(),
        files: entries(node, "files")
            .map(|(name, entry)| {
                let path = absolute(name, &manifest.directory, home, false).into();
                let name = name.to_owned();
                of_entry(entry, RequiredFile { name, path })
            })
            .collect(),
    }
}

fn entries<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = (&'a str, &'a Entry)> {
    node.get(key).into_iter().flat_map(Node::entries)
}

fn required<T>(node: &Node, what: T) -> Required<T> {
    Required {
        what,
        get: None,
        span: node.span.clone(),
    }
}

/// A requirement whose name is the key, and whose value says how to get it.
fn of_entry<T>(entry: &Entry, what: T) -> Required<T> {
    Required {
        what,
        get: entry
            .node
            .as_str()
            .map(str::to_owned)
            .filter(|get| !get.is_empty()),
        span: entry.key.clone(),
    }
}

fn version(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<VersionRequirement> {
    let parsed = node.as_str()?.parse();
    parsed
        .map_err(|error| problems.push(no_version(node, &error)))
        .ok()
}

fn no_version(node: &Node, error: &dyn Display) -> Diagnostic {
    node.error(error.to_string(), "")
        .note("it is a version (`20` is any 20.x), `>=`, `>`, `<=`, `<`, `=`, `^` or `~` with one, several of them, or `*`")
}

fn size(node: &Node, key: &str, problems: &mut Vec<Diagnostic>) -> Option<Required<u64>> {
    let value = node.get(key)?;
    let bytes = u64::try_from(node.size(key)?)
        .ok()
        .filter(|bytes| *bytes > 0);
    if bytes.is_none() {
        problems.push(value.error(format!("`{key}` must be more than 0"), ""));
    }
    bytes.map(|bytes| required(value, bytes))
}

fn architectures(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Required<Vec<String>>> {
    let list = node.get("arch")?;
    let mut known = Vec::new();
    for item in list.items() {
        let text = item.as_str()?;
        let text = text.strip_prefix("linux/").unwrap_or(text);
        let name = match text {
            "x86_64" | "x64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        if ARCHITECTURES.contains(&name) {
            known.push(name.to_owned());
            continue;
        }
        let problem = item.error(format!("`{text}` is no architecture"), "");
        problems.push(match nearest(text, ARCHITECTURES) {
            Some(near) => problem.fix(format!("did you mean `{near}`?")),
            None => problem.note("it may be amd64, arm64, or another as images name it"),
        });
    }
    (!known.is_empty()).then(|| required(list, known))
}

fn tool(name: &str, entry: &Entry, problems: &mut Vec<Diagnostic>) -> Option<Required<Tool>> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    if name.is_empty() || name.starts_with(['-', '.']) || !name.chars().all(fits) {
        problems.push(
            Diagnostic::error(format!("`{name}` is no name of a program"))
                .at(&entry.key, "")
                .note("tools are found in PATH by their name alone"),
        );
        return None;
    }
    let node = &entry.node;
    let asked = match node.as_mapping() {
        Some(_) => node.get("version"),
        None => Some(node).filter(|node| node.as_str().is_some()),
    };
    let version = match asked {
        Some(asked) => version(asked, problems)?,
        None => VersionRequirement::any(),
    };
    let name = name.to_owned();
    Some(Required {
        what: Tool { name, version },
        get: node.string("get"),
        span: entry.key.clone(),
    })
}

/// `name`, `name:port`, `[address]:port`; a URL's scheme tells the port.
fn host(text: &str) -> Option<Host> {
    let (text, port) = match text.split_once("://") {
        Some(("https", rest)) => (rest.trim_end_matches('/'), 443),
        Some(("http", rest)) => (rest.trim_end_matches('/'), 80),
        Some(_) => return None,
        None => (text, 443),
    };
    let (name, port) = if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        match rest.strip_prefix(':') {
            Some(port) => (address, port.parse().ok()?),
            None if rest.is_empty() => (address, port),
            None => return None,
        }
    } else {
        match text.split_once(':') {
            Some((name, port)) => (name, port.parse().ok()?),
            None => (text, port),
        }
    };
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    (port > 0 && !name.is_empty() && name.chars().all(fits)).then(|| Host {
        name: name.to_owned(),
        port,
    })
}
