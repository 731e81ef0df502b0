//! `deploy` and `gpus`.

use super::super::forms;
use super::super::shape::{Key, Shape};
use super::common::{COUNT, INTEGER, KEY_VALUES, LABELS, OPTIONS, TEXTS};

const SWARM: &str = "only a swarm knows it";

const UPDATE: Shape = Shape::Keys(&[
    Key::new("parallelism", COUNT),
    Key::new("delay", Shape::Duration),
    Key::new("failure_action", Shape::Text),
    Key::new("monitor", Shape::Duration),
    Key::new("max_failure_ratio", Shape::Number),
    Key::new("order", Shape::Choice(&["start-first", "stop-first"])),
]);

const GENERIC_RESOURCES: Shape = Shape::List(&Shape::Keys(&[Key::new(
    "discrete_resource_spec",
    Shape::Keys(&[
        Key::new("kind", Shape::Text),
        Key::new("value", Shape::Number),
    ]),
)]));

const DEVICE_KEYS: &[Key] = &[
    Key::new("capabilities", TEXTS),
    Key::new("driver", Shape::Text),
    Key::new("count", Shape::Rewritten(forms::device_count, &INTEGER)),
    Key::new("device_ids", TEXTS),
    Key::new("options", KEY_VALUES),
];

/// `gpus`: `all` or a list of device requests.
pub(super) const GPUS: Shape = Shape::Rewritten(
    forms::gpus,
    &Shape::List(&Shape::Rewritten(
        forms::any_device,
        &Shape::Keys(DEVICE_KEYS),
    )),
);

/// The section.
pub(super) const DEPLOY: Shape = Shape::Nullable(&Shape::Keys(&[
    Key::not_run("mode", Shape::Text, SWARM),
    Key::new("replicas", COUNT),
    Key::not_run("labels", LABELS, "they describe a swarm's service"),
    Key::not_run("update_config", UPDATE, SWARM),
    Key::not_run("rollback_config", UPDATE, SWARM),
    Key::new(
        "resources",
        Shape::Keys(&[
            Key::new(
                "limits",
                Shape::Keys(&[
                    Key::new("cpus", Shape::Number),
                    Key::new("memory", Shape::Size),
                    Key::new("pids", COUNT),
                ]),
            ),
            Key::new(
                "reservations",
                Shape::Keys(&[
                    Key::not_run("cpus", Shape::Number, SWARM),
                    Key::new("memory", Shape::Size),
                    Key::new(
                        "devices",
                        Shape::List(&Shape::Rewritten(
                            forms::device_request,
                            &Shape::Keys(DEVICE_KEYS),
                        )),
                    ),
                    Key::not_run("generic_resources", GENERIC_RESOURCES, SWARM),
                ]),
            ),
        ]),
    ),
    Key::new(
        "restart_policy",
        Shape::Keys(&[
            Key::new("condition", Shape::Text),
            Key::not_run("delay", Shape::Duration, SWARM),
            Key::new("max_attempts", COUNT),
            Key::not_run("window", Shape::Duration, SWARM),
        ]),
    ),
    Key::not_run(
        "placement",
        Shape::Keys(&[
            Key::new("constraints", TEXTS),
            Key::new("preferences", Shape::List(&OPTIONS)),
            Key::new("max_replicas_per_node", COUNT),
        ]),
        SWARM,
    ),
    Key::not_run("endpoint_mode", Shape::Text, SWARM),
]));
