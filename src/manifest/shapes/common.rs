//! Shapes that several tables share.

use super::super::forms;
use super::super::shape::{Key, Shape};

/// Any number of bytes or counts that fits the engine.
pub(super) const COUNT: Shape = Shape::Integer(0, i64::MAX);
/// A whole number.
pub(super) const INTEGER: Shape = Shape::Integer(i64::MIN, i64::MAX);

/// A list of texts.
pub(super) const TEXTS: Shape = Shape::List(&Shape::Text);
/// A list of texts or numbers.
pub(super) const TEXTS_OR_NUMBERS: Shape = Shape::List(&Shape::TextOrNumber);
/// A text or a list of texts.
pub(super) const TEXT_OR_TEXTS: Shape = Shape::Rewritten(forms::one_or_many, &TEXTS);

/// `KEY: value` or a list of `KEY=value`; a key may lack a value.
pub(super) const KEY_VALUES: Shape =
    Shape::Rewritten(forms::key_values, &Shape::Named(&Shape::Scalar));

/// The same where a key without a value has an empty one.
pub(super) const LABELS: Shape = Shape::Rewritten(forms::key_values, &Shape::Named(&Shape::Filled));

/// A mapping of the user's to single values.
pub(super) const OPTIONS: Shape = Shape::Named(&Shape::Filled);

/// A mapping of the user's to texts or numbers.
pub(super) const DRIVER_OPTIONS: Shape = Shape::Named(&Shape::TextOrNumber);

/// A command: a text, taken apart as a shell does, or a list.
pub(super) const COMMAND: Shape = Shape::Rewritten(forms::command, &Shape::Nullable(&TEXTS));

/// `ulimits`.
pub(super) const ULIMITS: Shape = Shape::Named(&Shape::Either(
    &INTEGER,
    &Shape::Rewritten(
        forms::limits,
        &Shape::Keys(&[Key::new("soft", INTEGER), Key::new("hard", INTEGER)]),
    ),
));

/// `extra_hosts`, brought to a list of `name=address`.
pub(super) const EXTRA_HOSTS: Shape = Shape::Rewritten(forms::extra_hosts, &TEXTS);

/// `secrets` and `configs` of a service or build.
pub(super) const FILE_REFERENCES: Shape = Shape::List(&Shape::Rewritten(
    forms::file_reference,
    &Shape::Keys(&[
        Key::new("source", Shape::Text),
        Key::new("target", Shape::Text),
        Key::new("uid", Shape::Text),
        Key::new("gid", Shape::Text),
        Key::new("mode", Shape::Rewritten(forms::mode, &Shape::Text)),
    ]),
));
