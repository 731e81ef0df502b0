//! A second copy of a stack beside the first: names, ports and addresses that do not collide.

use super::{HostPort, Stack};
use crate::diagnostic::Diagnostic;

/// Which copy of a stack it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// The project that it is a copy of.
    pub of: String,
}

/// Makes a stack, whose project is named `<project>-<instance>` already, a copy that can run beside the others. What
/// the manifest gives a fixed name gets the instance's name behind it; a fixed host port becomes the first free one
/// from there on; address ranges and addresses are left to the engine.
pub(super) fn apply(stack: &mut Stack, name: &str, problems: &mut Vec<Diagnostic>) {
    let suffix = format!("-{name}");
    let of = stack.name.strip_suffix(&suffix).unwrap_or(&stack.name);
    stack.instance = Some(Instance {
        name: name.to_owned(),
        of: of.to_owned(),
    });
    let own = format!("{}_", stack.name);
    let rename = |resource: &mut String| {
        if !resource.starts_with(&own) {
            resource.push_str(&suffix);
        }
    };
    for volume in stack.volumes.values_mut().filter(|volume| !volume.external) {
        rename(&mut volume.name);
    }
    let mut left_out = false;
    for network in stack
        .networks
        .values_mut()
        .filter(|network| !network.external)
    {
        rename(&mut network.name);
        left_out |= !network.ipam.is_empty();
        network.ipam.clear();
    }
    for service in stack.services.values_mut() {
        if let Some(name) = &mut service.container_name {
            name.push_str(&suffix);
        }
        for port in &mut service.ports {
            if let HostPort::Fixed(number) = port.host {
                port.host = HostPort::From(number);
            }
        }
        let networks = &stack.networks;
        for (key, attachment) in &mut service.networks {
            if networks.get(key).is_some_and(|network| network.external) {
                continue;
            }
            left_out |= attachment.ipv4_address.is_some() || attachment.ipv6_address.is_some();
            attachment.ipv4_address = None;
            attachment.ipv6_address = None;
        }
    }
    if left_out {
        problems.push(Diagnostic::warning(format!(
            "instance `{name}` leaves the manifest's address ranges and fixed addresses out: two networks cannot have the same"
        )));
    }
}
