//! The plan of `devstack down`, from labels alone: it works when the manifest is gone or broken.

use std::time::Duration;

use crate::engine::ContainerState;
use crate::event::StepId;
use crate::stack::Stack;

use super::builder::{NewStep, Steps};
use super::lifecycle::stop_steps;
use super::members::{members, one_offs, steps_of};
use super::{Action, Observed, Plan, RunNote, SnapshotKind};

/// What the user asked of `down`.
#[derive(Debug, Clone, Default)]
pub struct DownOptions {
    /// The services named; everything of the project if empty.
    pub services: Vec<String>,
    /// Also the data: volumes, and what was noted of seeds.
    pub data: bool,
    /// How long each container gets to stop.
    pub grace: Option<Duration>,
}

/// Stops and removes a project's containers, dependents first, then its networks, and its data if asked for.
/// `stack` adds what labels do not tell (commands before a stop), if the manifest can be read.
pub fn down(
    project: &str,
    observed: &Observed,
    stack: Option<&Stack>,
    options: &DownOptions,
) -> Plan {
    let mut steps = Steps::default();
    let members = members(observed, project, &options.services);
    let reason = "asked for";
    let mut gone: Vec<StepId> = Vec::new();
    let stops = stop_steps(&members, stack, options.grace, &mut steps);
    for member in &members {
        let stopped = steps_of(&stops, |name| name == member.container.name);
        let action = Action::RemoveContainer {
            container: member.container.name.clone(),
            volumes: options.data,
        };
        let step = NewStep::new(action, reason)
            .service(member.service)
            .needs(stopped);
        gone.push(steps.push(step));
    }
    let everything = options.services.is_empty();
    if everything {
        for container in one_offs(observed, project) {
            let mut needs = Vec::new();
            if container.state == ContainerState::Running {
                let action = Action::StopContainer {
                    container: container.name.clone(),
                    grace: options.grace,
                };
                needs.push(steps.push(NewStep::new(action, reason)));
            }
            let action = Action::RemoveContainer {
                container: container.name.clone(),
                volumes: true,
            };
            gone.push(steps.push(NewStep::new(action, reason).needs(needs)));
        }
        for network in &observed.networks {
            let action = Action::RemoveNetwork {
                name: network.name.clone(),
            };
            steps.push(NewStep::new(action, reason).needs(gone.iter().copied()));
        }
    }
    if everything && observed.last_run {
        let action = Action::RemoveVolume {
            name: RunNote::volume_name(project),
        };
        let step = NewStep::new(action, "what it tells of is gone");
        steps.push(step.needs(gone.iter().copied()));
    }
    if everything && options.data {
        let mut removed = Vec::new();
        for volume in &observed.volumes {
            let action = Action::RemoveVolume {
                name: volume.name.clone(),
            };
            let step = NewStep::new(action, "its data was asked to go");
            removed.push(steps.push(step.needs(gone.iter().copied())));
        }
        // What was put aside goes with the data; what the user gave a name stays.
        for snapshot in observed.data.of_project(project) {
            if snapshot.kind == SnapshotKind::Automatic {
                let action = Action::RemoveSnapshot(snapshot.clone());
                let step = NewStep::new(action, "its data was asked to go");
                removed.push(steps.push(step.needs(gone.iter().copied())));
            }
        }
        if observed
            .data
            .layers
            .iter()
            .any(|(_, owner)| owner == project)
        {
            let action = Action::CollectLayers {
                project: project.to_owned(),
            };
            steps.push(NewStep::new(action, "nothing names them any more").after(removed));
        }
        for record in &observed.seeds {
            let action = Action::RemoveVolume {
                name: record.volume_name(),
            };
            let step = NewStep::new(action, "the seeds go with the data").service(&record.service);
            steps.push(step.needs(gone.iter().copied()));
        }
    }
    let mut services: Vec<String> = members
        .iter()
        .map(|member| member.service.to_owned())
        .collect();
    services.dedup();
    Plan {
        project: project.to_owned(),
        services,
        steps: steps.into_steps(),
        warnings: Vec::new(),
    }
}
