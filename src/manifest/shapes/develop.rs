//! `develop`.

use super::super::forms;
use super::super::shape::{Key, Shape};
use super::common::TEXT_OR_TEXTS;
use super::hooks::HOOK;

/// The section.
pub(super) const DEVELOP: Shape = Shape::Nullable(&Shape::Keys(&[Key::new(
    "watch",
    Shape::List(&Shape::Rewritten(
        forms::watch,
        &Shape::Keys(&[
            Key::new("path", Shape::Path),
            Key::new(
                "action",
                Shape::Choice(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"]),
            ),
            Key::new("target", Shape::Text),
            Key::new("exec", HOOK),
            Key::new("include", TEXT_OR_TEXTS),
            Key::new("ignore", TEXT_OR_TEXTS),
            Key::new("initial_sync", Shape::Bool),
        ]),
    )),
)]));
