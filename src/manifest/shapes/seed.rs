//! `seed`.

use super::super::forms;
use super::super::shape::{Key, Shape};
use super::common::{OPTIONS, TEXT_OR_TEXTS, TEXTS};

/// A line for a shell, or the words of a command.
const COMMAND: Shape = Shape::Either(&Shape::Text, &TEXTS);

const REQUEST: Shape = Shape::Either(
    &Shape::Text,
    &Shape::Keys(&[
        Key::new("path", Shape::Text),
        Key::new("url", Shape::Text),
        Key::new("port", Shape::Integer(1, 65535)),
        Key::new("method", Shape::Text),
        Key::new("headers", OPTIONS),
        Key::new("body", Shape::Text),
        Key::new("file", Shape::Text),
        Key::new(
            "expect",
            Shape::Rewritten(forms::scalars, &Shape::List(&Shape::TextOrNumber)),
        ),
    ]),
);

/// A file, or a mapping of one kind with its settings.
pub(super) const SEEDS: Shape = Shape::List(&Shape::Either(
    &Shape::Text,
    &Shape::Keys(&[
        Key::new("file", Shape::Text),
        Key::new("table", Shape::Text),
        Key::new("columns", TEXTS),
        Key::new("delimiter", Shape::Text),
        Key::new("header", Shape::Bool),
        Key::new("exec", COMMAND),
        Key::new("run", COMMAND),
        Key::new("in", Shape::Text),
        Key::new("inputs", TEXT_OR_TEXTS),
        Key::new("http", REQUEST),
    ]),
));
