//! The part of a container to be created that concerns its host: limits, devices, mounts, ports, namespaces.

use std::collections::HashMap;

use bollard::models::{
    DeviceMapping, DeviceRequest, HostConfig, HostConfigCgroupnsModeEnum, HostConfigIsolationEnum,
    HostConfigLogConfig, PortBinding, ResourcesUlimits, RestartPolicy as EngineRestartPolicy,
    RestartPolicyNameEnum,
};

use super::create::{port_key, refused};
use super::mounts::place;
use super::request::ApiVersion;
use super::values::{list, map};
use crate::engine::{ContainerSpec, PortSpec, Result};
use crate::stack::{Container, RestartPolicy};

/// A container's host, in the engine's terms.
pub(super) fn host_config(spec: &ContainerSpec, api: ApiVersion) -> Result<HostConfig> {
    let options = &spec.options;
    let placed = place(&spec.mounts, api)?;
    let base = limits(options)?;
    let (devices, device_requests) = devices(options)?;
    Ok(HostConfig {
        binds: list(&placed.binds),
        mounts: list(&placed.mounts),
        tmpfs: (!placed.tmpfs.is_empty()).then_some(placed.tmpfs),
        network_mode: Some(spec.network_mode.clone()),
        port_bindings: port_bindings(&spec.ports),
        restart_policy: restart_policy(options.restart),
        log_config: options.logging.as_ref().map(|logging| HostConfigLogConfig {
            typ: Some(logging.driver.clone().unwrap_or_default()),
            config: map(&logging.options),
        }),
        volumes_from: list(&options.volumes_from),
        annotations: map(&options.annotations),
        cap_add: list(&capabilities(&options.cap_add)),
        cap_drop: list(&capabilities(&options.cap_drop)),
        cgroupns_mode: match options.cgroup.as_deref() {
            None | Some("") => None,
            Some("host") => Some(HostConfigCgroupnsModeEnum::HOST),
            Some("private") => Some(HostConfigCgroupnsModeEnum::PRIVATE),
            Some(other) => return Err(refused(format!("`{other}` is no cgroup namespace mode"))),
        },
        dns: list(&options.dns),
        dns_options: list(&options.dns_opt),
        dns_search: list(&options.dns_search),
        extra_hosts: list(&options.extra_hosts),
        group_add: list(&options.group_add),
        ipc_mode: options.ipc.clone(),
        links: list(&options.links).filter(|_| is_default_bridge(&spec.network_mode)),
        pid_mode: options.pid.clone(),
        privileged: options.privileged.then_some(true),
        readonly_rootfs: options.read_only.then_some(true),
        security_opt: list(&options.security_opt),
        storage_opt: map(&options.storage_opt),
        uts_mode: options.uts.clone(),
        userns_mode: options.userns_mode.clone(),
        sysctls: map(&options.sysctls),
        runtime: options.runtime.clone(),
        isolation: isolation(options.isolation.as_deref())?,
        cgroup_parent: options.cgroup_parent.clone(),
        init: options.init,
        devices,
        device_requests,
        device_cgroup_rules: list(&options.device_cgroup_rules),
        ..base
    })
}

/// Capabilities as the engine names them: `net_admin` is `CAP_NET_ADMIN`.
fn capabilities(names: &[String]) -> Vec<String> {
    let mut full: Vec<String> = names
        .iter()
        .map(|name| {
            let name = name.trim().to_uppercase();
            if name == "ALL" || name.starts_with("CAP_") {
                name
            } else {
                format!("CAP_{name}")
            }
        })
        .collect();
    full.sort();
    full.dedup();
    full
}

/// Limits and reservations, on the engine's own form of `blkio_config`.
fn limits(options: &Container) -> Result<HostConfig> {
    let resources = &options.resources;
    let blkio: HostConfig = match &resources.blkio {
        None => HostConfig::default(),
        Some(value) => serde_json::from_value(value.clone())
            .map_err(|error| refused(format!("`blkio_config` makes no sense: {error}")))?,
    };
    Ok(HostConfig {
        memory: resources.memory,
        memory_reservation: resources.memory_reservation,
        memory_swap: resources.memory_swap,
        memory_swappiness: resources.memory_swappiness,
        nano_cpus: resources.nano_cpus,
        cpu_shares: resources.cpu_shares,
        cpu_period: resources.cpu_period,
        cpu_quota: resources.cpu_quota,
        cpu_realtime_period: resources.cpu_rt_period,
        cpu_realtime_runtime: resources.cpu_rt_runtime,
        cpu_count: resources.cpu_count,
        cpu_percent: resources.cpu_percent,
        cpuset_cpus: resources.cpuset.clone(),
        pids_limit: resources.pids_limit,
        oom_kill_disable: resources.oom_kill_disable,
        oom_score_adj: resources.oom_score_adj,
        shm_size: resources.shm_size,
        ulimits: ulimits(options),
        ..blkio
    })
}

fn ulimits(options: &Container) -> Option<Vec<ResourcesUlimits>> {
    let ulimits: Vec<_> = options
        .ulimits
        .iter()
        .map(|(name, limit)| ResourcesUlimits {
            name: Some(name.clone()),
            soft: Some(limit.soft),
            hard: Some(limit.hard),
        })
        .collect();
    (!ulimits.is_empty()).then_some(ulimits)
}

