//! Why something failed, as a colleague who knows the trade would find out.
//!
//! One diagnosis a file: a function from evidence (the engine's words, a listing, what `/proc` shows) to a
//! [`Diagnostic`](crate::diagnostic::Diagnostic). [`Doctor`] collects the evidence after a step failed and asks them.
//! Nothing here changes anything.

mod after_failure;
mod container_ended;
mod disk_full;
mod finding;
mod image_missing;
mod mend;
mod port_holder;
mod port_taken;
mod registry_tags;

pub use after_failure::Doctor;
pub use container_ended::{EndedContainer, explain_end, explain_start};
pub use disk_full::disk_full;
pub use finding::{Finding, FindingState, Group};
pub use image_missing::{MissingImage, image_missing};
pub use mend::Mend;
pub use port_holder::{PortHolder, container_holding, process_holding};
pub use port_taken::{TakenPort, port_taken};
pub use registry_tags::tags;
