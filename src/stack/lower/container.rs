//! The options that go to the engine as they are.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Context, build, resources};
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::node::Node;
use crate::stack::{Container, Device, HealthTest, Healthcheck, LogDriver, RestartPolicy, Ulimit};

/// Lowers them.
pub(super) fn lower(
    node: &Node,
    context: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Container {
    let namespace = |key: &str| {
        node.string(key)
            .map(|value| match value.strip_prefix("service:") {
                Some(service) => format!("container:{}", context.container_name(service)),
                None => value,
            })
    };
    Container {
        command: node.optional_texts("command"),
        entrypoint: node.optional_texts("entrypoint"),
        environment: node.optional_pairs("environment"),
        labels: node.pairs("labels"),
        annotations: node.pairs("annotations"),
        user: node.string("user"),
        group_add: node.texts("group_add"),
        working_dir: node.string("working_dir"),
        hostname: node.string("hostname"),
        domainname: node.string("domainname"),
        mac_address: node.string("mac_address"),
        expose: expose(node, problems),
        tty: node.bool("tty").unwrap_or(false),
        stdin_open: node.bool("stdin_open").unwrap_or(false),
        init: node.bool("init"),
        privileged: node.bool("privileged").unwrap_or(false),
        read_only: node.bool("read_only").unwrap_or(false),
        cap_add: node.texts("cap_add"),
        cap_drop: node.texts("cap_drop"),
        security_opt: node.texts("security_opt"),
        sysctls: node.pairs("sysctls"),
        ulimits: node
            .get("ulimits")
            .into_iter()
            .flat_map(Node::entries)
            .filter_map(|(name, entry)| Some((name.to_owned(), ulimit(&entry.node)?)))
            .collect(),
        devices: devices(node),
        device_cgroup_rules: node.texts("device_cgroup_rules"),
        device_requests: device_requests(node),
        dns: node.texts("dns"),
        dns_search: node.texts("dns_search"),
        dns_opt: node.texts("dns_opt"),
        extra_hosts: build::hosts(node),
        links: links(node, context),
        ipc: namespace("ipc"),
        pid: namespace("pid"),
        uts: namespace("uts"),
        userns_mode: node.string("userns_mode"),
        cgroup: namespace("cgroup"),
        cgroup_parent: node.string("cgroup_parent"),
        runtime: node.string("runtime"),
        isolation: node.string("isolation"),
        storage_opt: node.pairs("storage_opt"),
        volumes_from: node.texts("volumes_from"),
        logging: node.get("logging").map(|logging| LogDriver {
            driver: logging.string("driver"),
            options: logging.pairs("options"),
        }),
        restart: restart(node, problems),
        stop_signal: node.string("stop_signal"),
        stop_timeout: node
            .duration("stop_grace_period")
            .map(|period| period.as_secs()),
        healthcheck: healthcheck(node),
        resources: resources::lower(node),
    }
}

fn expose(node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut ports = Vec::new();
    for item in node.get("expose").map(Node::items).unwrap_or_default() {
        let text = item.as_str().unwrap_or_default();
        let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let known = matches!(protocol, "tcp" | "udp" | "sctp");
        match (from.parse::<u16>(), to.parse::<u16>()) {
            (Ok(from), Ok(to)) if known && from <= to => {
                ports.extend((from..=to).map(|port| format!("{port}/{protocol}")));
            }
            _ => problems.push(
                item.warning(
                    format!("`{text}` is not a port to expose, and is left out"),
                    "",
                )
                .note("it is written `port[-port][/protocol]`, such as `8080` or `53/udp`"),
            ),
        }
    }
    ports
}

fn ulimit(node: &Node) -> Option<Ulimit> {
    if let Some(text) = node.as_str() {
        let both = crate::manifest::number::integer(text)?;
        return Some(Ulimit {
            soft: both,
            hard: both,
        });
    }
    Some(Ulimit {
        soft: node.integer("soft")?,
        hard: node.integer("hard")?,
    })
}

fn devices(node: &Node) -> Vec<Device> {
    let items = node.get("devices").map(Node::items).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| {
            let source = item.string("source")?;
            Some(Device {
                target: item.string("target").unwrap_or_else(|| source.clone()),
                permissions: item
                    .string("permissions")
                    .unwrap_or_else(|| "rwm".to_owned()),
                source,
            })
        })
        .collect()
}

