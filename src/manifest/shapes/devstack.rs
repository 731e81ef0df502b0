//! devstack's own keys. Their values are checked where they are given a meaning, in `stack`.

use super::super::shape::{Key, Shape};
use super::inputs::INPUTS;
use super::requires::REQUIRES;
use super::seed::SEEDS;

/// Beside Compose's in a service of devstack.yaml, or under its `x-devstack`.
pub(super) const SERVICE: &[Key] = &[
    Key::own("seed", SEEDS),
    Key::own("ready", Shape::Any),
    Key::own("open", Shape::Text),
];

/// At the top of devstack.yaml, or under a top-level `x-devstack`.
pub(super) const TOP: &[Key] = &[
    Key::own("requires", REQUIRES),
    Key::own("inputs", INPUTS),
    Key::own("bind", Shape::Text),
    Key::own("registry", Shape::Keys(&[Key::new("mirror", Shape::Text)])),
];
