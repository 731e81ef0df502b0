//! Changes a manifest as a careful person would: new entries go where their like stands, in the file's own style, and
//! every line that nobody meant to touch stays as it is.
//!
//! [`Editor`] splices text by place; it never writes a tree back. What a change *means* is for its caller to compare,
//! before and after.

mod flow;
mod indent;
mod insert;
mod layout;
mod text;

pub use flow::{is_plain, quoted};
pub use indent::{Indentation, moved};
pub use insert::{EditRefused, Editor};
pub use layout::{Entry, Kind, Layout, Quotes};
pub use text::{Edit, EditedText};
