//! What the engine says of a project, less what no two runs have alike.
//!
//! The differences between Compose and devstack that are on purpose are here, and nowhere else:
//!
//!  * a published port without an address binds to loopback, not to every address ([`ports_bind_to_loopback`]);
//!  * devstack adds labels of its own (`dev.devstack.…`), and the two programs differ in what they put into
//!    `config-hash` and `version` ([`OWN_LABELS`]);
//!  * devstack makes a named volume of layers, which the engine holds as options ([`volume`]);
//!  * `volumes_from: service:ro` is read-only for devstack; Compose 2.40 loses the mode, so no stack here has one;
//!  * `restart: no` is for devstack what no `restart` is, and the engine holds it so ([`restart_policy`]).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Labels in which the programs differ by nature.
const OWN_LABELS: [&str; 2] = [
    "com.docker.compose.config-hash",
    "com.docker.compose.version",
];

/// What each container has of its own: ids, times, paths of the engine.
const PER_CONTAINER: [&str; 13] = [
    "Id",
    "Created",
    "State",
    "ResolvConfPath",
    "HostnamePath",
    "HostsPath",
    "LogPath",
    "GraphDriver",
    "Driver",
    "RestartCount",
    "ExecIDs",
    "MountLabel",
    "ProcessLabel",
];

/// Lists whose order means something.
const ORDERED: [&str; 7] = [
    "Cmd",
    "Entrypoint",
    "Args",
    "Test",
    "Dns",
    "DnsSearch",
    "DnsOptions",
];

/// Everything of a project that can be compared, each thing under its name.
pub(crate) struct Facts {
    pub(crate) containers: BTreeMap<String, Value>,
    pub(crate) networks: BTreeMap<String, Value>,
    pub(crate) volumes: BTreeMap<String, Value>,
}

/// From what `docker inspect` says.
pub(crate) fn comparable(containers: &[Value], networks: &[Value], volumes: &[Value]) -> Facts {
    // What refers to a container by its id is compared by that container's name.
    let names: Vec<(String, String)> = containers
        .iter()
        .map(|c| (text(&c["Id"]).to_owned(), text(&c["Name"]).to_owned()))
        .collect();
    let under = |values: &[Value], rest: fn(&Value) -> Value| {
        values
            .iter()
            .map(|value| {
                let mut json = rest(value).to_string();
                for (id, name) in &names {
                    json = json.replace(id, name.trim_start_matches('/'));
                }
                let mut rest = serde_json::from_str(&json).expect("it was JSON before");
                order_lists(&mut rest, false);
                let name = text(&value["Name"]).trim_start_matches('/').to_owned();
                (name, rest)
            })
            .collect()
    };
    Facts {
        containers: under(containers, container),
        networks: under(networks, network),
        volumes: under(volumes, volume),
    }
}

fn container(inspected: &Value) -> Value {
    let mut value = inspected.clone();
    let id = text(&value["Id"]).chars().take(12).collect::<String>();
    for key in PER_CONTAINER {
        object(&mut value).remove(key);
    }
    let config = &mut value["Config"];
    own_labels(&mut config["Labels"]);
    if text(&config["Hostname"]) == id {
        config["Hostname"] = "<generated>".into();
    }
    depends_on(&mut config["Labels"]);
    restart_policy(&mut value["HostConfig"]["RestartPolicy"]);
    mounts(&mut value["Mounts"]);
    let networks = value["NetworkSettings"]["Networks"].take();
    let ports = value["NetworkSettings"]["Ports"].take();
    value["NetworkSettings"] = serde_json::json!({
        "Networks": attachments(networks, &id),
        "Ports": ports,
    });
    ports_bind_to_loopback(&mut value["HostConfig"]["PortBindings"]);
    ports_bind_to_loopback(&mut value["NetworkSettings"]["Ports"]);
    value
}

/// Compose lists dependencies in an order that changes from run to run.
fn depends_on(labels: &mut Value) {
    let label = &mut labels["com.docker.compose.depends_on"];
    let mut dependencies: Vec<&str> = text(label).split(',').collect();
    dependencies.sort_unstable();
    *label = dependencies.join(",").into();
}

/// `no` and nothing are one to the engine.
fn restart_policy(policy: &mut Value) {
    if text(&policy["Name"]) == "no" {
        policy["Name"] = "".into();
    }
}

/// A volume without a name has one that the engine made up, and Docker Compose says nothing of its driver.
fn mounts(mounts: &mut Value) {
    let Some(list) = mounts.as_array_mut() else {
        return;
    };
    for mount in list.iter_mut() {
        let name = text(&mount["Name"]).to_owned();
        if name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            mount["Name"] = "<anonymous>".into();
            mount["Source"] = "<anonymous>".into();
        }
    }
    list.sort_by_key(|mount| text(&mount["Destination"]).to_owned());
}

