//! Seeds of Redis and Valkey: one command a line, or a snapshot.
//!
//! devstack makes the commands itself and speaks the protocol with the server through a relay in the container: many
//! commands are under way at once, and yet each answer is known to belong to its line or key.

mod checksum;
mod command;
mod rdb;
mod reply;
mod script;
mod session;
mod snapshot;

pub(super) use script::commands;
pub(super) use snapshot::snapshot;
