//! Top-level networks, volumes, secrets, configs and models.

use super::super::forms;
use super::super::shape::{Key, Shape};
use super::common::{DRIVER_OPTIONS, LABELS, OPTIONS, TEXTS};

/// A network.
pub(super) const NETWORK: Shape = Shape::Nullable(&Shape::Rewritten(
    forms::external,
    &Shape::Keys(&[
        Key::new("name", Shape::Text),
        Key::new("driver", Shape::Text),
        Key::new("driver_opts", DRIVER_OPTIONS),
        Key::new(
            "ipam",
            Shape::Keys(&[
                Key::new("driver", Shape::Text),
                Key::new(
                    "config",
                    Shape::List(&Shape::Keys(&[
                        Key::new("subnet", Shape::Text),
                        Key::new("gateway", Shape::Text),
                        Key::new("ip_range", Shape::Text),
                        Key::new("aux_addresses", OPTIONS),
                    ])),
                ),
                Key::new("options", OPTIONS),
            ]),
        ),
        Key::new("external", Shape::Bool),
        Key::new("internal", Shape::Bool),
        Key::new("attachable", Shape::Bool),
        Key::new("labels", LABELS),
        Key::new("enable_ipv4", Shape::Bool),
        Key::new("enable_ipv6", Shape::Bool),
    ]),
));

/// A volume.
pub(super) const VOLUME: Shape = Shape::Nullable(&Shape::Rewritten(
    forms::external,
    &Shape::Keys(&[
        Key::new("name", Shape::Text),
        Key::new("driver", Shape::Text),
        Key::new("driver_opts", DRIVER_OPTIONS),
        Key::new("external", Shape::Bool),
        Key::new("labels", LABELS),
    ]),
));

/// A secret.
pub(super) const SECRET: Shape = Shape::Rewritten(
    forms::external,
    &Shape::Keys(&[
        Key::new("name", Shape::Text),
        Key::new("file", Shape::HostPath),
        Key::new("environment", Shape::Text),
        Key::new("external", Shape::Bool),
        Key::new("labels", LABELS),
        Key::not_run("driver", Shape::Text, "only a swarm knows it"),
        Key::not_run("driver_opts", DRIVER_OPTIONS, "only a swarm knows it"),
        Key::not_run("template_driver", Shape::Text, "only a swarm knows it"),
    ]),
);

/// A config.
pub(super) const CONFIG: Shape = Shape::Rewritten(
    forms::external,
    &Shape::Keys(&[
        Key::new("name", Shape::Text),
        Key::new("file", Shape::HostPath),
        Key::new("environment", Shape::Text),
        Key::new("content", Shape::Text),
        Key::new("external", Shape::Bool),
        Key::new("labels", LABELS),
        Key::not_run("template_driver", Shape::Text, "only a swarm knows it"),
    ]),
);

/// A model.
pub(super) const MODEL: Shape = Shape::Keys(&[
    Key::new("name", Shape::Text),
    Key::new("model", Shape::Text),
    Key::new("context_size", Shape::Integer(i64::MIN, i64::MAX)),
    Key::new("runtime_flags", TEXTS),
]);
