//! Texts that people wrote, and places in them.
//!
//! A [`Source`] is one text (a manifest, an env file, the neighbourhood of a failing seed line); a [`Span`] is a
//! range of it and keeps it alive, so a place can travel with a value from the parser to an error at run time
//! without a table to look it up in. Nothing here reads files.

mod span;
mod text;

pub use span::{Position, Span};
pub use text::Source;
