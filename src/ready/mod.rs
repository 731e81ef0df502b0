//! Waiting until a service is really ready.
//!
//! [`wait`] runs a service's checks side by side, at devstack's own pace: at once, then quickly, then at most every
//! second. All must hold, within the time, and the container must live. It decides nothing about *what* is checked
//! (that is in the [`Check`]s) and starts nothing. One file is one kind of check.

mod answer;
mod crowd;
mod from_image;
mod glance;
mod http;
mod life;
mod log;
mod not_ready;
mod pace;
mod probe;
mod reach;
mod running;
mod talk;
mod tcp;
mod wait;

use std::time::Duration;

pub use crowd::Crowd;
pub use not_ready::{NotReady, Reason};
pub(crate) use reach::{Connection, Reach};
pub use wait::wait;

use crate::catalog::Facts;
use crate::engine::ContainerSummary;
use crate::source::Span;
use crate::stack::Check;

/// A service's container that is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The container's id or name.
    pub container: &'a str,
    /// The service.
    pub service: &'a str,
    /// What the catalogue needs to know of it.
    pub facts: Facts<'a>,
    /// What must hold; nothing means that it need not even run.
    pub checks: &'a [Check],
    /// The container as the listing showed it, if it ran before this run: then a look may do. `None` if this run started
    /// it.
    pub seen: Option<&'a ContainerSummary>,
    /// Those who probe at the same time.
    pub crowd: &'a Crowd,
    /// How long it may take from now on.
    pub timeout: Duration,
    /// Where the manifest asks for it, or names the service.
    pub span: Option<&'a Span>,
}
