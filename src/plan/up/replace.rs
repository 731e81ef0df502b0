//! Other data in the place of what is there: `reset`, `snapshot save` and `snapshot restore`.

use std::collections::{BTreeMap, HashSet};

use super::order::in_order;
use super::{Planner, UpOptions};
use crate::diagnostic::Diagnostic;
use crate::plan::builder::NewStep;
use crate::plan::data::{DataSet, Snapshot};
use crate::plan::resources::uses;
use crate::plan::{Action, Labels, Observed, Plan};
use crate::stack::Stack;

/// Which data is replaced by what.
#[derive(Debug, Clone)]
pub struct Replace {
    /// The keys of the volumes.
    pub volumes: HashSet<String>,
    /// What takes their place.
    pub by: Replacement,
    /// The snapshot that is taken of them first.
    pub snapshot: Snapshot,
    /// Whether what uses them is killed, not stopped: its state is thrown away.
    pub kill: bool,
    /// Why, in a few words.
    pub reason: String,
}

/// What takes the place of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replacement {
    /// What its seeds make.
    Seeds,
    /// The same, with the snapshot below it.
    Same,
    /// The snapshot that is held by the volume of this name.
    Snapshot(String),
}

impl Replace {
    pub(super) fn covers(&self, set: &DataSet) -> bool {
        set.volumes
            .iter()
            .any(|volume| self.volumes.contains(&volume.key))
    }

    /// Whether what depends on the data sees a change.
    pub(super) fn other_data(&self) -> bool {
        self.by != Replacement::Same
    }
}

/// What has to happen so that data is replaced and whatever uses it runs again. `everything` recreates all containers
/// of the stack; else services that use the data are recreated, and running ones that depend on them restarted, in
/// order, if they see other data.
///
/// # Errors
///
/// As for [`up`](super::up).
pub fn replace(
    stack: &Stack,
    observed: &Observed,
    replace: Replace,
    everything: bool,
) -> Result<Plan, Vec<Diagnostic>> {
    let seeds = replace.by == Replacement::Seeds;
    let runs = |name: &str| {
        let mut own = observed.of_project(&stack.name);
        own.any(|(service, _, container)| service == name && container.state.is_up())
    };
    let mut names: HashSet<&str> = HashSet::new();
    for set in crate::plan::data_sets(stack, observed) {
        if !replace.covers(&set) {
            continue;
        }
        for service in stack.services.values() {
            let own = service.name == set.service
                || set.volumes.iter().any(|volume| uses(service, &volume.key));
            let wanted =
                everything || runs(&service.name) || (seeds && service.name == set.service);
            if own && wanted {
                names.insert(&service.name);
            }
        }
    }
    if everything {
        names.extend(stack.services.keys().map(String::as_str));
    }
    if replace.other_data() {
        // A dependent comes after what it depends on only by luck in the manifest, so this goes on until no more come.
        loop {
            let before = names.len();
            for service in stack.services.values() {
                let depends = service
                    .depends_on
                    .iter()
                    .any(|dependency| names.contains(dependency.service.as_str()));
                if depends && runs(&service.name) {
                    names.insert(&service.name);
                }
            }
            if names.len() == before {
                break;
            }
        }
    }
    let ordered: Vec<&str> = stack
        .services
        .keys()
        .map(String::as_str)
        .filter(|name| names.contains(name))
        .collect();
    let options = UpOptions {
        force_recreate: everything,
        replace: Some(replace),
        ..UpOptions::default()
    };
    let services = in_order(stack, &ordered);
    let mut planner = Planner::new(stack, observed, &options, &services);
    planner.shared(&services);
    for service in &services {
        planner.service(service);
    }
    planner.finish(ordered)
}

impl Planner<'_> {
    /// Removes what an interrupted run left over, and what this one lets go.
    pub(super) fn collect_layers(&mut self) {
        let project = &self.stack.name;
        let data = &self.observed.data;
        let door = |labels: &BTreeMap<String, String>| labels.get(Labels::DOOR) == Some(project);
        let mut containers = self.observed.containers.iter();
        let leftover = !data.garbage(project).is_empty()
            || !data.done_notes(project).is_empty()
            || containers.any(|container| door(&container.labels));
        let lets_go = self.fates.iter().any(|(_, fate)| fate.lets_go());
        if !leftover && !lets_go {
            return;
        }
        let reason = "nothing names them any more";
        let action = Action::CollectLayers {
            project: project.clone(),
        };
        let data = self.steps.data_steps();
        self.steps.push(NewStep::new(action, reason).after(data));
    }
}
