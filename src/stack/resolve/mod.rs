//! Makes explicit on the tree what a manifest implies: which services are on, their environment, networks, names.
//!
//! It works on the canonical tree and not on the stack, so that `config` shows exactly what is run. The rules are
//! Compose's own ("normalisation").

mod environment;
mod implied;
mod names;
mod profiles;

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::manifest::node::{Entry, Mapping};
use crate::manifest::{LoadOptions, Manifest};
use crate::source::Span;

/// Services that a profile keeps switched off, with their place and profiles.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    /// By name.
    pub(super) disabled: HashMap<String, Disabled>,
    /// In the order of the manifest.
    pub(super) order: Vec<String>,
}

/// What becomes of a service's env files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EnvFiles {
    /// Their variables become the service's.
    Read,
    /// They stay names, and nobody looks into them.
    Named,
}

/// A service that is off.
#[derive(Debug, Clone)]
pub(super) struct Disabled {
    /// Where it is named.
    pub(super) span: Span,
    /// The profiles that would switch it on.
    pub(super) profiles: Vec<String>,
}

/// Makes explicit what the manifest implies.
pub(super) fn resolve(
    manifest: &mut Manifest,
    options: &LoadOptions,
    env_files: EnvFiles,
    problems: &mut Vec<Diagnostic>,
) -> Selection {
    let selection = profiles::select(manifest, options);
    let Manifest {
        root,
        variables,
        scopes,
        name,
        ..
    } = manifest;
    let Some(root) = root.as_mapping_mut() else {
        return selection;
    };
    if let Some(services) = section(root, "services") {
        for (name, entry) in services {
            let variables = scopes.get(name).map_or(&*variables, |scope| scope);
            environment::resolve(
                &mut entry.node,
                variables,
                &options.directory,
                env_files,
                problems,
            );
            implied::service(&mut entry.node);
        }
    }
    names::default_network(root);
    names::of_resources(root, name);
    selection
}

/// A section of the manifest, for changes.
fn section<'a>(root: &'a mut Mapping, name: &str) -> Option<&'a mut Mapping> {
    root.get_mut(name)
        .and_then(|section: &mut Entry| section.node.as_mapping_mut())
}
