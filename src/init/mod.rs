//! Looks at a folder and proposes a stack: `devstack init`.
//!
//! [`scan`] reads the folder into a [`Listing`], within bounds; [`propose`] works on that alone: it finds the
//! applications ([`language`], `dockerfile`, `health`, `listen`), what shows which servers they need (`evidence`), in
//! which version (`version`) and with which login (`login`), the seeds and migrations. The [`Proposal`] that comes of
//! it can be changed by answers, and [`manifest`] writes it as text. Where there is a Compose file, [`extend`] finds what it
//! lacks, and [`additions`] writes that. Nobody is asked here, and no file is written.

mod application;
mod connection;
mod dependencies;
mod dockerfile;
mod evidence;
mod example;
mod extend;
mod health;
mod language;
mod listen;
mod listing;
mod login;
mod mentioned;
mod migration;
mod proposal;
mod scan;
mod seeds;
mod server;
mod software;
mod variable;
mod version;
mod wiring;
mod write;

pub use application::Application;
pub use extend::{Extension, Route, extend};
pub use listing::{File, Listing};
pub use proposal::{Chosen, Offer, Proposal, What, propose};
pub use scan::scan;
pub use server::Server;
pub use software::{ALL as SERVERS, About, Software};
pub use write::{additions, manifest};
