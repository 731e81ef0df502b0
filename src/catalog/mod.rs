//! What devstack knows of well-known software, one file each.
//!
//! A [`Family`] says how an image is recognised, where its data lives, when it is really ready, how it is seeded,
//! and how people reach it. It knows facts, not the engine: what it gives are command lines, environment and texts.

mod image_name;

use indexmap::IndexMap;

pub use image_name::ImageName;

/// What is known of a service when its family is asked: the manifest's words, and the image's where they are known.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The environment of the container.
    pub environment: &'a IndexMap<String, Option<String>>,
    /// The command that the manifest gives, empty for the image's own.
    pub command: &'a [String],
}

impl Facts<'_> {
    /// A variable's value, if it is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)?
            .as_deref()
            .filter(|value| !value.is_empty())
    }
}

/// A command to run inside the service's container. Secrets go into `environment`, never into `command`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientCommand {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Added environment, each `KEY=value`.
    pub environment: Vec<String>,
}

/// An error that a client reported while it applied a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedError {
    /// The line of the (uncompressed) seed, if the client tells.
    pub line: Option<u64>,
    /// The server's message.
    pub message: String,
}

/// One kind of well-known software.
pub trait Family: Sync {
    /// Its name in manifests (`ready: postgres`) and messages.
    fn name(&self) -> &'static str;
    /// Whether an image of this repository (without registry, tag and digest, such as `library/postgres` or
    /// `bitnami/postgresql`) holds it.
    fn recognises(&self, repository: &str) -> bool;
    /// The port that it listens on.
    fn port(&self, facts: Facts<'_>) -> u16;
    /// The folder that holds its data, if it keeps any.
    fn data_dir(&self, facts: Facts<'_>) -> Option<String>;
    /// A command that succeeds when it really serves: as the application would come in, over the network, with the
    /// application's user and database.
    fn probe(&self, facts: Facts<'_>) -> ClientCommand;
    /// A command that succeeds when it accepts connections from the network, without logging in.
    fn listening(&self, facts: Facts<'_>) -> ClientCommand;
    /// The command that applies a seed in its own language from standard input; `None` if it has no such language.
    fn seeder(&self, facts: Facts<'_>) -> Option<ClientCommand>;
    /// The file name extensions of seeds in its own language, without compression (`sql`).
    fn seed_extensions(&self) -> &'static [&'static str];
    /// The first error in what the seeder printed.
    fn seed_error(&self, output: &str) -> Option<SeedError>;
    /// The URL under which applications on the host reach it.
    fn url(&self, facts: Facts<'_>, host: &str, port: u16) -> Option<String>;
    /// Its interactive client, logged in.
    fn console(&self, facts: Facts<'_>) -> Option<ClientCommand>;
}

/// Every family, in the order in which images are tried.
pub const FAMILIES: &[&dyn Family] = &[];

/// The family of an image, by its reference.
pub fn recognise(image: &str) -> Option<&'static dyn Family> {
    let name = ImageName::parse(image)?;
    FAMILIES
        .iter()
        .copied()
        .find(|family| family.recognises(name.repository()))
}

/// A family by its name.
pub fn family(name: &str) -> Option<&'static dyn Family> {
    FAMILIES
        .iter()
        .copied()
        .find(|family| family.name() == name)
}