fn device_requests(node: &Node) -> Vec<Value> {
    let gpus = node.get("gpus").map(Node::items).unwrap_or_default();
    let reserved = node
        .get("deploy")
        .and_then(|deploy| deploy.get("resources")?.get("reservations")?.get("devices"))
        .map(Node::items)
        .unwrap_or_default();
    let request = |item: &Node, gpu: bool| {
        let mut capabilities = item.texts("capabilities");
        if gpu && !capabilities.iter().any(|capability| capability == "gpu") {
            capabilities.push("gpu".to_owned());
        }
        let ids = item.texts("device_ids");
        let count = item
            .integer("count")
            .unwrap_or(if ids.is_empty() { -1 } else { 0 });
        json!({
            "Driver": item.string("driver").unwrap_or_default(),
            "Count": count,
            "DeviceIDs": ids,
            "Capabilities": [capabilities],
            "Options": item.pairs("options"),
        })
    };
    gpus.iter()
        .map(|item| request(item, true))
        .chain(reserved.iter().map(|item| request(item, false)))
        .collect()
}

/// Each container of a linked service under three names, as Compose does; links to outside as they are.
fn links(node: &Node, context: &Context<'_>) -> Vec<String> {
    let mut links = Vec::new();
    for link in node.texts("links") {
        let (service, alias) = link.split_once(':').unwrap_or((&link, &link));
        let container = context.container_name(service);
        let mut seen = HashSet::new();
        let names = [
            alias.to_owned(),
            format!("{service}-1"),
            format!("{}-{service}-1", context.project),
        ];
        links.extend(
            names
                .into_iter()
                .filter(|name| seen.insert(name.clone()))
                .map(|name| format!("{container}:{name}")),
        );
    }
    for link in node.texts("external_links") {
        let (container, alias) = link.split_once(':').unwrap_or((&link, &link));
        links.push(format!("{container}:{alias}"));
    }
    links
}

fn restart(node: &Node, problems: &mut Vec<Diagnostic>) -> RestartPolicy {
    let policy = node
        .get("deploy")
        .and_then(|deploy| deploy.get("restart_policy"));
    if let Some(policy) = policy {
        let attempts = policy.integer("max_attempts");
        match policy.str("condition") {
            Some("none") => return RestartPolicy::No,
            Some("on-failure") => return RestartPolicy::OnFailure(attempts),
            Some("any" | "always") => return RestartPolicy::Always,
            Some("unless-stopped") => return RestartPolicy::UnlessStopped,
            _ => {}
        }
    }
    let Some(restart) = node.get("restart") else {
        return RestartPolicy::No;
    };
    let text = restart.as_str().unwrap_or_default();
    let (word, attempts) = match text.split_once(':') {
        Some((word, attempts)) => (word, Some(attempts)),
        None => (text, None),
    };
    match (word, attempts.map(str::parse::<i64>)) {
        ("" | "no", None) => RestartPolicy::No,
        ("always", None) => RestartPolicy::Always,
        ("unless-stopped", None) => RestartPolicy::UnlessStopped,
        ("on-failure", None) => RestartPolicy::OnFailure(None),
        ("on-failure", Some(Ok(attempts))) => RestartPolicy::OnFailure(Some(attempts)),
        _ => {
            // Compose lets it pass when it reads the file.
            let message = format!("`{text}` is not a restart policy, so it is taken as `no`");
            let problem = restart.warning(message, "");
            let words = ["no", "always", "unless-stopped", "on-failure"];
            problems.push(match nearest(word, words) {
                Some(right) if right != word => problem.fix(format!("did you mean `{right}`?")),
                _ => problem.note("it may be no, always, unless-stopped or on-failure[:attempts]"),
            });
            RestartPolicy::No
        }
    }
}

fn healthcheck(node: &Node) -> Option<Healthcheck> {
    let node = node.get("healthcheck")?;
    let mut words = node.texts("test").into_iter();
    let test = if node.bool("disable") == Some(true) {
        HealthTest::None
    } else {
        match words.next().as_deref() {
            None => HealthTest::Inherit,
            Some("NONE") => HealthTest::None,
            Some("CMD-SHELL") => HealthTest::Shell(words.collect::<Vec<_>>().join(" ")),
            Some(_) => HealthTest::Cmd(words.collect()),
        }
    };
    Some(Healthcheck {
        test,
        interval: node.duration("interval"),
        timeout: node.duration("timeout"),
        retries: node.integer("retries"),
        start_period: node.duration("start_period"),
        start_interval: node.duration("start_interval"),
    })
}