/// Addresses are compared where the file fixes them, which `IPAMConfig` shows.
fn attachments(networks: Value, id: &str) -> Value {
    let Value::Object(mut networks) = networks else {
        return networks;
    };
    for attachment in networks.values_mut() {
        let generated = [
            "NetworkID",
            "EndpointID",
            "Gateway",
            "IPAddress",
            "IPPrefixLen",
            "IPv6Gateway",
            "GlobalIPv6Address",
            "GlobalIPv6PrefixLen",
            "MacAddress",
        ];
        for key in generated {
            object(attachment).remove(key);
        }
        if let Some(aliases) = attachment["Aliases"].as_array_mut() {
            aliases.retain(|alias| text(alias) != id);
        }
    }
    Value::Object(networks)
}

/// Compose binds to every address where the file gives none, devstack to loopback. Where the engine chose the port, it
/// chose two different ones.
fn ports_bind_to_loopback(ports: &mut Value) {
    let Value::Object(ports) = ports else {
        return;
    };
    for bindings in ports.values_mut() {
        let Some(list) = bindings.as_array_mut() else {
            continue;
        };
        for binding in list.iter_mut() {
            if ["", "0.0.0.0", "::", "127.0.0.1"].contains(&text(&binding["HostIp"])) {
                binding["HostIp"] = "<default>".into();
            }
            // The ephemeral range of Linux.
            let port: u32 = text(&binding["HostPort"]).parse().unwrap_or(0);
            if port == 0 || port >= 32_768 {
                binding["HostPort"] = "<chosen>".into();
            }
        }
        list.dedup();
    }
}

fn network(inspected: &Value) -> Value {
    let mut value = inspected.clone();
    for key in ["Id", "Created", "Containers"] {
        object(&mut value).remove(key);
    }
    own_labels(&mut value["Labels"]);
    // A network without a subnet of its own gets the next free one.
    if let Some(pools) = value["IPAM"]["Config"].as_array_mut() {
        for pool in pools {
            let subnet = text(&pool["Subnet"]).to_owned();
            if !subnet.starts_with("10.") {
                *pool = "<chosen>".into();
            }
        }
    }
    value
}

fn volume(inspected: &Value) -> Value {
    let mut value = inspected.clone();
    object(&mut value).remove("CreatedAt");
    if !value["Labels"]["dev.devstack.data"].is_null() {
        value["Options"] = Value::Null;
    }
    own_labels(&mut value["Labels"]);
    value
}

fn own_labels(labels: &mut Value) {
    if let Value::Object(labels) = labels {
        labels.retain(|key, _| {
            !OWN_LABELS.contains(&key.as_str()) && !key.starts_with("dev.devstack.")
        });
    }
}

/// Sorts lists whose order means nothing, and takes an empty list or map for an absent one.
fn order_lists(value: &mut Value, ordered: bool) {
    match value {
        Value::Array(list) => {
            for item in list.iter_mut() {
                order_lists(item, ordered);
            }
            if !ordered {
                list.sort_by_key(ToString::to_string);
            }
            if list.is_empty() {
                *value = Value::Null;
            }
        }
        Value::Object(map) => {
            map.sort_keys();
            for (key, item) in map.iter_mut() {
                order_lists(item, ORDERED.contains(&key.as_str()));
            }
            map.retain(|_, item| !item.is_null());
            if map.is_empty() {
                *value = Value::Null;
            }
        }
        _ => {}
    }
}

/// What differs, a line a value.
pub(crate) fn shown_differences(compose: &Facts, devstack: &Facts) -> String {
    let mut lines = Vec::new();
    for (kind, left, right) in [
        ("container", &compose.containers, &devstack.containers),
        ("network", &compose.networks, &devstack.networks),
        ("volume", &compose.volumes, &devstack.volumes),
    ] {
        let as_map = |facts: &BTreeMap<String, Value>| {
            Value::Object(facts.clone().into_iter().collect::<Map<_, _>>())
        };
        differ(kind, &as_map(left), &as_map(right), &mut lines);
    }
    lines.join("\n")
}

fn differ(place: &str, left: &Value, right: &Value, lines: &mut Vec<String>) {
    if let (Value::Object(left), Value::Object(right)) = (left, right) {
        let mut keys: Vec<&String> = left.keys().chain(right.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let none = &Value::Null;
            let pair = (
                left.get(key).unwrap_or(none),
                right.get(key).unwrap_or(none),
            );
            differ(&format!("{place} {key}"), pair.0, pair.1, lines);
        }
    } else if left != right {
        lines.push(format!("{place}\n  - {left}\n  + {right}"));
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    value
        .as_object_mut()
        .expect("what is inspected is an object")
}