type Devices = (Option<Vec<DeviceMapping>>, Option<Vec<DeviceRequest>>);

/// A device is a path of the host, or a name of the Container Device Interface (`vendor.com/class=name`).
fn devices(options: &Container) -> Result<Devices> {
    let mut mappings = Vec::new();
    let mut requests = Vec::new();
    for value in &options.device_requests {
        requests.push(
            serde_json::from_value(value.clone())
                .map_err(|error| refused(format!("a device request makes no sense: {error}")))?,
        );
    }
    let mut named = Vec::new();
    for device in &options.devices {
        if !device.source.starts_with('/') && device.source.contains('=') {
            named.push(device.source.clone());
            continue;
        }
        mappings.push(DeviceMapping {
            path_on_host: Some(device.source.clone()),
            path_in_container: Some(device.target.clone()),
            cgroup_permissions: Some(device.permissions.clone()),
        });
    }
    if !named.is_empty() {
        requests.push(DeviceRequest {
            driver: Some("cdi".to_owned()),
            device_ids: Some(named),
            ..Default::default()
        });
    }
    Ok((list(&mappings), list(&requests)))
}

fn restart_policy(policy: RestartPolicy) -> Option<EngineRestartPolicy> {
    let (name, maximum_retry_count) = match policy {
        RestartPolicy::No => return None,
        RestartPolicy::Always => (RestartPolicyNameEnum::ALWAYS, None),
        RestartPolicy::UnlessStopped => (RestartPolicyNameEnum::UNLESS_STOPPED, None),
        RestartPolicy::OnFailure(times) => (RestartPolicyNameEnum::ON_FAILURE, times),
    };
    Some(EngineRestartPolicy {
        name: Some(name),
        maximum_retry_count,
    })
}

fn isolation(text: Option<&str>) -> Result<Option<HostConfigIsolationEnum>> {
    match text {
        None | Some("") => Ok(None),
        Some("default") => Ok(Some(HostConfigIsolationEnum::DEFAULT)),
        Some("process") => Ok(Some(HostConfigIsolationEnum::PROCESS)),
        Some("hyperv") => Ok(Some(HostConfigIsolationEnum::HYPERV)),
        Some(other) => Err(refused(format!("`{other}` is no isolation"))),
    }
}

fn port_bindings(ports: &[PortSpec]) -> Option<HashMap<String, Option<Vec<PortBinding>>>> {
    let mut bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for port in ports {
        let host_port = match (port.host, port.host_end) {
            (0, _) => String::new(),
            (first, Some(last)) if last != first => format!("{first}-{last}"),
            (number, _) => number.to_string(),
        };
        bindings
            .entry(port_key(port))
            .or_default()
            .get_or_insert_default()
            .push(PortBinding {
                host_ip: Some(port.address.clone()),
                host_port: Some(host_port),
            });
    }
    (!bindings.is_empty()).then_some(bindings)
}

/// Whether the engine's own bridge is meant, the only place where links are an option of the host.
pub(super) fn is_default_bridge(mode: &str) -> bool {
    matches!(mode, "" | "default" | "bridge")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::create::testing::{json, spec};
    use super::*;
    use crate::stack::{Device, Resources, Ulimit};

    #[test]
    fn names_capabilities_as_the_engine_does() {
        let names = ["sys_time", "ALL", "CAP_MKNOD", "MKNOD"].map(str::to_owned);
        assert_eq!(
            capabilities(&names),
            ["ALL", "CAP_MKNOD", "CAP_SYS_TIME"].map(str::to_owned)
        );
    }

    #[test]
    fn maps_limits_devices_and_policies() {
        let mut spec = spec();
        let options = &mut spec.options;
        options.resources = Resources {
            memory: Some(64 << 20),
            nano_cpus: Some(500_000_000),
            pids_limit: Some(50),
            blkio: Some(serde_json::json!({ "BlkioWeight": 300 })),
            ..Default::default()
        };
        options
            .ulimits
            .insert("nofile".into(), Ulimit { soft: 10, hard: 20 });
        options.devices = vec![
            Device {
                source: "/dev/fuse".into(),
                target: "/dev/fuse".into(),
                permissions: "rwm".into(),
            },
            Device {
                source: "vendor.com/gpu=0".into(),
                target: "vendor.com/gpu=0".into(),
                permissions: "rwm".into(),
            },
        ];
        options.device_requests = vec![serde_json::json!({"Count": -1, "Capabilities": [["gpu"]]})];
        options.restart = RestartPolicy::OnFailure(Some(3));
        options.cgroup = Some("private".into());
        let body = json(&spec, (1, 41));
        let host: &Value = &body["HostConfig"];
        assert_eq!(host["Memory"], 64 << 20);
        assert_eq!(host["NanoCpus"], 500_000_000);
        assert_eq!(host["BlkioWeight"], 300);
        assert_eq!(
            host["Ulimits"],
            serde_json::json!([{ "Name": "nofile", "Soft": 10, "Hard": 20 }])
        );
        assert_eq!(host["Devices"].as_array().map(Vec::len), Some(1));
        assert_eq!(host["DeviceRequests"][1]["Driver"], "cdi");
        assert_eq!(
            host["RestartPolicy"],
            serde_json::json!({ "Name": "on-failure", "MaximumRetryCount": 3 })
        );
        assert_eq!(host["CgroupnsMode"], "private");
    }
}
