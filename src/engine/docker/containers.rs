//! Containers that are there: listing, inspecting, starting, stopping, removing, waiting.

use std::borrow::Cow;
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{
    ContainerInspectResponse, ContainerState as State, ContainerStateStatusEnum as Status,
    ContainerSummary as Summary, ContainerSummaryStateEnum as ListedState, HealthStatusEnum,
    PortMap, PortSummary, PortSummaryTypeEnum,
};
use bollard::query_parameters::{
    InspectContainerOptions, KillContainerOptions, ListContainersOptions, RemoveContainerOptions,
    RenameContainerOptions, ResizeContainerTTYOptions, StartContainerOptions, StopContainerOptions,
    WaitContainerOptions,
};
use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};

use super::client::DockerEngine;
use super::errors::{gone_is_fine, nonsense, optional};
use super::limits::limited;
use super::names::{could_be_id, is_meant, no_such};
use super::request::path_part;
use super::times::instant;
use super::values::{healthcheck, mount_points, networks, port, ports, sorted, with_labels};
use crate::engine::{
    ContainerDetail, ContainerState, ContainerSummary, EngineError, Health, LabelFilter,
    PortBinding, Result,
};
use crate::stack::Protocol;

/// The grace that the engine gives a container that has no setting of its own.
const ENGINE_GRACE: Duration = Duration::from_secs(10);

impl DockerEngine {
    pub(super) async fn list_containers(
        &self,
        labels: &LabelFilter,
    ) -> Result<Vec<ContainerSummary>> {
        let options = ListContainersOptions {
            all: true,
            filters: Some(with_labels(labels)),
            ..Default::default()
        };
        let listed = self
            .ask(self.inner.docker.list_containers(Some(options)))
            .await?;
        Ok(listed.into_iter().map(summary).collect())
    }

    pub(super) async fn inspect_container(
        &self,
        container: &str,
    ) -> Result<Option<ContainerDetail>> {
        let found = optional(self.look_at(container).await)?;
        Ok(found.map(|found| detail(found, self.inner.clock_lead)))
    }

    /// A container as the engine describes it, if it is the one that was meant.
    pub(super) async fn look_at(&self, container: &str) -> Result<ContainerInspectResponse> {
        let container = path_part("container", container)?;
        let found = self
            .ask(
                self.inner
                    .docker
                    .inspect_container(container, None::<InspectContainerOptions>),
            )
            .await?;
        let name = found.name.as_deref().unwrap_or_default();
        let id = found.id.as_deref().unwrap_or_default();
        if is_meant(container, name.trim_start_matches('/'), id) {
            Ok(found)
        } else {
            Err(no_such("container", container))
        }
    }

