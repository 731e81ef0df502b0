//! From the resolved tree to the typed stack: each part of a service in a file of its own.
//!
//! The tree's shapes are right; what is checked here is what a single value means (a port number, a pull policy, a
//! readiness kind). Rules that look at several values are in [`rules`](super::rules).

mod build;
mod container;
mod content;
mod dependencies;
mod mounts;
mod networks;
mod ports;
mod readiness;
mod requirements;
mod resources;
mod seeds;
mod service;
mod volumes;
mod watches;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Stack;
use super::resolve::Selection;
use crate::diagnostic::Diagnostic;
use crate::manifest::canonical::OWN;
use crate::manifest::node::Node;
use crate::manifest::{LoadOptions, Manifest};

/// The address to which ports without one are bound.
const LOOPBACK: &str = "127.0.0.1";

/// What the parts of a service need to know of the whole.
pub(super) struct Context<'a> {
    /// The manifest's tree.
    pub(super) root: &'a Node,
    /// The project's name.
    pub(super) project: &'a str,
    /// The folder from which relative paths start.
    pub(super) directory: &'a Path,
    /// Where ports without an address are bound.
    pub(super) bind: &'a str,
    /// Services that another waits for until they have completed.
    pub(super) one_shots: HashSet<&'a str>,
    /// The value of a variable of the surroundings.
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Context<'a> {
    /// A service's tree.
    pub(super) fn service(&self, name: &str) -> Option<&'a Node> {
        self.root.get("services")?.get(name)
    }

    /// The name of a service's first container.
    pub(super) fn container_name(&self, service: &str) -> String {
        self.service(service)
            .and_then(|node| node.string("container_name"))
            .unwrap_or_else(|| format!("{}-{service}-1", self.project))
    }
}

/// Makes the stack of a manifest, as far as it is right.
pub(super) fn stack(
    manifest: &Manifest,
    selection: &Selection,
    options: &LoadOptions,
    problems: &mut Vec<Diagnostic>,
) -> Stack {
    let root = &manifest.root;
    let own = root.get(OWN);
    let variable = |name: &str| manifest.variables.value(name).map(str::to_owned);
    let context = Context {
        root,
        project: &manifest.name,
        directory: &manifest.directory,
        bind: bind_address(own, problems),
        one_shots: dependencies::one_shots(root),
        variable: &variable,
    };
    let declared = root.get("services").and_then(Node::as_mapping);
    // Services are large, and a map that grows holds them twice for a while.
    let mut services = IndexMap::with_capacity(declared.map_or(0, IndexMap::len));
    for (name, entry) in declared.into_iter().flatten() {
        if !entry.node.is_null() {
            let service = service::lower(name, entry, &context, options, problems);
            services.insert(name.clone(), service);
        }
    }
    let networks = networks::declared(root, services.values());
    let volumes = volumes::declared(root, services.values());
    let mirror = (manifest
        .variables
        .value("DEVSTACK_REGISTRY_MIRROR")
        .map(str::to_owned))
    .or_else(|| own?.get("registry")?.string("mirror"))
    .filter(|mirror| !mirror.is_empty());
    Stack {
        name: manifest.name.clone(),
        directory: manifest.directory.clone(),
        files: manifest.files.clone(),
        services,
        disabled: selection.order.clone(),
        networks,
        volumes,
        instance: None,
        mirror,
        requirements: requirements::lower(own, manifest, options.home.as_deref(), problems),
        bind: context.bind.to_owned(),
        secrets: manifest.inputs.secrets(),
        company: Arc::default(),
        is_far: false,
    }
}

fn bind_address<'a>(own: Option<&'a Node>, problems: &mut Vec<Diagnostic>) -> &'a str {
    let Some(node) = own.and_then(|own| own.get("bind")) else {
        return LOOPBACK;
    };
    let text = node.as_str().unwrap_or(LOOPBACK);
    if text.parse::<std::net::IpAddr>().is_err() {
        problems.push(
            node.error(
                format!("`bind` must be an address of this machine, not `{text}`"),
                "",
            )
            .fix("use `127.0.0.1` for this machine only, or `0.0.0.0` for everybody"),
        );
        return LOOPBACK;
    }
    text
}
