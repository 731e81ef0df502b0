//! A container of the fake engine, and how it is shown.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Behaviour;
use super::files::Files;
use crate::engine::{
    ContainerDetail, ContainerState, ContainerSummary, EndpointSpec, Health, LogLine, MountPoint,
    OutputStream, PortBinding, PortSpec,
};
use crate::stack::{HealthTest, Healthcheck, Protocol, RestartPolicy};

/// A container.
pub(super) struct Container {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) image: String,
    pub(super) image_id: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) behaviour: Behaviour,
    pub(super) restart: RestartPolicy,
    pub(super) stop_timeout: Duration,
    pub(super) healthcheck: Option<Healthcheck>,
    pub(super) environment: Vec<String>,
    pub(super) command: Vec<String>,
    pub(super) entrypoint: Vec<String>,
    pub(super) tty: bool,
    pub(super) network_mode: String,
    /// By network name; the address is there only while it runs.
    pub(super) networks: BTreeMap<String, (EndpointSpec, Option<IpAddr>)>,
    pub(super) mounts: Vec<MountPoint>,
    pub(super) exposed: Vec<(u16, Protocol)>,
    pub(super) ports: Vec<PortSpec>,
    /// What it got on the host; there only while it runs.
    pub(super) bindings: Vec<PortBinding>,
    /// Files put there, by absolute path.
    pub(super) files: Files,
    pub(super) logs: Vec<LogLine>,
    pub(super) created: Timestamp,
    pub(super) started: Option<Timestamp>,
    pub(super) finished: Option<Timestamp>,
    pub(super) state: ContainerState,
    pub(super) exit_code: Option<i64>,
    pub(super) oom_killed: bool,
    pub(super) error: String,
    pub(super) restarts: i64,
    pub(super) health: Option<Health>,
    /// How many answers each exec rule has given.
    pub(super) answered: BTreeMap<usize, usize>,
    /// How long the engine had been there when it was last started.
    pub(super) started_at: Duration,
    /// What was written to it after it was attached to.
    pub(super) input: Vec<u8>,
    /// Cancelled when a person ends it, so that its restart policy does not apply.
    pub(super) life: CancellationToken,
    /// Cancelled when this run of it ends.
    pub(super) run: CancellationToken,
    /// Orders its life to end with a code, as if of itself.
    pub(super) crash: watch::Sender<Option<i64>>,
}

impl Container {
    /// Whether there is a process.
    pub(super) fn runs(&self) -> bool {
        matches!(self.state, ContainerState::Running | ContainerState::Paused)
    }

    /// Whether the engine itself checks its health.
    pub(super) fn has_healthcheck(&self) -> bool {
        self.healthcheck
            .as_ref()
            .is_some_and(|check| check.test != HealthTest::None)
    }

    /// Takes a line into its log.
    pub(super) fn print(&mut self, at: Timestamp, stream: OutputStream, text: &str) {
        // A terminal has one stream.
        let stream = if self.tty {
            OutputStream::Stdout
        } else {
            stream
        };
        self.logs.push(LogLine {
            stream,
            at: Some(at),
            text: text.to_owned(),
        });
    }

    fn addresses(&self) -> BTreeMap<String, Option<IpAddr>> {
        self.networks
            .iter()
            .map(|(name, (_, address))| (name.clone(), *address))
            .collect()
    }

    /// As the listing shows it.
    pub(super) fn summary(&self, now: Timestamp) -> ContainerSummary {
        ContainerSummary {
            id: self.id.clone(),
            name: self.name.clone(),
            image: self.image.clone(),
            image_id: self.image_id.clone(),
            labels: self.labels.clone(),
            state: self.state,
            status: self.status(now),
            created: self.created,
            ports: self.bindings.clone(),
            mounts: self.mounts.clone(),
            networks: self.addresses(),
        }
    }

    /// In full.
    pub(super) fn detail(&self) -> ContainerDetail {
        ContainerDetail {
            id: self.id.clone(),
            name: self.name.clone(),
            image: self.image.clone(),
            image_id: self.image_id.clone(),
            labels: self.labels.clone(),
            state: self.state,
            exit_code: self.exit_code,
            oom_killed: self.oom_killed,
            error: self.error.clone(),
            started: self.started,
            finished: self.finished,
            restarts: self.restarts,
            health: self.health.clone(),
            healthcheck: self.healthcheck.clone(),
            ports: self.bindings.clone(),
            exposed: self.exposed.clone(),
            mounts: self.mounts.clone(),
            networks: self.addresses(),
            environment: self.environment.clone(),
            command: self.command.clone(),
            entrypoint: self.entrypoint.clone(),
            tty: self.tty,
            network_mode: self.network_mode.clone(),
        }
    }

    fn status(&self, now: Timestamp) -> String {
        let since = |then: Option<Timestamp>| {
            let seconds = then.map_or(0, |then| now.duration_since(then).as_secs());
            match seconds {
                ..1 => "Less than a second".to_owned(),
                1 => "1 second".to_owned(),
                2..60 => format!("{seconds} seconds"),
                60..120 => "About a minute".to_owned(),
                _ => format!("{} minutes", seconds / 60),
            }
        };
        let health = self
            .health
            .as_ref()
            .map(|health| match health.status.as_str() {
                "starting" => " (health: starting)".to_owned(),
                other => format!(" ({other})"),
            })
            .unwrap_or_default();
        let code = self.exit_code.unwrap_or_default();
        match self.state {
            ContainerState::Created => "Created".to_owned(),
            ContainerState::Running => format!("Up {}{health}", since(self.started)),
            ContainerState::Paused => format!("Up {} (Paused)", since(self.started)),
            ContainerState::Restarting => {
                format!("Restarting ({code}) {} ago", since(self.finished))
            }
            ContainerState::Removing => "Removal In Progress".to_owned(),
            ContainerState::Exited => format!("Exited ({code}) {} ago", since(self.finished)),
            ContainerState::Dead => "Dead".to_owned(),
        }
    }
}
