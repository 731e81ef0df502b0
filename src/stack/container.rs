//! The options of a container that go to the engine as they are.

use std::time::Duration;

use indexmap::IndexMap;
use serde::Serialize;

/// What the engine is told of a container beside its name, image, labels, mounts, ports and networks.
///
/// Each field is the Compose key of the same name; `None` and empty mean "the image's or the engine's default".
#[derive(Debug, Clone, Default, Serialize)]
pub struct Container {
    /// `command`; `Some(vec![])` clears the image's.
    pub command: Option<Vec<String>>,
    /// `entrypoint`; `Some(vec![])` clears the image's.
    pub entrypoint: Option<Vec<String>>,
    /// `environment` and `env_file` together; a key without a value is taken out of the image's environment.
    pub environment: IndexMap<String, Option<String>>,
    /// `labels` of the user.
    pub labels: IndexMap<String, String>,
    /// `annotations`.
    pub annotations: IndexMap<String, String>,
    /// `user`.
    pub user: Option<String>,
    /// `group_add`.
    pub group_add: Vec<String>,
    /// `working_dir`.
    pub working_dir: Option<String>,
    /// `hostname`.
    pub hostname: Option<String>,
    /// `domainname`.
    pub domainname: Option<String>,
    /// `mac_address`.
    pub mac_address: Option<String>,
    /// `expose`: `port[/protocol]`.
    pub expose: Vec<String>,
    /// `tty`.
    pub tty: bool,
    /// `stdin_open`.
    pub stdin_open: bool,
    /// `init`.
    pub init: Option<bool>,
    /// `privileged`.
    pub privileged: bool,
    /// `read_only`.
    pub read_only: bool,
    /// `cap_add`.
    pub cap_add: Vec<String>,
    /// `cap_drop`.
    pub cap_drop: Vec<String>,
    /// `security_opt`.
    pub security_opt: Vec<String>,
    /// `sysctls`.
    pub sysctls: IndexMap<String, String>,
    /// `ulimits`.
    pub ulimits: IndexMap<String, Ulimit>,
    /// `devices`.
    pub devices: Vec<Device>,
    /// `device_cgroup_rules`.
    pub device_cgroup_rules: Vec<String>,
    /// `gpus` and `deploy.resources.reservations.devices`, as the engine's device requests (JSON).
    pub device_requests: Vec<serde_json::Value>,
    /// `dns`.
    pub dns: Vec<String>,
    /// `dns_search`.
    pub dns_search: Vec<String>,
    /// `dns_opt`.
    pub dns_opt: Vec<String>,
    /// `extra_hosts`, each `name:address`.
    pub extra_hosts: Vec<String>,
    /// `links` and `external_links`, each `container:alias`.
    pub links: Vec<String>,
    /// `ipc`.
    pub ipc: Option<String>,
    /// `pid`.
    pub pid: Option<String>,
    /// `uts`.
    pub uts: Option<String>,
    /// `userns_mode`.
    pub userns_mode: Option<String>,
    /// `cgroup`.
    pub cgroup: Option<String>,
    /// `cgroup_parent`.
    pub cgroup_parent: Option<String>,
    /// `runtime`.
    pub runtime: Option<String>,
    /// `isolation`.
    pub isolation: Option<String>,
    /// `storage_opt`.
    pub storage_opt: IndexMap<String, String>,
    /// `volumes_from`, each `service[:mode]` or `container:name[:mode]`.
    pub volumes_from: Vec<String>,
    /// `logging`.
    pub logging: Option<LogDriver>,
    /// `restart`, and `deploy.restart_policy`.
    pub restart: RestartPolicy,
    /// `stop_signal`.
    pub stop_signal: Option<String>,
    /// `stop_grace_period` in whole seconds, as the engine keeps it.
    pub stop_timeout: Option<u64>,
    /// `healthcheck`; `None` leaves the image's.
    pub healthcheck: Option<Healthcheck>,
    /// Limits and reservations.
    pub resources: Resources,
}

/// Limits and reservations of a container.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Resources {
    /// `mem_limit`, `deploy.resources.limits.memory`: bytes.
    pub memory: Option<i64>,
    /// `mem_reservation`: bytes.
    pub memory_reservation: Option<i64>,
    /// `memswap_limit`: bytes, -1 for no limit.
    pub memory_swap: Option<i64>,
    /// `mem_swappiness`: 0 to 100.
    pub memory_swappiness: Option<i64>,
    /// `cpus`, `deploy.resources.limits.cpus`: billionths of a CPU.
    pub nano_cpus: Option<i64>,
    /// `cpu_shares`.
    pub cpu_shares: Option<i64>,
    /// `cpu_period`: microseconds.
    pub cpu_period: Option<i64>,
    /// `cpu_quota`: microseconds.
    pub cpu_quota: Option<i64>,
    /// `cpu_rt_period`: microseconds.
    pub cpu_rt_period: Option<i64>,
    /// `cpu_rt_runtime`: microseconds.
    pub cpu_rt_runtime: Option<i64>,
    /// `cpu_count` (Windows).
    pub cpu_count: Option<i64>,
    /// `cpu_percent` (Windows).
    pub cpu_percent: Option<i64>,
    /// `cpuset`.
    pub cpuset: Option<String>,
    /// `pids_limit`, `deploy.resources.limits.pids`.
    pub pids_limit: Option<i64>,
    /// `oom_kill_disable`.
    pub oom_kill_disable: Option<bool>,
    /// `oom_score_adj`.
    pub oom_score_adj: Option<i64>,
    /// `shm_size`: bytes.
    pub shm_size: Option<i64>,
    /// `blkio_config`, in the engine's own form (the `Blkio…` fields of `HostConfig`).
    pub blkio: Option<serde_json::Value>,
}

/// One `ulimits` entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ulimit {
    /// The soft limit, -1 for none.
    pub soft: i64,
    /// The hard limit, -1 for none.
    pub hard: i64,
}

/// One `devices` entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Device {
    /// The path on the host.
    pub source: String,
    /// The path in the container.
    pub target: String,
    /// Some of `rwm`.
    pub permissions: String,
}

/// Where the engine keeps the container's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogDriver {
    /// The driver's name; `None` for the engine's default driver with own options.
    pub driver: Option<String>,
    /// Its options.
    pub options: IndexMap<String, String>,
}

/// What the engine does when the container ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// Nothing.
    #[default]
    No,
    /// Starts it again, always.
    Always,
    /// Starts it again unless a person stopped it.
    UnlessStopped,
    /// Starts it again after a failure, at most so often if given.
    OnFailure(Option<i64>),
}

/// A health check as Compose describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Healthcheck {
    /// What is run.
    pub test: HealthTest,
    /// Time between the engine's own probes.
    pub interval: Option<Duration>,
    /// How long one probe may take.
    pub timeout: Option<Duration>,
    /// Failures until the engine calls it unhealthy.
    pub retries: Option<i64>,
    /// Time at the start in which failures do not count.
    pub start_period: Option<Duration>,
    /// Time between probes during the start period (API 1.44).
    pub start_interval: Option<Duration>,
}

/// The command of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthTest {
    /// The image's own command, with other settings.
    Inherit,
    /// Switched off.
    None,
    /// A program and its arguments (`CMD`).
    Cmd(Vec<String>),
    /// A line for the container's shell (`CMD-SHELL`).
    Shell(String),
}
