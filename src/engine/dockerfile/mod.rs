//! What can be told of a build by reading its Dockerfile: the images it starts from, and what only BuildKit knows.
//!
//! The grammar is that of Docker's Dockerfile reference. Nothing is built or checked here; what cannot be read is
//! left to the engine, whose words are better.

mod base_images;
mod buildkit;
mod certificates;
mod heredocs;
mod instructions;
mod substitution;
mod syntax;
mod text;

pub use base_images::base_images;
pub use buildkit::{BuildKitOnly, needs_buildkit, needs_newer_buildkit};
pub use certificates::{SECRET, with_copied_certificates, with_mounted_certificates};
pub use heredocs::without_heredocs;
pub use instructions::instructions;
pub(super) use text::dockerfile_path;
pub use text::read_dockerfile;
