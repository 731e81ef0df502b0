//! Runs a plan and tells what happens as events.
//!
//! The executor decides nothing about *what* is done: it knows how to run a step, in which order, with which limits,
//! how often to try again, and how to stop. One loop ([`run`]) owns all state; steps are tasks that send it messages.

mod claims;
mod container;
mod diagnose;
mod failure;
mod head_start;
mod image;
mod limits;
mod lock;
mod network;
mod progress;
pub mod reach;
mod run;
#[cfg(test)]
mod run_tests;
mod seed;
mod step;
mod summary;
mod urgency;
mod watch;

pub use claims::PortClaims;
pub use container::create_container;
pub use diagnose::{AsItIs, Diagnose, Failure};
pub use failure::StepError;
pub use limits::{Limits, Retries};
pub use lock::{Holder, LockError, ProjectLock, Scope};
pub use run::{Report, Run, run};
