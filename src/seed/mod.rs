//! Seeds: what they are made of, and bringing them into a running service.
//!
//! [`fingerprint`] tells whether a seed has changed; [`apply`] streams seeds through the database's own client in the
//! container, in constant memory, and finds the line of the file that the server does not accept. When seeds are
//! applied, and what is remembered of them, is decided elsewhere.

mod apply;
mod batches;
mod command;
mod data;
mod excerpt;
mod failure;
mod fingerprint;
mod folder;
mod lines;
mod objects;
mod one_off;
mod progress;
mod reader;
mod redis;
mod request;
mod rows;
mod script;
mod statements;
mod transcript;

pub use apply::{Destination, apply};
pub use data::data_fingerprint;
pub use failure::{SeedFailure, SeedProblem};
pub use fingerprint::fingerprint;
