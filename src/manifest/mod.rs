//! The manifest as text: from files to one merged tree in which every value has its place and its long form.
//!
//! The steps, in order: [`discover`] the files; [`file`] reads one; [`yaml`] makes a tree of it; [`interpolate`]
//! puts variables in, the manifest's own [`inputs`] among them; [`canonical`] checks it against the tables in [`shapes`] and brings short forms
//! ([`forms`]) into long ones; [`include`] and [`extends`] bring other files in; [`merge`] joins the files. [`open`]
//! does all of it.
//!
//! What a value *means* is not decided here: that is `stack`'s work.

mod access;
pub mod canonical;
pub mod discover;
pub mod edit;
pub mod env_file;
pub mod environment;
mod extends;
pub mod file;
mod forms;
mod include;
pub mod inherit;
pub mod inputs;
pub mod interpolate;
pub mod json_schema;
mod loader;
pub mod merge;
mod model;
pub mod node;
pub mod number;
mod options;
pub mod project_name;
pub mod quantity;
pub mod shape;
pub mod shapes;
pub mod template;
mod words;
pub mod yaml;

pub use discover::Flavour;
pub use file::read_standard_input;
pub use model::{Manifest, Opened, open};
pub use options::{LoadOptions, names_standard_input};