    /// A name that can stand in a path. The engine takes a short name such as `db` for the beginning of an id if no
    /// container has that name, so that another container would be stopped or removed: it is looked at first.
    pub(super) async fn container_id<'a>(&self, container: &'a str) -> Result<Cow<'a, str>> {
        let container = path_part("container", container)?;
        if !could_be_id(container) {
            return Ok(Cow::Borrowed(container));
        }
        let id = self.look_at(container).await?.id;
        id.map(Cow::Owned)
            .ok_or_else(|| nonsense("a container without an id"))
    }

    pub(super) async fn start(&self, container: &str) -> Result<()> {
        let id = self.container_id(container).await?;
        let options = None::<StartContainerOptions>;
        self.work(self.inner.docker.start_container(&id, options))
            .await
    }

    pub(super) async fn stop(&self, container: &str, grace: Option<Duration>) -> Result<()> {
        let id = self.container_id(container).await?;
        let patience = match grace {
            Some(grace) => grace,
            None => self.own_grace(&id).await?,
        };
        let options = StopContainerOptions {
            signal: None,
            // The engine counts whole seconds; a started one counts.
            t: grace.map(whole_seconds),
        };
        let call = self.inner.docker.stop_container(&id, Some(options));
        limited(self.inner.limits.work.saturating_add(patience), async {
            call.await.map_err(|error| self.error(error))
        })
        .await
    }

    async fn own_grace(&self, id: &str) -> Result<Duration> {
        let config = self.look_at(id).await?.config;
        let seconds = config
            .and_then(|config| config.stop_timeout)
            .and_then(|seconds| u64::try_from(seconds).ok());
        Ok(seconds.map_or(ENGINE_GRACE, Duration::from_secs))
    }

    pub(super) async fn kill(&self, container: &str, signal: &str) -> Result<()> {
        let id = self.container_id(container).await?;
        let options = KillContainerOptions {
            signal: signal.to_owned(),
        };
        self.work(self.inner.docker.kill_container(&id, Some(options)))
            .await
    }

    pub(super) async fn delete_container(&self, container: &str, volumes: bool) -> Result<()> {
        let id = match self.container_id(container).await {
            Err(EngineError::NotFound(_)) => return Ok(()),
            other => other?,
        };
        let options = RemoveContainerOptions {
            v: volumes,
            force: true,
            link: false,
        };
        let removed = self
            .work(self.inner.docker.remove_container(&id, Some(options)))
            .await;
        match removed {
            Err(EngineError::Conflict(words)) if words.contains("already in progress") => {
                gone_is_fine(self.wait_until_gone(&id).await)
            }
            other => gone_is_fine(other),
        }
    }

    /// Somebody else removes it at the same time; done is when it is gone.
    async fn wait_until_gone(&self, id: &str) -> Result<()> {
        limited(self.inner.limits.work, async {
            self.wait_for(id, "removed").await.map(|_| ())
        })
        .await
    }

    pub(super) async fn rename(&self, container: &str, name: &str) -> Result<()> {
        let id = self.container_id(container).await?;
        let options = RenameContainerOptions {
            name: name.to_owned(),
        };
        self.ask(self.inner.docker.rename_container(&id, options))
            .await
    }

    pub(super) async fn wait(&self, container: &str) -> Result<i64> {
        let id = self.container_id(container).await?;
        self.wait_for(&id, "not-running").await
    }

    async fn wait_for(&self, id: &str, condition: &str) -> Result<i64> {
        let options = WaitContainerOptions {
            condition: condition.to_owned(),
        };
        let mut answers = self.inner.docker.wait_container(id, Some(options));
        match answers.next().await {
            Some(Ok(answer)) => Ok(answer.status_code),
            // bollard gives every exit code but 0 as an error.
            Some(Err(Error::DockerContainerWaitError { code, .. })) => Ok(code),
            Some(Err(error)) => Err(self.error(error)),
            None => Err(nonsense("it ended without an exit code")),
        }
    }

    pub(super) async fn resize_main(&self, container: &str, columns: u16, rows: u16) -> Result<()> {
        let id = self.container_id(container).await?;
        let options = ResizeContainerTTYOptions {
            h: rows.into(),
            w: columns.into(),
        };
        self.ask(self.inner.docker.resize_container_tty(&id, options))
            .await
    }
}

