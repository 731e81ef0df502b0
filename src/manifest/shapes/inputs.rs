//! `inputs`.

use super::super::forms;
use super::super::shape::{Key, Shape};

/// What is asked of the user, by the variable that holds the answer. They are read before variables are put in
/// (`manifest::inputs`); this is where they are checked.
pub(super) const INPUTS: Shape = Shape::Named(&Shape::Nullable(&Shape::Keys(&[
    Key::new("prompt", Shape::Text),
    Key::new("secret", Shape::Bool),
    Key::new("optional", Shape::Bool),
    Key::new("default", Shape::Scalar),
    Key::new("pattern", Shape::Text),
    Key::new(
        "choices",
        Shape::Rewritten(forms::scalars, &Shape::List(&Shape::Filled)),
    ),
    Key::new("command", Shape::Text),
])));
