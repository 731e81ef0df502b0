//! The vocabulary in which the language is described: what may stand where.
//!
//! The tables in [`shapes`](super::shapes) use it; [`canonical`](super::canonical) checks trees against them and
//! brings every value into its long form on the way. A new key is one new line in a table.

use super::canonical::Walk;
use super::node::Node;

/// What a value may be.
#[derive(Clone, Copy)]
pub enum Shape {
    /// Anything.
    Any,
    /// A text; a number or boolean without quotes is refused, as Compose does.
    Text,
    /// A text or a number, taken as text.
    TextOrNumber,
    /// Any scalar, taken as text; nothing stays nothing.
    Scalar,
    /// Any scalar, taken as text; nothing becomes the empty text.
    Filled,
    /// A boolean.
    Bool,
    /// A whole number from the first to the second, both included.
    Integer(i64, i64),
    /// A number.
    Number,
    /// A duration, such as `1m30s`.
    Duration,
    /// A number of bytes, such as `512m`; -1 is allowed.
    Size,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A path of this machine, relative to the manifest's folder.
    Path,
    /// A path that the engine's host may know: as [`Path`](Self::Path), but Windows paths stay as they are.
    HostPath,
    /// What a build starts from: a path or a URL.
    Context,
    /// A mapping with these keys, and `x-` keys.
    Keys(&'static [Key]),
    /// A mapping whose keys are the user's.
    Named(&'static Self),
    /// As [`Named`](Self::Named), for names that become part of names in the engine.
    Resources(&'static Self),
    /// A list.
    List(&'static Self),
    /// The same, or nothing.
    Nullable(&'static Self),
    /// The first for a single value, the second for a collection.
    Either(&'static Self, &'static Self),
    /// A short form is rewritten to the long one first.
    Rewritten(Rewrite, &'static Self),
}

/// Brings a short form into the long one; false if that is impossible, which it has reported then.
pub type Rewrite = fn(&mut Node, &mut Walk<'_>, &str) -> bool;

/// One key of a mapping.
#[derive(Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value may be.
    pub shape: Shape,
    /// What devstack does with it.
    pub support: Support,
}

/// What devstack does with a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It is run.
    Runs,
    /// It is known, read and has no effect here; the reader is told why.
    NotRun(&'static str),
    /// It is one of devstack's own keys, which a Compose file carries under `x-devstack`.
    Own,
}

impl Key {
    /// A key that is run.
    pub const fn new(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            shape,
            support: Support::Runs,
        }
    }

    /// A key that is known but not run.
    pub const fn not_run(name: &'static str, shape: Shape, why: &'static str) -> Self {
        Self {
            name,
            shape,
            support: Support::NotRun(why),
        }
    }

    /// One of devstack's own keys.
    pub const fn own(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            shape,
            support: Support::Own,
        }
    }
}