fn whole_seconds(grace: Duration) -> i32 {
    let seconds = grace.as_secs() + u64::from(grace.subsec_nanos() > 0);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

fn summary(listed: Summary) -> ContainerSummary {
    let name = own_name(&listed.names.unwrap_or_default());
    let mut ports: Vec<_> = listed
        .ports
        .unwrap_or_default()
        .iter()
        .map(listed_port)
        .collect();
    ports.sort_by_key(|port| (port.target, port.protocol.as_str(), port.host));
    ContainerSummary {
        id: listed.id.unwrap_or_default(),
        name,
        image: listed.image.unwrap_or_default(),
        image_id: listed.image_id.unwrap_or_default(),
        labels: sorted(listed.labels),
        state: match listed.state {
            Some(ListedState::RUNNING | ListedState::STOPPING) => ContainerState::Running,
            Some(ListedState::PAUSED) => ContainerState::Paused,
            Some(ListedState::RESTARTING) => ContainerState::Restarting,
            Some(ListedState::REMOVING) => ContainerState::Removing,
            Some(ListedState::EXITED) => ContainerState::Exited,
            Some(ListedState::DEAD) => ContainerState::Dead,
            Some(ListedState::CREATED | ListedState::EMPTY) | None => ContainerState::Created,
        },
        status: listed.status.unwrap_or_default(),
        created: listed
            .created
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .unwrap_or(Timestamp::UNIX_EPOCH),
        ports,
        mounts: mount_points(listed.mounts),
        networks: networks(
            listed
                .network_settings
                .and_then(|settings| settings.networks),
        ),
    }
}

/// A container with legacy links has further names such as `/web/db`; its own has one slash.
fn own_name(names: &[String]) -> String {
    names
        .iter()
        .map(|name| name.trim_start_matches('/'))
        .find(|name| !name.contains('/'))
        .unwrap_or_default()
        .to_owned()
}

fn listed_port(port: &PortSummary) -> PortBinding {
    let protocol = match port.typ {
        Some(PortSummaryTypeEnum::UDP) => Protocol::Udp,
        Some(PortSummaryTypeEnum::SCTP) => Protocol::Sctp,
        _ => Protocol::Tcp,
    };
    let address = port.ip.as_deref().and_then(|ip| ip.parse().ok());
    PortBinding {
        target: port.private_port,
        protocol,
        host: address.zip(port.public_port),
    }
}

fn detail(found: ContainerInspectResponse, clock_lead: SignedDuration) -> ContainerDetail {
    let config = found.config.unwrap_or_default();
    let state = found.state.unwrap_or_default();
    let (ports_map, endpoints) = match found.network_settings {
        Some(settings) => (settings.ports, settings.networks),
        None => (None, None),
    };
    let what = status(&state);
    let ended = !matches!(
        what,
        ContainerState::Running | ContainerState::Paused | ContainerState::Created
    );
    ContainerDetail {
        id: found.id.unwrap_or_default(),
        name: found
            .name
            .unwrap_or_default()
            .trim_start_matches('/')
            .to_owned(),
        image: config.image.unwrap_or_default(),
        image_id: found.image.unwrap_or_default(),
        labels: sorted(config.labels),
        state: what,
        // A container that could not be started at all stays "created" and has a code too.
        exit_code: state
            .exit_code
            .filter(|code| ended || (*code != 0 && what == ContainerState::Created)),
        oom_killed: state.oom_killed.unwrap_or_default(),
        error: state.error.unwrap_or_default(),
        started: instant(state.started_at.as_deref()),
        finished: instant(state.finished_at.as_deref()),
        restarts: found.restart_count.unwrap_or_default(),
        health: health(state.health, clock_lead),
        healthcheck: healthcheck(config.healthcheck),
        ports: bindings(ports_map),
        exposed: ports(config.exposed_ports),
        mounts: mount_points(found.mounts),
        networks: networks(endpoints),
        environment: config.env.unwrap_or_default(),
        command: config.cmd.unwrap_or_default(),
        entrypoint: config.entrypoint.unwrap_or_default(),
        tty: config.tty.unwrap_or_default(),
        network_mode: found
            .host_config
            .and_then(|host| host.network_mode)
            .unwrap_or_default(),
    }
}

fn status(state: &State) -> ContainerState {
    match state.status {
        Some(Status::RUNNING | Status::STOPPING) => ContainerState::Running,
        Some(Status::PAUSED) => ContainerState::Paused,
        Some(Status::RESTARTING) => ContainerState::Restarting,
        Some(Status::REMOVING) => ContainerState::Removing,
        Some(Status::EXITED) => ContainerState::Exited,
        Some(Status::DEAD) => ContainerState::Dead,
        Some(Status::CREATED | Status::EMPTY) | None => ContainerState::Created,
    }
}

fn health(health: Option<bollard::models::Health>, clock_lead: SignedDuration) -> Option<Health> {
    let health = health?;
    let status = match health.status? {
        HealthStatusEnum::STARTING => "starting",
        HealthStatusEnum::HEALTHY => "healthy",
        HealthStatusEnum::UNHEALTHY => "unhealthy",
        HealthStatusEnum::NONE | HealthStatusEnum::EMPTY => return None,
    };
    let last = health.log.and_then(|mut log| log.pop()).unwrap_or_default();
    let ended = instant(last.end.as_deref()).filter(|_| last.exit_code == Some(0));
    Some(Health {
        status: status.to_owned(),
        last_output: last.output.unwrap_or_default(),
        passed: ended.and_then(|ended| ended.checked_sub(clock_lead).ok()),
    })
}

fn bindings(map: Option<PortMap>) -> Vec<PortBinding> {
    let mut bindings = Vec::new();
    for (text, hosts) in map.unwrap_or_default() {
        let Some((target, protocol)) = port(&text) else {
            continue;
        };
        let hosts = hosts.unwrap_or_default();
        if hosts.is_empty() {
            bindings.push(PortBinding {
                target,
                protocol,
                host: None,
            });
        }
        for host in hosts {
            let address = host.host_ip.and_then(|ip| ip.parse().ok());
            let number = host.host_port.and_then(|port| port.parse().ok());
            bindings.push(PortBinding {
                target,
                protocol,
                host: address.zip(number),
            });
        }
    }
    bindings.sort_by_key(|port| (port.target, port.protocol.as_str(), port.host));
    bindings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_own_name_among_links() {
        let names = ["/web-1/db".to_owned(), "/db-1".to_owned()];
        assert_eq!(own_name(&names), "db-1");
        assert_eq!(own_name(&[]), "");
    }

    #[test]
    fn a_started_second_of_grace_counts() {
        assert_eq!(whole_seconds(Duration::from_millis(900)), 1);
        assert_eq!(whole_seconds(Duration::ZERO), 0);
        assert_eq!(whole_seconds(Duration::from_secs(10)), 10);
    }

    #[test]
    fn a_healthy_container_whose_last_probe_failed_has_not_passed() {
        let probed = |code| {
            let told = serde_json::json!({
                "Status": "healthy", "FailingStreak": code,
                "Log": [
                    { "Start": "2024-05-06T07:08:00Z", "End": "2024-05-06T07:08:01Z", "ExitCode": 0, "Output": "" },
                    { "Start": "2024-05-06T07:08:02Z", "End": "2024-05-06T07:08:03Z", "ExitCode": code, "Output": "x" },
                ],
            });
            let told = serde_json::from_value(told).expect("a health");
            health(Some(told), SignedDuration::from_secs(2)).expect("it is checked")
        };
        assert_eq!(probed(1).passed, None);
        let passed = probed(0).passed.expect("the last one passed");
        assert_eq!(passed.to_string(), "2024-05-06T07:08:01Z");
        assert_eq!(probed(0).last_output, "x");
    }

    #[test]
    fn a_running_container_has_no_exit_code() {
        let with = |status, code| {
            let state = State {
                status: Some(status),
                exit_code: Some(code),
                ..Default::default()
            };
            let found = ContainerInspectResponse {
                state: Some(state),
                ..Default::default()
            };
            detail(found, SignedDuration::ZERO).exit_code
        };
        assert_eq!(with(Status::RUNNING, 0), None);
        assert_eq!(with(Status::CREATED, 0), None);
        assert_eq!(with(Status::CREATED, 127), Some(127));
        assert_eq!(with(Status::EXITED, 0), Some(0));
        assert_eq!(with(Status::RESTARTING, 3), Some(3));
    }
}
