//! The stack that the user means: every default filled in, every reference resolved, every rule checked.
//!
//! Nothing is optional here that is not truly optional. What only the engine knows (an image's own health check, a
//! free port, an id) is not here. The main type is [`Stack`].

mod build;
mod canonical;
mod container;
mod instance;
mod load;
mod lower;
mod mount;
mod network;
mod origins;
mod port;
mod ready;
mod requirements;
mod resolve;
mod rules;
mod secrets;
mod seed;
mod service;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod version;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;

use crate::company::CompanyNetwork;
use crate::diagnostic::Secrets;

pub use build::{Build, BuildContext, BuildFile};
pub use canonical::with_names_of_go;
pub use container::{
    Container, Device, HealthTest, Healthcheck, LogDriver, Resources, RestartPolicy, Ulimit,
};
pub use instance::Instance;
pub use load::{
    LoadOptions, Loaded, config_hashes, load, names_standard_input, project_name,
    read_standard_input,
};
pub use mount::{Mount, MountKind, Volume};
pub use network::{Attachment, IpamPool, Network, NetworkMode};
pub use port::{HostPort, Port, Protocol};
pub use ready::{Check, HttpCheck, Readiness};
pub use requirements::{Host, Required, RequiredFile, Requirements, Tool, Variable};
pub use seed::{Compression, RequestBody, Seed, SeedKind, SeedRequest, SeedRun};
pub use service::{Condition, ContentFile, Dependency, FileContent, Hook, PullPolicy, Service};
pub use version::{NoRequirement, Version, VersionRequirement};
pub use watch::{Watch, WatchAction};

/// A whole stack, ready to be planned.
#[derive(Debug, Clone, Serialize)]
pub struct Stack {
    /// The project's name: the prefix of every container, network and volume name.
    pub name: String,
    /// The folder that relative paths start from.
    pub directory: PathBuf,
    /// The manifest files, in the order in which they were merged.
    pub files: Vec<PathBuf>,
    /// The services that are switched on, in the order of the manifest.
    pub services: IndexMap<String, Service>,
    /// Names of services that a profile keeps switched off.
    pub disabled: Vec<String>,
    /// Networks that a service uses, by their key in the manifest.
    pub networks: IndexMap<String, Network>,
    /// Volumes that a service uses, by their key in the manifest.
    pub volumes: IndexMap<String, Volume>,
    /// Which copy of the stack it is, if not the one without a name.
    pub instance: Option<Instance>,
    /// Where Docker Hub's images come from instead: `host[:port][/prefix]`.
    pub mirror: Option<String>,
    /// What must be true of the machine before anything starts.
    pub requirements: Requirements,
    /// Where ports without an address are bound.
    pub bind: String,
    /// Values that are told nobody.
    #[serde(skip)]
    pub secrets: Secrets,
    /// What the user's network asks for.
    #[serde(skip)]
    pub company: Arc<CompanyNetwork>,
    /// Whether the engine is on another machine, which has none of this one's files.
    #[serde(skip)]
    pub is_far: bool,
}

impl Stack {
    /// Puts the stack into the network that its user works in. What the manifest says of a mirror wins.
    pub fn enter(&mut self, company: &Arc<CompanyNetwork>) {
        self.mirror = self.mirror.take().or_else(|| company.mirror.clone());
        self.secrets = self.secrets.with(company.proxy.passwords());
        self.company = Arc::clone(company);
    }

    /// The given services and everything that they depend on; all services when none is named.
    ///
    /// Names that the stack does not have are left out: they are refused where the arguments are read.
    pub fn closure(&self, names: &[String]) -> Vec<&str> {
        if names.is_empty() {
            return self.services.keys().map(String::as_str).collect();
        }
        let mut wanted = std::collections::HashSet::new();
        let mut queue: Vec<&str> = names.iter().map(String::as_str).collect();
        while let Some(name) = queue.pop() {
            if let Some((name, service)) = self.services.get_key_value(name)
                && wanted.insert(name.as_str())
            {
                queue.extend(service.depends_on.iter().map(|d| d.service.as_str()));
            }
        }
        self.services
            .keys()
            .map(String::as_str)
            .filter(|name| wanted.contains(name))
            .collect()
    }
}
