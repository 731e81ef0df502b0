//! Rules that look at several values of a stack, one a file. Each adds what it finds; none stops another.

mod container_name;
mod cycles;
mod dependencies;
mod duplicates;
mod health;
mod host_ports;
mod images;
mod limits;
mod models;
mod mount_sources;
mod mount_targets;
mod network_mode;
mod networks;
mod profiles;
mod resources;
mod seeds;
mod shared_namespaces;
mod volumes;
mod watches;

use super::Stack;
use super::resolve::Selection;
use crate::diagnostic::Diagnostic;
use crate::manifest::{LoadOptions, Manifest};

/// What a rule looks at.
struct Subject<'a> {
    /// The stack, as far as it is right.
    stack: &'a Stack,
    /// The resolved tree.
    manifest: &'a Manifest,
    /// Services that are off.
    selection: &'a Selection,
    /// What the command line says.
    options: &'a LoadOptions,
}

type Rule = fn(&Subject<'_>, &mut Vec<Diagnostic>);

/// All rules, in the order in which their findings are easiest to read.
const RULES: &[Rule] = &[
    images::check,
    dependencies::check,
    cycles::check,
    profiles::check,
    health::check,
    networks::check,
    network_mode::check,
    shared_namespaces::check,
    volumes::check,
    resources::check,
    models::check,
    duplicates::check,
    mount_targets::check,
    mount_sources::check,
    host_ports::check,
    container_name::check,
    limits::check,
    seeds::check,
    watches::check,
];

/// Applies every rule.
pub(super) fn check(
    stack: &Stack,
    manifest: &Manifest,
    selection: &Selection,
    options: &LoadOptions,
    problems: &mut Vec<Diagnostic>,
) {
    let subject = Subject {
        stack,
        manifest,
        selection,
        options,
    };
    for rule in RULES {
        rule(&subject, problems);
    }
}
