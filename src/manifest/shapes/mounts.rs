//! `volumes`, `ports`, `devices` of a service.

use super::super::forms;
use super::super::shape::{Key, Shape};
use super::common::{COUNT, LABELS};

/// `volumes`.
pub(super) const VOLUMES: Shape = Shape::List(&Shape::Rewritten(
    forms::volume,
    &Shape::Keys(&[
        Key::new(
            "type",
            Shape::Choice(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"]),
        ),
        Key::new("source", Shape::Text),
        Key::new("target", Shape::Text),
        Key::new("read_only", Shape::Bool),
        Key::new("consistency", Shape::Text),
        Key::new(
            "bind",
            Shape::Keys(&[
                Key::new("selinux", Shape::Choice(&["z", "Z"])),
                Key::new("propagation", Shape::Text),
                Key::new("create_host_path", Shape::Bool),
                Key::new(
                    "recursive",
                    Shape::Choice(&["enabled", "disabled", "writable", "readonly"]),
                ),
            ]),
        ),
        Key::new(
            "volume",
            Shape::Keys(&[
                Key::new("labels", LABELS),
                Key::new("nocopy", Shape::Bool),
                Key::new("subpath", Shape::Text),
            ]),
        ),
        Key::new(
            "tmpfs",
            Shape::Keys(&[Key::new("size", Shape::Size), Key::new("mode", COUNT)]),
        ),
        Key::new("image", Shape::Keys(&[Key::new("subpath", Shape::Text)])),
    ]),
));

/// `ports`.
pub(super) const PORTS: Shape = Shape::Rewritten(
    forms::ports,
    &Shape::List(&Shape::Keys(&[
        Key::new("name", Shape::Text),
        Key::new("mode", Shape::Text),
        Key::new("host_ip", Shape::Text),
        Key::new("target", Shape::Integer(1, 65535)),
        Key::new("published", Shape::TextOrNumber),
        Key::new("protocol", Shape::Text),
        Key::new("app_protocol", Shape::Text),
    ])),
);

/// `devices`.
pub(super) const DEVICES: Shape = Shape::List(&Shape::Rewritten(
    forms::device,
    &Shape::Keys(&[
        Key::new("source", Shape::Text),
        Key::new("target", Shape::Text),
        Key::new("permissions", Shape::Text),
    ]),
));
