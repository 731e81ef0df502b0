//! `post_start` and `pre_stop`.

use super::super::forms;
use super::super::shape::{Key, Shape};
use super::common::{COMMAND, KEY_VALUES};

/// A list of hooks.
pub(super) const HOOKS: Shape = Shape::List(&HOOK);

/// A hook.
pub(super) const HOOK: Shape = Shape::Rewritten(
    forms::hook,
    &Shape::Keys(&[
        Key::new("command", COMMAND),
        Key::new("user", Shape::TextOrNumber),
        Key::new("privileged", Shape::Bool),
        Key::new("working_dir", Shape::Text),
        Key::new("environment", KEY_VALUES),
    ]),
);
