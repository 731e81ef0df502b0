//! Which services are on.

use super::{Disabled, Selection};
use crate::manifest::{LoadOptions, Manifest};

/// Takes services out that no active profile switches on. One named on the command line is on, and with it every
/// service of its profiles, as Compose has it.
pub(super) fn select(manifest: &mut Manifest, options: &LoadOptions) -> Selection {
    let mut active: Vec<String> = options.profiles.clone();
    if active.is_empty()
        && let Some(listed) = manifest.variables.non_empty("COMPOSE_PROFILES")
    {
        active = listed
            .split(',')
            .map(|part| part.trim().to_owned())
            .collect();
    }
    let Some(services) = manifest
        .root
        .as_mapping_mut()
        .and_then(|root| super::section(root, "services"))
    else {
        return Selection::default();
    };
    for name in &options.services {
        if let Some(entry) = services.get(name) {
            active.extend(entry.node.texts("profiles"));
        }
    }
    let mut selection = Selection::default();
    services.retain(|name, entry| {
        let profiles = entry.node.texts("profiles");
        let on = profiles.is_empty()
            || active
                .iter()
                .any(|active| active == "*" || profiles.contains(active));
        if !on {
            selection.order.push(name.clone());
            let span = entry.key.clone();
            selection
                .disabled
                .insert(name.clone(), Disabled { span, profiles });
        }
        on
    });
    selection
}
