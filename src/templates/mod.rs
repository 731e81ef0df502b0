//! Templates: ready-made services that `devstack add` puts into a manifest.
//!
//! A [`Template`] is a folder with a description ([`definition`]), a part of a manifest and files. Its texts have
//! placeholders ([`pattern`]); an [`Interview`] gathers what they stand for, from the stack that is there and from whoever
//! is asked; an [`Addition`] is what comes of it: the new text of the manifest and the files beside it. Nothing here
//! asks, prints or talks to the engine. Templates come with devstack, from a [`folder`] or from a git [`repository`].

mod addition;
mod address;
mod bundle;
mod change;
mod condition;
mod definition;
mod embedded;
mod files;
mod folder;
mod found;
mod interview;
mod login;
mod offer;
mod part;
mod pattern;
mod question;
mod reading;
mod repository;
mod scope;
mod target;

pub use addition::Addition;
pub use address::Address;
pub use bundle::{Bundle, DEFINITION, PART};
pub use definition::{Check, Proof, Template};
pub use embedded::{bundle as embedded, names as embedded_names};
pub use files::NewFile;
pub use folder::from_folder;
pub use found::Find;
pub use interview::{Answers, Asked, Interview};
pub use question::Question;
pub use repository::{Fetch, from_repository};
pub use target::Target;
