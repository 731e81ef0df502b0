//! The resolved model as `config` shows it: Compose's canonical form, as its own `config --format json` writes it.
//!
//! devstack's own keys stand under `x-devstack`, so that the output is a Compose file. Other `x-` keys inside of
//! services and resources are left out, as Compose does.

mod hash;
mod tidy;

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::manifest::Manifest;
use crate::manifest::canonical::OWN;
use crate::manifest::node::Node;
use tidy::{empty_lists, tidy};

/// The whole model as JSON. Dollar signs are doubled, so that the output can be read as a Compose file again.
///
/// `root` is the manifest's tree, or what is shown in its place.
pub(super) fn json(manifest: &Manifest, root: &Node) -> Value {
    let tree = root;
    let mut root = Map::new();
    root.insert("name".to_owned(), json!(manifest.name));
    for (key, entry) in tree.entries() {
        let node = &entry.node;
        let value = match key {
            // Compose shows no models.
            "name" | "version" | "include" | "models" => continue,
            "services" => services(node),
            "networks" | "volumes" | "secrets" | "configs" => {
                let used = used(tree, key);
                let resources: Map<String, Value> = node
                    .entries()
                    .filter(|(name, _)| used.contains(name))
                    .map(|(name, entry)| (name.to_owned(), resource(key, &entry.node)))
                    .collect();
                if resources.is_empty() {
                    continue;
                }
                Value::Object(resources)
            }
            _ if node.is_null() => continue,
            OWN => node.to_json(),
            _ => empty_lists(node.to_json()),
        };
        root.insert(key.to_owned(), value);
    }
    root.entry("services").or_insert_with(|| json!({}));
    let mut model = Value::Object(root);
    tidy(&mut model);
    // Nothing is put into inputs, so that nothing needs to be kept from being put in.
    let inputs = (model.get_mut(OWN))
        .and_then(Value::as_object_mut)
        .and_then(|own| Some(std::mem::take(own.get_mut("inputs")?)));
    escape(&mut model);
    if let Some(inputs) = inputs {
        model[OWN]["inputs"] = inputs;
    }
    model
}

/// The hash of each service, as `docker compose config --hash` gives it; the manifest's env files are not read.
pub(super) fn hashes(manifest: &Manifest) -> IndexMap<String, String> {
    let all = manifest.root.get("services").map(services);
    let mut model = json!({ "services": all });
    tidy(&mut model);
    with_names_of_go(&mut model);
    let services = model["services"].as_object();
    services
        .into_iter()
        .flatten()
        .map(|(name, service)| (name.clone(), hash::of(service)))
        .collect()
}

/// The resources of a section that services use; others are not shown.
fn used<'a>(root: &'a Node, section: &str) -> HashSet<&'a str> {
    let services = root.get("services").into_iter().flat_map(Node::entries);
    let mut used = HashSet::new();
    for (_, entry) in services {
        let service = &entry.node;
        let list = |node: Option<&'a Node>| node.map(Node::items).unwrap_or_default();
        match section {
            "networks" => used.extend(
                service
                    .get("networks")
                    .into_iter()
                    .flat_map(Node::entries)
                    .map(|(name, _)| name),
            ),
            "volumes" => used.extend(
                list(service.get(section))
                    .iter()
                    .filter(|mount| mount.str("type") == Some("volume"))
                    .filter_map(|mount| mount.str("source")),
            ),
            _ => {
                let built = service.get("build").and_then(|build| build.get(section));
                used.extend(
                    list(service.get(section))
                        .iter()
                        .chain(list(built))
                        .filter_map(|file| file.str("source")),
                );
            }
        }
    }
    used
}

/// In JSON, and only there, Compose writes the fields of block devices as its Go types name them, and does not read
/// them so itself.
pub fn with_names_of_go(model: &mut Value) {
    let services = model.get_mut("services").and_then(Value::as_object_mut);
    let devices = services
        .into_iter()
        .flat_map(Map::values_mut)
        .filter_map(|service| service.get_mut("blkio_config")?.as_object_mut())
        .flat_map(Map::values_mut)
        .filter_map(Value::as_array_mut)
        .flatten()
        .filter_map(Value::as_object_mut);
    for device in devices {
        *device = std::mem::take(device)
            .into_iter()
            .map(|(key, value)| (key[..1].to_ascii_uppercase() + &key[1..], value))
            .collect();
    }
}

fn services(section: &Node) -> Value {
    section
        .entries()
        .map(|(name, entry)| (name.to_owned(), service(&entry.node)))
        .collect()
}

fn service(node: &Node) -> Value {
    let mut json = object(node);
    // Compose always shows these two, and an empty list in them means something.
    for key in ["command", "entrypoint"] {
        let value = node.get(key).map_or(Value::Null, Node::to_json);
        json.insert(key.to_owned(), value);
    }
    if let Some(Value::Object(deploy)) = json.get_mut("deploy") {
        for key in ["resources", "placement"] {
            deploy.entry(key).or_insert_with(|| json!({}));
        }
    } else if node.get("deploy").is_some() {
        json.insert(
            "deploy".to_owned(),
            json!({ "resources": {}, "placement": {} }),
        );
    }
    for mount in list_of_objects(json.get_mut("volumes")) {
        if let Some(Value::Object(bind)) = mount.get_mut("bind") {
            bind.retain(|key, value| key != "create_host_path" || *value == json!(true));
        }
    }
    for watch in list_of_objects(json.get_mut("develop").and_then(|all| all.get_mut("watch"))) {
        let exec = watch.entry("exec").or_insert_with(|| json!({}));
        if let Some(exec) = exec.as_object_mut() {
            exec.entry("command").or_insert(Value::Null);
        }
    }
    if let Some(Value::Object(build)) = json.get_mut("build")
        && let Some(Value::Object(keys)) = build.get("ssh")
    {
        let keys: Vec<String> = keys
            .iter()
            .map(|(id, path)| match path.as_str() {
                Some(path) => format!("{id}={path}"),
                None => id.clone(),
            })
            .collect();
        build.insert("ssh".to_owned(), json!(keys));
    }
    Value::Object(json)
}

fn resource(section: &str, node: &Node) -> Value {
    let mut json = object(node);
    if section == "networks" {
        let ipam = json.entry("ipam").or_insert_with(|| json!({}));
        if let Some(ipam) = ipam.as_object_mut() {
            // Compose's canonical form lacks them, though the engine gets them.
            ipam.shift_remove("options");
        }
    }
    Value::Object(json)
}

fn object(node: &Node) -> Map<String, Value> {
    match node.to_json() {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn list_of_objects(list: Option<&mut Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    list.and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
}

fn escape(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('$') => *text = text.replace('$', "$$"),
        Value::Array(items) => items.iter_mut().for_each(escape),
        Value::Object(map) => map.values_mut().for_each(escape),
        _ => {}
    }
}
