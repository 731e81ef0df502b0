//! The manifest as text: from files to one merged tree in which every value has its place and its long form.
//!
//! The steps, in order: [`discover`] the files, [`file`] reads one, [`yaml`] makes a tree of it, [`interpolate`]
//! puts variables in.
//!
//! What a value *means* is not decided here: that is `stack`'s work.

pub mod env_file;
pub mod file;
pub mod node;
pub mod number;
pub mod template;
pub mod yaml;
