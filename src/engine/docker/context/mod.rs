//! The build context: a folder of this machine as a tar archive, made while it is sent.
//!
//! Memory holds the list of files, never their content. Owners are root's, as the docker command line has it; sockets,
//! pipes and devices are left out; links stay links. The main type is [`Context`].

mod archive;
mod dockerfile;
mod files;
mod prepare;

pub use dockerfile::left_out_of_build;
pub(super) use prepare::Context;
