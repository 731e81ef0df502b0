//! `services`.

use super::super::forms;
use super::super::shape::{Key, Shape};
use super::build::BUILD;
use super::common::{
    COMMAND, COUNT, DRIVER_OPTIONS, EXTRA_HOSTS, FILE_REFERENCES, INTEGER, KEY_VALUES, LABELS,
    OPTIONS, TEXT_OR_TEXTS, TEXTS, TEXTS_OR_NUMBERS, ULIMITS,
};
use super::deploy::{DEPLOY, GPUS};
use super::develop::DEVELOP;
use super::devstack;
use super::hooks::HOOKS;
use super::mounts::{DEVICES, PORTS, VOLUMES};

const BLKIO_LIMITS: Shape = Shape::List(&Shape::Keys(&[
    Key::new("path", Shape::Text),
    Key::new("rate", Shape::Size),
]));

const HEALTHCHECK: Shape = Shape::Keys(&[
    Key::new("test", Shape::Rewritten(forms::health_test, &TEXTS)),
    Key::new("timeout", Shape::Duration),
    Key::new("interval", Shape::Duration),
    Key::new("retries", COUNT),
    Key::new("start_period", Shape::Duration),
    Key::new("start_interval", Shape::Duration),
    Key::new("disable", Shape::Bool),
]);

const NETWORKS: Shape = Shape::Rewritten(
    forms::names,
    &Shape::Named(&Shape::Nullable(&Shape::Keys(&[
        Key::new("aliases", TEXTS),
        Key::new("driver_opts", DRIVER_OPTIONS),
        Key::new("gw_priority", INTEGER),
        Key::new("interface_name", Shape::Text),
        Key::new("ipv4_address", Shape::Text),
        Key::new("ipv6_address", Shape::Text),
        Key::new("link_local_ips", TEXTS),
        Key::new("mac_address", Shape::Text),
        Key::new("priority", INTEGER),
    ]))),
);

const DEPENDS_ON: Shape = Shape::Rewritten(
    forms::depends_on,
    &Shape::Named(&Shape::Keys(&[
        Key::new(
            "condition",
            Shape::Choice(&[
                "service_started",
                "service_healthy",
                "service_completed_successfully",
            ]),
        ),
        Key::new("restart", Shape::Bool),
        Key::new("required", Shape::Bool),
    ])),
);

const ENV_FILE: Shape = Shape::Rewritten(
    forms::env_files,
    &Shape::List(&Shape::Keys(&[
        Key::new("path", Shape::Path),
        Key::new("required", Shape::Bool),
        Key::new("format", Shape::Text),
    ])),
);

const LOGGING: Shape = Shape::Keys(&[
    Key::new("driver", Shape::Text),
    Key::new("options", OPTIONS),
]);

const BLKIO: Shape = Shape::Keys(&[
    Key::new("weight", Shape::Integer(0, 1000)),
    Key::new(
        "weight_device",
        Shape::List(&Shape::Keys(&[
            Key::new("path", Shape::Text),
            Key::new("weight", Shape::Integer(0, 1000)),
        ])),
    ),
    Key::new("device_read_bps", BLKIO_LIMITS),
    Key::new("device_read_iops", BLKIO_LIMITS),
    Key::new("device_write_bps", BLKIO_LIMITS),
    Key::new("device_write_iops", BLKIO_LIMITS),
]);

/// One service.
pub(in crate::manifest) const SERVICE: Shape = Shape::Keys(KEYS);

