//! What one service implies: the Dockerfile's name, dependencies by links and shared namespaces, targets of secrets.

use crate::manifest::node::{Mapping, Node, Value};

/// Makes it explicit.
pub(super) fn service(service: &mut Node) {
    let dependencies = implied_dependencies(service);
    let Some(service) = service.as_mapping_mut() else {
        return;
    };
    if let Some(policy) = service.get_mut("pull_policy")
        && policy.node.as_str() == Some("if_not_present")
    {
        policy.node = policy.node.derive_text("missing");
    }
    if let Some(build) = service.get_mut("build")
        && !build.node.has("dockerfile")
        && !build.node.has("dockerfile_inline")
    {
        let dockerfile = build.node.derive_text("Dockerfile");
        let entry = build.node.entry(dockerfile);
        if let Some(build) = build.node.as_mapping_mut() {
            build.insert("dockerfile".to_owned(), entry);
        }
    }
    if let Some(secrets) = service.get_mut("secrets") {
        default_targets(&mut secrets.node);
    }
    if !dependencies.is_empty() {
        let place = dependencies[0].2.clone();
        let all = service
            .entry("depends_on".to_owned())
            .or_insert_with(|| place.entry(place.derive(Value::Mapping(Mapping::new()))));
        if let Some(all) = all.node.as_mapping_mut() {
            for (name, restart, node) in dependencies {
                let implied = node.derive_mapping([
                    ("condition", node.derive_text("service_started")),
                    ("restart", node.derive_bool(restart)),
                    ("required", node.derive_bool(true)),
                ]);
                all.entry(name).or_insert(node.entry(implied));
            }
        }
    }
}

/// Services that must be there because this one is built upon them: name, whether it follows their restarts, place.
fn implied_dependencies(service: &Node) -> Vec<(String, bool, Node)> {
    let mut found = Vec::new();
    for link in service.get("links").map(Node::items).unwrap_or_default() {
        if let Some(text) = link.as_str() {
            let name = text.split(':').next().unwrap_or(text);
            found.push((name.to_owned(), true, link.clone()));
        }
    }
    for namespace in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        if let Some(node) = service.get(namespace)
            && let Some(name) = node.as_str().and_then(|text| text.strip_prefix("service:"))
        {
            found.push((name.to_owned(), true, node.clone()));
        }
    }
    for source in service
        .get("volumes_from")
        .map(Node::items)
        .unwrap_or_default()
    {
        if let Some(text) = source.as_str()
            && !text.starts_with("container:")
        {
            let name = text.split(':').next().unwrap_or(text);
            found.push((name.to_owned(), false, source.clone()));
        }
    }
    found
}

/// A secret lies in `/run/secrets` if nothing else is said.
fn default_targets(secrets: &mut Node) {
    let Value::Sequence(items) = &mut secrets.value else {
        return;
    };
    for item in items {
        let Some(source) = item.get("source").cloned() else {
            continue;
        };
        let name = source.as_str().unwrap_or_default();
        let default = source.derive_text(format!("/run/secrets/{name}"));
        if let Some(mapping) = item.as_mapping_mut() {
            let entry = default.entry(default.clone());
            mapping.entry("target".to_owned()).or_insert(entry);
        }
    }
}
