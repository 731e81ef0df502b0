//! devstack as a user runs it: the binary, a real engine, real images from the mirror on loopback.
//!
//! Each test has a folder and a project of its own ([`Project`]) and removes everything it made. What there is is
//! asked of the engine through its own command line, not through devstack. Nothing is skipped: without an engine or
//! the images of `scripts/images` the tests fail.

mod project;
#[expect(dead_code, reason = "only tests/layered goes elsewhere")]
mod surroundings;

mod bad_day;
mod company;
mod interruption;
mod lifecycle;
mod manifest_errors;
mod reach;
mod requires;
mod secrets;
mod seed_runs;
mod seeds;
mod watch;
