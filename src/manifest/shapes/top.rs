//! The whole file.

use super::super::forms;
use super::super::shape::{Key, Shape};
use super::common::TEXT_OR_TEXTS;
use super::devstack;
use super::resources::{CONFIG, MODEL, NETWORK, SECRET, VOLUME};
use super::service::SERVICE;

/// The keys at the top.
pub const TOP: Shape = Shape::Keys(&[
    Key::new("version", Shape::Text),
    Key::new("name", Shape::Text),
    Key::new(
        "include",
        Shape::List(&Shape::Rewritten(
            forms::include,
            &Shape::Keys(&[
                Key::new("path", TEXT_OR_TEXTS),
                Key::new("env_file", TEXT_OR_TEXTS),
                Key::new("project_directory", Shape::Text),
            ]),
        )),
    ),
    Key::new("services", Shape::Resources(&SERVICE)),
    Key::new("networks", Shape::Nullable(&Shape::Resources(&NETWORK))),
    Key::new("volumes", Shape::Nullable(&Shape::Resources(&VOLUME))),
    Key::new("secrets", Shape::Nullable(&Shape::Resources(&SECRET))),
    Key::new("configs", Shape::Nullable(&Shape::Resources(&CONFIG))),
    Key::not_run(
        "models",
        Shape::Resources(&MODEL),
        "devstack runs no models",
    ),
    Key::new("x-devstack", Shape::Nullable(&Shape::Keys(devstack::TOP))),
    devstack::TOP[0],
    devstack::TOP[1],
    devstack::TOP[2],
    devstack::TOP[3],
]);
