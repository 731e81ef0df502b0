//! A container to be created, in the engine's terms.
//!
//! Everything that [`ContainerSpec`] says is mapped here; what an engine of that age cannot do is refused in words,
//! never left out in silence.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, ContainerCreateResponse, DeviceMapping, DeviceRequest, EndpointSettings,
    HostConfig, HostConfigCgroupnsModeEnum, HostConfigIsolationEnum, HostConfigLogConfig,
    NetworkingConfig, PortBinding, ResourcesUlimits, RestartPolicy as EngineRestartPolicy,
    RestartPolicyNameEnum,
};
use http_body_util::BodyExt;
use hyper::http::request::Builder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{DockerEngine, limited};
use super::errors::{from_hyper, nonsense};
use super::mounts::place;
use super::networks::endpoint;
use super::request::{ApiVersion, Query};
use super::values::{health_config, list, map};
use crate::engine::{ContainerSpec, EngineError, PortSpec, Result};
use crate::stack::{Container, RestartPolicy};

/// From this API version on a container can be created on several networks at once, and a fixed hardware address
/// belongs to a network.
const MANY_ENDPOINTS: ApiVersion = (1, 44);

/// Compose's label of containers made for one command (`run`). Their input ends when whoever attached goes.
const ONE_OFF: &str = "com.docker.compose.oneoff";

impl DockerEngine {
    pub(super) async fn new_container(&self, spec: &ContainerSpec) -> Result<String> {
        let mut body = container_body(spec, self.inner.api)?;
        if body.entrypoint.is_none() && body.cmd.as_ref().is_some_and(Vec::is_empty) {
            // The engine takes an empty command for none and would run the image's. With an entrypoint it does not.
            body.entrypoint = self
                .image_entrypoint(&spec.image)
                .await?
                .filter(|words| !words.is_empty());
        }
        let mut body = to_json(&body)?;
        let first = spec.networks.values().next();
        let hardware = spec
            .options
            .mac_address
            .as_ref()
            .or_else(|| first?.mac_address.as_ref());
        if let (false, Some(address)) = (self.speaks(MANY_ENDPOINTS), hardware) {
            body["MacAddress"] = Value::String(address.clone());
        }
        let query = Query::new()
            .with("name", &spec.name)
            .maybe("platform", spec.platform.as_ref());
        let created: ContainerCreateResponse =
            self.post_json("/containers/create", &query, &body).await?;
        for warning in &created.warnings {
            tracing::info!(container = spec.name, warning, "the engine warns");
        }
        if !self.speaks(MANY_ENDPOINTS) {
            self.join_further_networks(spec, &created.id).await?;
        }
        Ok(created.id)
    }

    /// Networks beside the first, for engines that take one at creation. A container that is not on all its networks
    /// is taken away again.
    async fn join_further_networks(&self, spec: &ContainerSpec, id: &str) -> Result<()> {
        for (network, settings) in spec.networks.iter().skip(1) {
            if let Err(error) = self.join_network(network, id, settings).await {
                if let Err(second) = self.delete_container(id, true).await {
                    tracing::warn!(%second, container = spec.name, "a half-made container is left");
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// A change of our own, with an answer in JSON.
    pub(super) async fn post_json<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &Query,
        body: &Value,
    ) -> Result<T> {
        limited(self.inner.limits.work, async {
            let response = self
                .inner
                .transport
                .post(Builder::new(), path, query, body)
                .await?;
            let answer = response
                .into_body()
                .collect()
                .await
                .map_err(|error| from_hyper(&error))?
                .to_bytes();
            serde_json::from_slice(&answer).map_err(|error| nonsense(&error.to_string()))
        })
        .await
    }
}

/// A value as JSON.
pub(super) fn to_json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| refused(error.to_string()))
}

/// A request that no engine would take.
pub(super) fn refused(message: impl Into<String>) -> EngineError {
    EngineError::Api {
        status: 400,
        message: message.into(),
    }
}

fn container_body(spec: &ContainerSpec, api: ApiVersion) -> Result<ContainerCreateBody> {
    let options = &spec.options;
    let mut labels: HashMap<String, String> = options
        .labels
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    labels.extend(
        spec.labels
            .iter()
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    let one_off = labels
        .get(ONE_OFF)
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    Ok(ContainerCreateBody {
        hostname: options.hostname.clone(),
        domainname: options.domainname.clone(),
        user: options.user.clone(),
        exposed_ports: exposed(options, &spec.ports)?,
        tty: options.tty.then_some(true),
        open_stdin: options.stdin_open.then_some(true),
        stdin_once: (options.stdin_open && one_off).then_some(true),
        env: environment(options),
        cmd: options.command.clone(),
        healthcheck: options
            .healthcheck
            .as_ref()
            .map(|check| health_config(check, api >= MANY_ENDPOINTS)),
        image: Some(spec.image.clone()),
        working_dir: options.working_dir.clone(),
        entrypoint: options.entrypoint.clone(),
        labels: Some(labels),
        stop_signal: options.stop_signal.clone(),
        stop_timeout: options
            .stop_timeout
            .map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX)),
        host_config: Some(host_config(spec, api)?),
        networking_config: networking(spec, api),
        ..Default::default()
    })
}

