//! Checks before something fails, and why it failed, as a colleague who knows the trade would find out.
//!
//! One diagnosis a file: a function from evidence (the engine's words, a listing, what `/proc` shows) to a
//! [`Diagnostic`](crate::diagnostic::Diagnostic). [`Doctor`] collects the evidence after a step failed and asks them.
//! One check a file too, under `checks`: each gives [`Finding`]s, and [`check_up`] carries all of them out. What devstack
//! could mend by itself is said as a [`Mend`]; nothing here does it.

mod after_failure;
mod checks;
mod checkup;
mod container_ended;
mod disk_full;
mod distribution;
mod engine_absent;
mod examination;
mod finding;
mod image_missing;
mod look;
mod machine;
mod mend;
mod network_held;
mod port_holder;
mod port_taken;
mod registry_tags;
mod requires;

use after_failure::free_near;

pub use after_failure::Doctor;
pub use checkup::check_up;
pub use container_ended::{EndedContainer, explain_end, explain_start};
pub use disk_full::disk_full;
pub use engine_absent::{EngineHome, engine_absent};
pub use examination::Subject;
pub use finding::{Finding, FindingState, Group};
pub use image_missing::{MissingImage, image_missing};
pub use look::DiskSpace;
pub use machine::Machine;
pub use mend::Mend;
pub use port_holder::{PortHolder, container_holding, process_holding};
pub use port_taken::{TakenPort, port_taken};
pub use registry_tags::tags;
pub use requires::requirements;
