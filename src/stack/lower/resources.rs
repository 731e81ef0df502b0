//! Limits and reservations.

use serde_json::{Map, Value, json};

use crate::manifest::node::Node;
use crate::stack::Resources;

/// Lowers them; `deploy.resources` wins over the older keys.
pub(super) fn lower(node: &Node) -> Resources {
    let section = |name: &str| {
        node.get("deploy")
            .and_then(|deploy| deploy.get("resources")?.get(name))
    };
    let limits = section("limits");
    let reservations = section("reservations");
    let cpus = limits
        .and_then(|limits| limits.float("cpus"))
        .or_else(|| node.float("cpus"));
    Resources {
        memory: limits
            .and_then(|limits| limits.size("memory"))
            .or_else(|| node.size("mem_limit")),
        memory_reservation: reservations
            .and_then(|reservations| reservations.size("memory"))
            .or_else(|| node.size("mem_reservation")),
        memory_swap: node.size("memswap_limit"),
        memory_swappiness: node.integer("mem_swappiness"),
        nano_cpus: cpus.map(nano_cpus),
        cpu_shares: node.integer("cpu_shares"),
        cpu_period: node.integer("cpu_period"),
        cpu_quota: node.integer("cpu_quota"),
        cpu_rt_period: node.integer("cpu_rt_period"),
        cpu_rt_runtime: node.integer("cpu_rt_runtime"),
        cpu_count: node.integer("cpu_count"),
        cpu_percent: node.float("cpu_percent").map(whole),
        cpuset: node.string("cpuset"),
        pids_limit: limits
            .and_then(|limits| limits.integer("pids"))
            .or_else(|| node.integer("pids_limit")),
        oom_kill_disable: node.bool("oom_kill_disable"),
        oom_score_adj: node.integer("oom_score_adj"),
        shm_size: node.size("shm_size"),
        blkio: node.get("blkio_config").map(blkio),
    }
}

fn nano_cpus(cpus: f64) -> i64 {
    whole((cpus * 1e9).round())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast of a float saturates, and no machine has that many CPUs"
)]
fn whole(number: f64) -> i64 {
    number as i64
}

/// The engine's own form of `blkio_config`.
fn blkio(node: &Node) -> Value {
    let mut config = Map::new();
    if let Some(weight) = node.integer("weight") {
        config.insert("BlkioWeight".to_owned(), json!(weight));
    }
    for (key, field, value) in [
        ("weight_device", "BlkioWeightDevice", "Weight"),
        ("device_read_bps", "BlkioDeviceReadBps", "Rate"),
        ("device_write_bps", "BlkioDeviceWriteBps", "Rate"),
        ("device_read_iops", "BlkioDeviceReadIOps", "Rate"),
        ("device_write_iops", "BlkioDeviceWriteIOps", "Rate"),
    ] {
        let Some(items) = node.get(key).map(Node::items) else {
            continue;
        };
        let items: Vec<Value> = items
            .iter()
            .map(|item| {
                let amount = item.size(&value.to_ascii_lowercase());
                let mut device = Map::new();
                device.insert("Path".to_owned(), json!(item.str("path")));
                device.insert(value.to_owned(), json!(amount));
                Value::Object(device)
            })
            .collect();
        config.insert(field.to_owned(), Value::Array(items));
    }
    Value::Object(config)
}
