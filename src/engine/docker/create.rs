//! A container to be created, in the engine's terms.
//!
//! Everything that [`ContainerSpec`] says is mapped here; what an engine of that age cannot do is refused in words,
//! never left out in silence.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, ContainerCreateResponse, EndpointSettings, NetworkingConfig,
};
use http_body_util::BodyExt;
use hyper::http::request::Builder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::DockerEngine;
use super::errors::{from_hyper, nonsense};
use super::host::{host_config, is_default_bridge};
use super::limits::limited;
use super::networks::endpoint;
use super::request::{ApiVersion, Query};
use super::security::confine;
use super::values::health_config;
use crate::engine::{ContainerSpec, EngineError, PortSpec, Result};
use crate::stack::Container;

/// From this API version on a container can be created on several networks at once, and a fixed hardware address
/// belongs to a network.
const MANY_ENDPOINTS: ApiVersion = (1, 44);

/// Compose's label of containers made for one command (`run`). Their input ends when whoever attached goes.
const ONE_OFF: &str = "com.docker.compose.oneoff";

impl DockerEngine {
    pub(super) async fn new_container(&self, spec: &ContainerSpec) -> Result<String> {
        let mut body = container_body(spec, self.inner.api)?;
        if let Some(host) = &mut body.host_config {
            confine(host).await?;
        }
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
        // Of no effect on the container, but what every other client says.
        attach_stdout: Some(true),
        attach_stderr: Some(true),
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

/// `80/tcp`.
pub(super) fn port_key(port: &PortSpec) -> String {
    format!("{}/{}", port.target, port.protocol.as_str())
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

#[cfg(test)]
pub(super) mod testing {
    //! A container to be created, and what the engine is told of it.

    use std::collections::BTreeMap;

    use indexmap::IndexMap;

    use super::*;

    pub(in super::super) fn spec() -> ContainerSpec {
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

    pub(in super::super) fn json(spec: &ContainerSpec, api: ApiVersion) -> Value {
        to_json(&container_body(spec, api).expect("a body")).expect("json")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use indexmap::IndexMap;

    use super::testing::{json, spec};
    use super::*;
    use crate::engine::EndpointSpec;
    use crate::stack::Protocol;

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
    fn the_input_of_a_one_off_ends_with_whoever_attached() {
        let mut spec = spec();
        spec.options.stdin_open = true;
        assert_eq!(json(&spec, (1, 41)).get("StdinOnce"), None);
        spec.labels.insert(ONE_OFF.into(), "True".into());
        assert_eq!(json(&spec, (1, 41))["StdinOnce"], true);
    }
}
