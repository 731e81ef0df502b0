//! Networks and volumes.

use super::world::{World, fits};
use crate::engine::{
    EndpointSpec, EngineError, LabelFilter, NetworkDetail, NetworkSpec, Result, VolumeDetail,
};

impl World {
    /// The networks that have all the labels.
    pub(super) fn networks(&self, labels: &LabelFilter) -> Vec<NetworkDetail> {
        let networks = self.networks.values();
        networks
            .filter(|network| fits(&network.labels, labels))
            .cloned()
            .collect()
    }

    /// Creates a network; its name must be free.
    pub(super) fn create_network(&mut self, spec: &NetworkSpec) -> Result<()> {
        if self.networks.values().any(|other| other.name == spec.name) {
            return Err(EngineError::Conflict(format!(
                "network with name {} already exists",
                spec.name
            )));
        }
        let driver = spec.driver.as_deref().unwrap_or("bridge");
        self.add_network(&spec.name, driver, spec.labels.clone());
        Ok(())
    }

    /// Removes a network that no running container uses.
    pub(super) fn remove_network(&mut self, network: &str) -> Result<()> {
        let Some(found) = self.network(network).cloned() else {
            return Ok(());
        };
        let used = self
            .containers
            .values()
            .any(|container| container.runs() && container.networks.contains_key(&found.name));
        if used {
            return Err(EngineError::Conflict(format!(
                "error while removing network: network {} id {} has active endpoints",
                found.name, found.id
            )));
        }
        self.networks.shift_remove(&found.id);
        Ok(())
    }

    /// Attaches a container to a further network.
    pub(super) fn connect(
        &mut self,
        network: &str,
        container: &str,
        endpoint: &EndpointSpec,
    ) -> Result<()> {
        let name = self
            .network(network)
            .map(|found| found.name.clone())
            .ok_or_else(|| EngineError::NotFound(format!("network {network} not found")))?;
        let found = self.container(container)?;
        if found.networks.contains_key(&name) {
            return Err(EngineError::Conflict(format!(
                "endpoint with name {} already exists in network {name}",
                found.name
            )));
        }
        found.networks.insert(name, (endpoint.clone(), None));
        let (id, runs) = (found.id.clone(), found.runs());
        if runs {
            self.give_addresses(&id);
        }
        Ok(())
    }

    /// The volumes that have all the labels.
    pub(super) fn volumes(&self, labels: &LabelFilter) -> Vec<VolumeDetail> {
        let volumes = self.volumes.values().map(|volume| &volume.detail);
        volumes
            .filter(|volume| fits(&volume.labels, labels))
            .cloned()
            .collect()
    }

    /// Removes a volume that no container mounts.
    pub(super) fn remove_volume(&mut self, volume: &str) -> Result<()> {
        let users = self.users(volume);
        if !users.is_empty() {
            return Err(EngineError::Conflict(format!(
                "remove {volume}: volume is in use - [{}]",
                users.join(", ")
            )));
        }
        self.volumes.shift_remove(volume);
        Ok(())
    }
}