const KEYS: &[Key] = &[
    Key::new("profiles", TEXTS),
    Key::new("annotations", LABELS),
    Key::new("attach", Shape::Bool),
    Key::new("build", BUILD),
    Key::new("develop", DEVELOP),
    Key::new("blkio_config", BLKIO),
    Key::new("cap_add", TEXTS),
    Key::new("cap_drop", TEXTS),
    Key::new("cgroup_parent", Shape::Text),
    Key::new("cgroup", Shape::Choice(&["host", "private"])),
    Key::new("cpu_count", COUNT),
    Key::new("cpu_percent", Shape::Number),
    Key::new("cpu_period", INTEGER),
    Key::new("cpu_quota", INTEGER),
    Key::new(
        "cpu_rt_period",
        Shape::Rewritten(forms::microseconds, &INTEGER),
    ),
    Key::new(
        "cpu_rt_runtime",
        Shape::Rewritten(forms::microseconds, &INTEGER),
    ),
    Key::new("cpus", Shape::Number),
    Key::new("cpuset", Shape::Text),
    Key::new("cpu_shares", INTEGER),
    Key::new("command", COMMAND),
    Key::new("configs", FILE_REFERENCES),
    Key::new("container_name", Shape::Text),
    Key::not_run(
        "credential_spec",
        Shape::Keys(&[
            Key::new("config", Shape::Text),
            Key::new("file", Shape::Text),
            Key::new("registry", Shape::Text),
        ]),
        "only Windows engines know it",
    ),
    Key::new("depends_on", DEPENDS_ON),
    Key::new("deploy", DEPLOY),
    Key::new("device_cgroup_rules", TEXTS),
    Key::new("devices", DEVICES),
    Key::new("dns", TEXT_OR_TEXTS),
    Key::new("dns_opt", TEXTS),
    Key::new("dns_search", TEXT_OR_TEXTS),
    Key::new("domainname", Shape::Text),
    Key::new("entrypoint", COMMAND),
    Key::not_run(
        "provider",
        Shape::Keys(&[
            Key::new("type", Shape::Text),
            Key::new(
                "options",
                Shape::Named(&Shape::Rewritten(
                    forms::scalars,
                    &Shape::List(&Shape::Filled),
                )),
            ),
        ]),
        "devstack runs no provider plugins",
    ),
    Key::new("environment", KEY_VALUES),
    Key::new("env_file", ENV_FILE),
    Key::new("expose", TEXTS_OR_NUMBERS),
    Key::new(
        "extends",
        Shape::Rewritten(
            forms::extends,
            &Shape::Keys(&[
                Key::new("service", Shape::Text),
                Key::new("file", Shape::Text),
            ]),
        ),
    ),
    Key::new("external_links", TEXTS),
    Key::new("extra_hosts", EXTRA_HOSTS),
    Key::new("group_add", TEXTS_OR_NUMBERS),
    Key::new("gpus", GPUS),
    Key::new("hostname", Shape::Text),
    Key::new("healthcheck", HEALTHCHECK),
    Key::new("image", Shape::Text),
    Key::new("init", Shape::Bool),
    Key::new("ipc", Shape::Text),
    Key::new("isolation", Shape::Text),
    Key::new("labels", LABELS),
    Key::new(
        "label_file",
        Shape::Rewritten(forms::one_or_many, &Shape::List(&Shape::Path)),
    ),
    Key::new("links", TEXTS),
    Key::new("logging", LOGGING),
    Key::new("mem_limit", Shape::Size),
    Key::new("mem_reservation", Shape::Size),
    Key::new("memswap_limit", Shape::Size),
    Key::new("mem_swappiness", Shape::Size),
    Key::new("mac_address", Shape::Text),
    Key::not_run(
        "models",
        Shape::Rewritten(forms::names, &Shape::Named(&Shape::Any)),
        "devstack runs no models",
    ),
    Key::new("network_mode", Shape::Text),
    Key::new("networks", NETWORKS),
    Key::new("oom_kill_disable", Shape::Bool),
    Key::new("oom_score_adj", Shape::Integer(-1000, 1000)),
    Key::new("pid", Shape::Nullable(&Shape::Text)),
    Key::new("pids_limit", INTEGER),
    Key::new("platform", Shape::Text),
    Key::new("ports", PORTS),
    Key::new("privileged", Shape::Bool),
    Key::new("pull_policy", Shape::Text),
    Key::new("read_only", Shape::Bool),
    Key::new("restart", Shape::Text),
    Key::new("runtime", Shape::Text),
    Key::new("scale", COUNT),
    Key::new("secrets", FILE_REFERENCES),
    Key::new("security_opt", TEXTS),
    Key::new("shm_size", Shape::Size),
    Key::new("stdin_open", Shape::Bool),
    Key::new("stop_grace_period", Shape::Duration),
    Key::new("stop_signal", Shape::Text),
    Key::new("storage_opt", OPTIONS),
    Key::new("sysctls", LABELS),
    Key::new("tmpfs", TEXT_OR_TEXTS),
    Key::new("tty", Shape::Bool),
    Key::new("ulimits", ULIMITS),
    Key::not_run(
        "use_api_socket",
        Shape::Bool,
        "mount the engine's socket instead",
    ),
    Key::new("user", Shape::Text),
    Key::new("userns_mode", Shape::Text),
    Key::new("uts", Shape::Text),
    Key::new("volumes", VOLUMES),
    Key::new("volumes_from", TEXTS),
    Key::new("working_dir", Shape::Text),
    Key::new("post_start", HOOKS),
    Key::new("pre_stop", HOOKS),
    Key::not_run(
        "pull_refresh_after",
        Shape::Text,
        "`pull_policy: every_…` says the same",
    ),
    Key::new(
        "x-devstack",
        Shape::Nullable(&Shape::Keys(devstack::SERVICE)),
    ),
    devstack::SERVICE[0],
    devstack::SERVICE[1],
    devstack::SERVICE[2],
];
