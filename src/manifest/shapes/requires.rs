//! `requires`.

use super::super::forms;
use super::super::shape::{Key, Shape};
use super::common::{KEY_VALUES, TEXT_OR_TEXTS};

/// A version, or one with the way to get the tool; nothing is any version.
const TOOL: Shape = Shape::Nullable(&Shape::Either(
    &Shape::TextOrNumber,
    &Shape::Keys(&[
        Key::new("version", Shape::TextOrNumber),
        Key::new("get", Shape::Text),
    ]),
));

/// What must be true of a machine. Lists of names may be mappings whose values say how to get the thing.
pub(super) const REQUIRES: Shape = Shape::Keys(&[
    Key::new("engine", Shape::TextOrNumber),
    Key::new("memory", Shape::Size),
    Key::new("cpus", Shape::Number),
    Key::new("disk", Shape::Size),
    Key::new("arch", TEXT_OR_TEXTS),
    Key::new(
        "tools",
        Shape::Rewritten(forms::key_values, &Shape::Named(&TOOL)),
    ),
    Key::new("env", KEY_VALUES),
    Key::new("hosts", KEY_VALUES),
    Key::new(
        "ports",
        Shape::Rewritten(forms::scalars, &Shape::List(&Shape::Integer(1, 65535))),
    ),
    Key::new("files", KEY_VALUES),
]);
