//! Seeds of Redis and Valkey: one command a line.
//!
//! devstack reads the commands itself and speaks the protocol with the server through a relay in the container: many
//! commands are under way at once, and yet each answer is known to belong to its line.

mod command;
mod reply;
mod session;

pub(super) use session::run;