/// A key without a value takes the variable out of the image's environment.
fn environment(options: &Container) -> Option<Vec<String>> {
    let lines: Vec<_> = options
        .environment
        .iter()
        .map(|(key, value)| match value {
            Some(value) => format!("{key}={value}"),
            None => key.clone(),
        })
        .collect();
    (!lines.is_empty()).then_some(lines)
}

fn exposed(options: &Container, ports: &[PortSpec]) -> Result<Option<Vec<String>>> {
    let mut exposed = Vec::new();
    for text in &options.expose {
        exposed.extend(exposed_range(text)?);
    }
    exposed.extend(ports.iter().map(port_key));
    exposed.sort();
    exposed.dedup();
    Ok((!exposed.is_empty()).then_some(exposed))
}

/// `3000`, `53/udp`, `8000-8010/tcp`.
fn exposed_range(text: &str) -> Result<Vec<String>> {
    let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
        (Ok(first), Ok(last)) if first <= last => Ok((first..=last)
            .map(|number| format!("{number}/{protocol}"))
            .collect()),
        _ => Err(refused(format!("`{text}` is no port to expose"))),
    }
}

fn port_key(port: &PortSpec) -> String {
    format!("{}/{}", port.target, port.protocol.as_str())
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
fn is_default_bridge(mode: &str) -> bool {
    matches!(mode, "" | "default" | "bridge")
}

fn networking(spec: &ContainerSpec, api: ApiVersion) -> Option<NetworkingConfig> {
    let taken = if api >= MANY_ENDPOINTS {
        spec.networks.len()
    } else {
        1
    };
    let mut endpoints: HashMap<String, EndpointSettings> = HashMap::new();
    for (place, (network, settings)) in spec.networks.iter().take(taken).enumerate() {
        let mut settings = endpoint(settings, api);
        if !is_default_bridge(&spec.network_mode) && !spec.options.links.is_empty() {
            let links = settings.links.get_or_insert_default();
            links.extend(spec.options.links.iter().cloned());
            links.sort();
            links.dedup();
        }
        if place == 0 && api >= MANY_ENDPOINTS && settings.mac_address.is_none() {
            settings.mac_address.clone_from(&spec.options.mac_address);
        }
        endpoints.insert(network.clone(), settings);
    }
    (!endpoints.is_empty()).then_some(NetworkingConfig {
        endpoints_config: Some(endpoints),
    })
}

fn host_config(spec: &ContainerSpec, api: ApiVersion) -> Result<HostConfig> {
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
        cap_add: list(&options.cap_add),
        cap_drop: list(&options.cap_drop),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use indexmap::IndexMap;

    use super::*;
    use crate::engine::EndpointSpec;
    use crate::stack::{Device, Protocol, Resources, Ulimit};

    fn spec() -> ContainerSpec {
        ContainerSpec {
            name: "shop-web-1".into(),
            image: "nginx:1.26".into(),
            platform: None,
            labels: BTreeMap::new(),
            options: Container::default(),
            mounts: Vec::new(),
            ports: Vec::new(),
            network_mode: "shop_default".into(),
            networks: IndexMap::new(),
        }
    }

    fn json(spec: &ContainerSpec, api: ApiVersion) -> Value {
        to_json(&container_body(spec, api).expect("a body")).expect("json")
    }

    #[test]
    fn leaves_out_what_is_not_said() {
        let body = json(&spec(), (1, 41));
        for key in ["Cmd", "Entrypoint", "Env", "Healthcheck", "ExposedPorts"] {
            assert_eq!(body.get(key), None, "{key}");
        }
        assert_eq!(
            body["HostConfig"],
            serde_json::json!({ "NetworkMode": "shop_default" })
        );
    }

    #[test]
    fn a_variable_without_a_value_is_a_bare_key() {
        let mut spec = spec();
        spec.options.environment =
            IndexMap::from([("A".into(), Some("1=2".into())), ("PATH".into(), None)]);
        assert_eq!(
            json(&spec, (1, 41))["Env"],
            serde_json::json!(["A=1=2", "PATH"])
        );
    }

    #[test]
    fn own_labels_win_over_the_users() {
        let mut spec = spec();
        spec.options.labels =
            IndexMap::from([("a".into(), "user".into()), ("b".into(), "b".into())]);
        spec.labels = BTreeMap::from([("a".into(), "ours".into())]);
        assert_eq!(
            json(&spec, (1, 41))["Labels"],
            serde_json::json!({ "a": "ours", "b": "b" })
        );
    }

    #[test]
    fn publishes_and_exposes_ports() {
        let mut spec = spec();
        spec.options.expose = vec!["9000".into(), "7000-7001/udp".into()];
        let port = |target, host, host_end| PortSpec {
            target,
            protocol: Protocol::Tcp,
            address: "127.0.0.1".into(),
            host,
            host_end,
        };
        spec.ports = vec![
            port(80, 8080, None),
            port(80, 0, None),
            port(81, 90, Some(99)),
        ];
        let body = json(&spec, (1, 41));
        assert_eq!(
            body["HostConfig"]["PortBindings"],
            serde_json::json!({
                "80/tcp": [
                    { "HostIp": "127.0.0.1", "HostPort": "8080" },
                    { "HostIp": "127.0.0.1", "HostPort": "" },
                ],
                "81/tcp": [{ "HostIp": "127.0.0.1", "HostPort": "90-99" }],
            })
        );
        assert_eq!(
            body["ExposedPorts"],
            serde_json::json!({"7000/udp": {}, "7001/udp": {}, "80/tcp": {}, "81/tcp": {}, "9000/tcp": {}})
        );
    }

    #[test]
    fn refuses_ports_that_make_no_sense() {
        for bad in ["x", "70000", "9-1", "1-2-3"] {
            let error = exposed_range(bad).expect_err("no port");
            assert!(error.to_string().contains(bad), "{error}");
        }
    }

    #[test]
    fn gives_one_network_to_old_engines_and_all_to_new_ones() {
        let mut spec = spec();
        let named = |alias: &str| EndpointSpec {
            aliases: vec![alias.into()],
            ..Default::default()
        };
        spec.networks = IndexMap::from([
            ("shop_default".into(), named("web")),
            ("shop_back".into(), named("www")),
        ]);
        let networks = |api| {
            json(&spec, api)["NetworkingConfig"]["EndpointsConfig"]
                .as_object()
                .expect("networks")
                .keys()
                .cloned()
                .collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(
            networks((1, 41)).into_iter().collect::<Vec<_>>(),
            ["shop_default"]
        );
        assert_eq!(networks((1, 44)).len(), 2);
    }

    #[test]
    fn links_belong_to_the_network_unless_it_is_the_engines_bridge() {
        let mut spec = spec();
        spec.options.links = vec!["shop-db-1:db".into()];
        spec.networks = IndexMap::from([("shop_default".into(), EndpointSpec::default())]);
        let body = json(&spec, (1, 41));
        assert_eq!(body["HostConfig"].get("Links"), None);
        assert_eq!(
            body["NetworkingConfig"]["EndpointsConfig"]["shop_default"]["Links"],
            serde_json::json!(["shop-db-1:db"])
        );
        spec.network_mode = "bridge".into();
        spec.networks.clear();
        assert_eq!(
            json(&spec, (1, 41))["HostConfig"]["Links"],
            serde_json::json!(["shop-db-1:db"])
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
        let host = &json(&spec, (1, 41))["HostConfig"];
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

    #[test]
    fn the_input_of_a_one_off_ends_with_whoever_attached() {
        let mut spec = spec();
        spec.options.stdin_open = true;
        assert_eq!(json(&spec, (1, 41)).get("StdinOnce"), None);
        spec.labels.insert(ONE_OFF.into(), "True".into());
        assert_eq!(json(&spec, (1, 41))["StdinOnce"], true);
    }
}
