//! A container's way into and out of its running state: what it gets, what it loses, what is told.

use std::net::{IpAddr, Ipv4Addr};

use tokio_util::sync::CancellationToken;

use super::world::World;
use crate::engine::{ContainerState, EngineError, EngineEventKind, Health, Result};
use crate::stack::RestartPolicy;

/// How a run ended.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub(super) code: i64,
    pub(super) oom: bool,
}

impl World {
    /// Puts a container into its running state.
    pub(super) fn begin(&mut self, id: &str) -> Result<()> {
        let refused = self.check_start(id).err();
        let bindings = match (&refused, self.containers.get(id)) {
            (None, Some(container)) => self.bind_ports(container),
            _ => Ok(Vec::new()),
        };
        let refused =
            refused.or_else(|| bindings.as_ref().err().cloned().map(|error| (error, 128)));
        if let Some((error, code)) = refused {
            if let Some(container) = self.containers.get_mut(id) {
                container.error = error.to_string();
                container.exit_code = Some(code);
                if container.state != ContainerState::Created {
                    container.state = ContainerState::Exited;
                }
            }
            return Err(error);
        }
        let now = self.clock.now();
        let elapsed = self.clock.elapsed();
        self.give_addresses(id);
        let Some(container) = self.containers.get_mut(id) else {
            return Ok(());
        };
        container.bindings = bindings.unwrap_or_default();
        container.state = ContainerState::Running;
        container.started = Some(now);
        container.started_at = elapsed;
        container.exit_code = Some(0);
        container.error = String::new();
        container.oom_killed = false;
        container.answered.clear();
        container.run = CancellationToken::new();
        container.crash.send_replace(None);
        container.health = container.has_healthcheck().then(|| Health {
            status: "starting".to_owned(),
            last_output: String::new(),
            passed: None,
        });
        self.tell(id, EngineEventKind::Start);
        Ok(())
    }

    /// Why a container cannot start, if so, with the exit code that the engine notes.
    fn check_start(&self, id: &str) -> Result<(), (EngineError, i64)> {
        let Some(container) = self.containers.get(id) else {
            return Ok(());
        };
        if let Some((status, message, code)) = &container.behaviour.start_error {
            let error = EngineError::Api {
                status: *status,
                message: message.clone(),
            };
            return Err((error, *code));
        }
        for network in container.networks.keys() {
            if self.network(network).is_none() {
                let error = EngineError::NotFound(format!("network {network} not found"));
                return Err((error, 128));
            }
        }
        Ok(())
    }

    /// Gives a container an address on every network where it has none.
    pub(super) fn give_addresses(&mut self, id: &str) {
        let number = self.count();
        let Some(container) = self.containers.get_mut(id) else {
            return;
        };
        for (name, (endpoint, address)) in &mut container.networks {
            if address.is_some() || matches!(name.as_str(), "host" | "none") {
                continue;
            }
            let place = self
                .networks
                .values()
                .position(|network| network.name == *name)
                .unwrap_or_default();
            let [.., high, low] = number.to_be_bytes();
            let second = 17 + u8::try_from(place % 200).unwrap_or_default();
            *address = endpoint
                .ipv4_address
                .as_deref()
                .and_then(|fixed| fixed.parse().ok())
                .or(Some(IpAddr::V4(Ipv4Addr::new(172, second, high, low))));
        }
    }

    /// Ends a run of a container, unless it has ended already.
    pub(super) fn end(&mut self, id: &str, run: &CancellationToken, end: End) {
        let now = self.clock.now();
        let Some(container) = self.containers.get_mut(id) else {
            return;
        };
        if run.is_cancelled() {
            return;
        }
        run.cancel();
        container.state = ContainerState::Exited;
        container.exit_code = Some(end.code);
        container.oom_killed = end.oom;
        container.finished = Some(now);
        container.bindings.clear();
        for (_, address) in container.networks.values_mut() {
            *address = None;
        }
        if let Some(health) = &mut container.health {
            // Docker shows a stopped container so, for compatibility.
            "unhealthy".clone_into(&mut health.status);
            health.passed = None;
        }
        self.tell(id, EngineEventKind::Die(end.code));
    }

    /// Whether a container that ended by itself is to be started again; then it is shown so.
    pub(super) fn restarts(&mut self, id: &str, code: i64) -> bool {
        let Some(container) = self.containers.get_mut(id) else {
            return false;
        };
        let again = match container.restart {
            RestartPolicy::No => false,
            RestartPolicy::Always | RestartPolicy::UnlessStopped => true,
            RestartPolicy::OnFailure(most) => {
                code != 0 && most.is_none_or(|most| most == 0 || container.restarts < most)
            }
        };
        let again = again && !container.life.is_cancelled();
        if again {
            container.state = ContainerState::Restarting;
        }
        again
    }

    /// Changes what the engine's own health check says.
    pub(super) fn set_health(&mut self, id: &str, status: &str, output: &str) {
        let now = self.clock.now();
        let Some(health) = self
            .containers
            .get_mut(id)
            .and_then(|container| container.health.as_mut())
        else {
            return;
        };
        health.passed = (status == "healthy").then_some(now);
        output.clone_into(&mut health.last_output);
        if health.status != status {
            status.clone_into(&mut health.status);
            self.tell(id, EngineEventKind::Health(status.to_owned()));
        }
    }

    /// The ids of the containers that mount a volume.
    pub(super) fn users(&self, volume: &str) -> Vec<&str> {
        self.containers
            .values()
            .filter(|container| {
                container
                    .mounts
                    .iter()
                    .any(|mount| mount.name.as_deref() == Some(volume))
            })
            .map(|container| container.id.as_str())
            .collect()
    }
}
