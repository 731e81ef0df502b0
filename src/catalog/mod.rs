//! What devstack knows of well-known software, one file each.
//!
//! A [`Family`] says how an image is recognised, where its data lives, when it is really ready, how it is seeded,
//! and how people reach it. It knows facts, not the engine: what it gives are command lines, environment and texts.

mod access;
mod clickhouse;
mod conversation;
mod elasticsearch;
mod facts;
mod identifier;
mod image_name;
mod minio;
mod mongodb;
mod mysql;
mod options;
mod pgbouncer;
mod postgres;
mod postgres_conversation;
mod rabbitmq;
mod redis;
mod redis_conversation;
mod scram;
mod seed_error;
mod seeding;
mod shell;
mod url;

use indexmap::IndexMap;

pub use access::{Access, Part, Password};
pub use conversation::{Conversation, Heard, Proof};
pub use facts::Facts;
pub use image_name::ImageName;
pub use seed_error::SeedError;
pub use seeding::{
    BatchWords, Delivery, InsertWords, Mark, Naming, SeedFormat, Seeding, Table, format_of,
};

/// A command to run inside the service's container. Secrets go into `environment`, never into `command`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientCommand {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Added environment, each `KEY=value`.
    pub environment: Vec<String>,
}

/// One kind of well-known software.
pub trait Family: Sync {
    /// Its name in manifests (`ready: postgres`) and messages.
    fn name(&self) -> &'static str;
    /// Further names that manifests may use for it.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }
    /// Whether an image of this repository (without registry, tag and digest, such as `library/postgres` or
    /// `bitnami/postgresql`) holds it.
    fn recognises(&self, repository: &str) -> bool;
    /// The port that it listens on.
    fn port(&self, facts: Facts<'_>) -> u16;
    /// The folder that holds its data, if it keeps any.
    fn data_dir(&self, facts: Facts<'_>) -> Option<String>;
    /// Whether its first start writes what is worth keeping for the next time: a database cluster, users.
    fn first_boot(&self, _facts: Facts<'_>) -> bool {
        false
    }
    /// The programs that a container's command may begin with and still be this server; any, if none is named. People
    /// use database images for jobs as well (`command: psql …`).
    fn servers(&self) -> &'static [&'static str] {
        &[]
    }
    /// The folder from which its first start runs scripts, if the image has that.
    fn first_boot_scripts(&self) -> Option<&'static str> {
        None
    }
    /// Whether whatever it has confirmed is with the system when it is killed. If not, it is stopped before its data is
    /// put aside.
    fn survives_kill(&self) -> bool {
        false
    }
    /// Whether it finds its data by its host's name: with another name, it starts with none.
    fn goes_by_host_name(&self) -> bool {
        false
    }
    /// Whether a variable of its environment can change what its first start writes.
    fn shapes_data(&self, _variable: &str) -> bool {
        true
    }
    /// A command that succeeds when it really serves: as the application would come in, over the network, with the
    /// application's user and database.
    fn probe(&self, facts: Facts<'_>) -> ClientCommand;
    /// A command that succeeds when it accepts connections from the network, without logging in.
    fn listening(&self, facts: Facts<'_>) -> ClientCommand;
    /// The same proof as one of these two commands, in the server's own protocol and without a program in the
    /// container, which costs the engine a hundred times as much; `None` if that is not known, or not possible with what
    /// is known of the login. `nonce` is a random text of letters and digits.
    fn conversation(
        &self,
        proof: Proof,
        facts: Facts<'_>,
        nonce: &str,
    ) -> Option<Box<dyn Conversation>> {
        let _ = (proof, facts, nonce);
        None
    }
    /// The formats of seed files that it takes, in the order in which they are told.
    fn seed_formats(&self) -> &'static [SeedFormat];
    /// How applications come in.
    fn access(&self, facts: Facts<'_>) -> Access;
    /// The variables under which programs and libraries look for parts of that.
    fn variables(&self) -> &'static [(&'static str, Part)];
    /// Its interactive client, logged in; what is added to the command goes to the client. `None` if it has none.
    fn console(&self, facts: Facts<'_>) -> Option<ClientCommand>;
    /// Variables that images of this server set, and what is built upon them, but nothing else.
    fn marks(&self) -> &'static [&'static str] {
        &[]
    }
}

/// Every family, in the order in which images are tried.
pub const FAMILIES: &[&dyn Family] = &[
    &postgres::Postgres,
    &pgbouncer::Pgbouncer,
    &mysql::MARIADB,
    &mysql::MYSQL,
    &redis::VALKEY,
    &redis::REDIS,
    &rabbitmq::Rabbitmq,
    &mongodb::Mongodb,
    &elasticsearch::ELASTICSEARCH,
    &elasticsearch::OPENSEARCH,
    &minio::Minio,
    &clickhouse::Clickhouse,
];

/// The family of an image, by its reference.
pub fn recognise(image: &str) -> Option<&'static dyn Family> {
    let name = ImageName::parse(image)?;
    FAMILIES
        .iter()
        .copied()
        .find(|family| family.recognises(name.repository()))
}

/// The family of a container that is there: by the name that its label gives, its image, or, where that is built upon
/// another or has no name, by the variables that this other one set.
pub fn identify(
    name: Option<&str>,
    image: &str,
    environment: &IndexMap<String, Option<String>>,
) -> Option<&'static dyn Family> {
    let built_upon = || {
        let bitnami = environment.get("BITNAMI_APP_NAME");
        let marked = |family: &&dyn Family| {
            let mut marks = family.marks().iter();
            marks.any(|mark| environment.contains_key(*mark))
        };
        bitnami
            .and_then(|name| family(name.as_deref()?))
            .or_else(|| FAMILIES.iter().copied().find(marked))
    };
    name.and_then(family)
        .or_else(|| recognise(image))
        .or_else(built_upon)
}

/// A family by its name, or by another that manifests may use.
pub fn family(name: &str) -> Option<&'static dyn Family> {
    FAMILIES
        .iter()
        .copied()
        .find(|family| family.name() == name || family.aliases().contains(&name))
}

#[cfg(test)]
mod tests;
