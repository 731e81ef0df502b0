//! Networks, and containers' attachments to them.

use std::collections::HashMap;

use bollard::models::{
    EndpointIpamConfig, EndpointSettings, Ipam, IpamConfig, Network, NetworkConnectRequest,
    NetworkCreateRequest, NetworkCreateResponse,
};
use bollard::query_parameters::{InspectNetworkOptions, ListNetworksOptions};
use serde_json::Value;

use super::client::DockerEngine;
use super::create::to_json;
use super::errors::{gone_is_fine, optional};
use super::names::{is_meant, no_such};
use super::request::{ApiVersion, Query, path_part};
use super::values::{list, map, sorted, with_labels};
use crate::engine::{EndpointSpec, EngineError, LabelFilter, NetworkDetail, NetworkSpec, Result};
use crate::stack::IpamPool;

/// From this API version on no two networks can have the same name; before, that is to be asked for.
const UNIQUE_NAMES: ApiVersion = (1, 44);
/// The network that becomes the default route.
const ROUTE_PRIORITY: ApiVersion = (1, 48);

impl DockerEngine {
    pub(super) async fn list_networks(&self, labels: &LabelFilter) -> Result<Vec<NetworkDetail>> {
        let options = ListNetworksOptions {
            filters: Some(with_labels(labels)),
        };
        let listed = self
            .ask(self.inner.docker.list_networks(Some(options)))
            .await?;
        Ok(listed.into_iter().map(detail).collect())
    }

    pub(super) async fn inspect_network(&self, network: &str) -> Result<Option<NetworkDetail>> {
        optional(self.look_at_network(network).await)
    }

    async fn look_at_network(&self, network: &str) -> Result<NetworkDetail> {
        let network = path_part("network", network)?;
        let found = self
            .ask(
                self.inner
                    .docker
                    .inspect_network(network, None::<InspectNetworkOptions>),
            )
            .await?;
        let found = NetworkDetail {
            id: found.id.unwrap_or_default(),
            name: found.name.unwrap_or_default(),
            driver: found.driver.unwrap_or_default(),
            labels: sorted(found.labels),
        };
        // The engine also takes the beginning of an id for a name.
        if is_meant(network, &found.name, &found.id) {
            Ok(found)
        } else {
            Err(no_such("network", network))
        }
    }

    pub(super) async fn new_network(&self, spec: &NetworkSpec) -> Result<()> {
        let request = NetworkCreateRequest {
            name: spec.name.clone(),
            driver: spec.driver.clone(),
            internal: spec.internal.then_some(true),
            attachable: spec.attachable.then_some(true),
            ipam: ipam(spec),
            enable_ipv4: spec.enable_ipv4,
            enable_ipv6: spec.enable_ipv6,
            options: map(&spec.driver_opts),
            labels: map(&spec.labels),
            ..Default::default()
        };
        let mut body = to_json(&request)?;
        if !self.speaks(UNIQUE_NAMES) {
            body["CheckDuplicate"] = Value::Bool(true);
        }
        let _created: NetworkCreateResponse = self
            .post_json("/networks/create", &Query::new(), &body)
            .await?;
        Ok(())
    }

    pub(super) async fn delete_network(&self, network: &str) -> Result<()> {
        let found = match self.look_at_network(network).await {
            Err(EngineError::NotFound(_)) => return Ok(()),
            other => other?,
        };
        gone_is_fine(self.work(self.inner.docker.remove_network(&found.id)).await)
    }

    pub(super) async fn join_network(
        &self,
        network: &str,
        container: &str,
        settings: &EndpointSpec,
    ) -> Result<()> {
        let network = path_part("network", network)?;
        let container = self.container_id(container).await?;
        let request = NetworkConnectRequest {
            container: container.into_owned(),
            endpoint_config: Some(endpoint(settings, self.inner.api)),
        };
        self.work(self.inner.docker.connect_network(network, request))
            .await
    }
}

/// An attachment in the engine's terms.
pub(super) fn endpoint(spec: &EndpointSpec, api: ApiVersion) -> EndpointSettings {
    let addresses = EndpointIpamConfig {
        ipv4_address: spec.ipv4_address.clone(),
        ipv6_address: spec.ipv6_address.clone(),
        link_local_ips: list(&spec.link_local_ips),
    };
    EndpointSettings {
        ipam_config: (addresses != EndpointIpamConfig::default()).then_some(addresses),
        links: list(&spec.links),
        mac_address: spec.mac_address.clone(),
        aliases: list(&spec.aliases),
        driver_opts: map(&spec.driver_opts),
        gw_priority: spec.gw_priority.filter(|_| api >= ROUTE_PRIORITY),
        ..Default::default()
    }
}

fn ipam(spec: &NetworkSpec) -> Option<Ipam> {
    let pools: Vec<_> = spec.ipam.iter().map(pool).collect();
    let ipam = Ipam {
        driver: spec.ipam_driver.clone(),
        config: (!pools.is_empty()).then_some(pools),
        options: map(&spec.ipam_options),
    };
    (ipam != Ipam::default()).then_some(ipam)
}

fn pool(pool: &IpamPool) -> IpamConfig {
    let taken: HashMap<_, _> = pool
        .aux_addresses
        .iter()
        .map(|(name, address)| (name.clone(), address.clone()))
        .collect();
    IpamConfig {
        subnet: pool.subnet.clone(),
        ip_range: pool.ip_range.clone(),
        gateway: pool.gateway.clone(),
        auxiliary_addresses: (!taken.is_empty()).then_some(taken),
    }
}

fn detail(network: Network) -> NetworkDetail {
    NetworkDetail {
        id: network.id.unwrap_or_default(),
        name: network.name.unwrap_or_default(),
        driver: network.driver.unwrap_or_default(),
        labels: sorted(network.labels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_nothing_of_addresses_that_are_not_fixed() {
        let json = to_json(&endpoint(&EndpointSpec::default(), (1, 41))).expect("json");
        assert_eq!(json.get("IPAMConfig"), None, "{json}");
        assert_eq!(json.get("GwPriority"), None, "{json}");
    }

    #[test]
    fn leaves_the_route_priority_to_engines_that_know_it() {
        let spec = EndpointSpec {
            gw_priority: Some(10),
            ipv4_address: Some("10.9.0.2".into()),
            ..Default::default()
        };
        assert_eq!(endpoint(&spec, (1, 41)).gw_priority, None);
        assert_eq!(endpoint(&spec, (1, 48)).gw_priority, Some(10));
        assert_eq!(
            endpoint(&spec, (1, 41))
                .ipam_config
                .and_then(|config| config.ipv4_address)
                .as_deref(),
            Some("10.9.0.2")
        );
    }
}
