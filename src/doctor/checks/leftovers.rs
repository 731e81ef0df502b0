//! What is left of the project that nothing uses: containers and volumes of services that the manifest does not have
//! any more, and what an interrupted run left behind.

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::{Answering, Examination};
use crate::doctor::{Finding, Group, Mend};
use crate::engine::{ContainerState, ContainerSummary, VolumeDetail};
use crate::plan::{Inventory, Labels, service_of};
use crate::stack::Stack;

/// So many names are told.
const TOLD: usize = 5;

pub(super) async fn check(examination: &Examination, answering: Answering<'_>) -> Vec<Finding> {
    let Some(project) = examination.project() else {
        return vec![Finding::skipped(
            Group::Project,
            "leftovers",
            "there is no project to look for",
        )];
    };
    let (Ok(containers), Ok(volumes)) = (
        examination.containers(answering).await,
        examination.volumes(answering).await,
    ) else {
        return vec![Finding::skipped(
            Group::Project,
            "leftovers",
            "the engine does not list them",
        )];
    };
    let found: Vec<Finding> = [
        examination
            .stack()
            .and_then(|stack| orphans(stack, containers)),
        examination
            .stack()
            .and_then(|stack| lost_volumes(stack, volumes)),
        dead(project, containers),
        rubbish(project, containers, volumes),
    ]
    .into_iter()
    .flatten()
    .collect();
    if found.is_empty() {
        let text = match examination.stack() {
            Some(_) => "nothing that nothing uses",
            None => "nothing of interrupted runs; the rest is not known without a manifest",
        };
        return vec![Finding::ok(Group::Project, "leftovers", text)];
    }
    found
}

fn warning(message: String) -> Diagnostic {
    Diagnostic::warning(message)
}

fn problem(diagnostic: Diagnostic) -> Finding {
    Finding::problem(Group::Project, "leftovers", diagnostic)
}

fn of_project<'a>(
    project: &'a str,
    containers: &'a [ContainerSummary],
) -> impl Iterator<Item = &'a ContainerSummary> {
    let own = move |container: &&ContainerSummary| {
        container
            .labels
            .get(Labels::PROJECT)
            .is_some_and(|name| name == project)
    };
    containers.iter().filter(own)
}

/// Containers of services that the manifest does not have any more.
fn orphans(stack: &Stack, containers: &[ContainerSummary]) -> Option<Finding> {
    let known = |name: &str| {
        stack.services.contains_key(name) || stack.disabled.iter().any(|own| own == name)
    };
    let names: Vec<&str> = of_project(&stack.name, containers)
        .filter(|container| {
            service_of(&container.labels).is_some_and(|(service, _)| !known(service))
        })
        .map(|container| container.name.as_str())
        .collect();
    if names.is_empty() {
        return None;
    }
    let message = format!(
        "containers of services that the manifest does not have: {}",
        listed(&names)
    );
    Some(problem(
        warning(message).fix("devstack up --remove-orphans"),
    ))
}

/// Volumes that the manifest does not have any more. They hold data, so nothing but a person removes them.
fn lost_volumes(stack: &Stack, volumes: &[VolumeDetail]) -> Option<Finding> {
    let names: Vec<&str> = volumes
        .iter()
        .filter(|volume| {
            let label = |key: &str| volume.labels.get(key);
            let own = label(Labels::PROJECT) == Some(&stack.name);
            let lost = label(Labels::VOLUME).is_some_and(|key| {
                let of_service = key
                    .strip_suffix(".data")
                    .is_some_and(|name| is_service(stack, name));
                // A service that is switched off may be what uses it.
                !stack.volumes.contains_key(key) && !of_service && stack.disabled.is_empty()
            });
            own && lost
        })
        .map(|volume| volume.name.as_str())
        .collect();
    if names.is_empty() {
        return None;
    }
    let message = format!(
        "volumes that the manifest does not have: {}",
        listed(&names)
    );
    let command = if names.len() > TOLD {
        format!(
            "docker volume ls --filter label={}={}   (lists them)",
            Labels::PROJECT,
            stack.name
        )
    } else {
        format!("docker volume rm {}", names.join(" "))
    };
    Some(problem(
        warning(message)
            .note("they hold data: look into them before you remove any")
            .fix(command),
    ))
}

fn is_service(stack: &Stack, name: &str) -> bool {
    stack.services.contains_key(name)
}

/// Containers that the engine could not remove.
fn dead(project: &str, containers: &[ContainerSummary]) -> Option<Finding> {
    let names: Vec<&str> = of_project(project, containers)
        .filter(|container| matches!(container.state, ContainerState::Dead))
        .map(|container| container.name.as_str())
        .collect();
    if names.is_empty() {
        return None;
    }
    let message = format!(
        "containers that the engine could not remove: {}",
        listed(&names)
    );
    let command = format!("docker rm -f {}", names.join(" "));
    Some(problem(warning(message).fix(command)))
}

/// What runs that were interrupted left behind.
fn rubbish(
    project: &str,
    containers: &[ContainerSummary],
    volumes: &[VolumeDetail],
) -> Option<Finding> {
    let layers = Inventory::of(volumes).garbage(project).len();
    let doors = containers
        .iter()
        .filter(|container| {
            container
                .labels
                .get(Labels::DOOR)
                .is_some_and(|owner| owner == project)
        })
        .count();
    let mut parts = Vec::new();
    match layers {
        0 => {}
        1 => parts.push("a layer of data that nothing names".to_owned()),
        many => parts.push(format!("{many} layers of data that nothing names")),
    }
    match doors {
        0 => {}
        1 => parts.push("a container that was a way into them".to_owned()),
        many => parts.push(format!("{many} containers that were a way into them")),
    }
    if parts.is_empty() {
        return None;
    }
    let message = format!("an interrupted run left behind {}", parts.join(" and "));
    let finding = problem(
        warning(message)
            .note("the next `devstack up` clears it away too")
            .fix("devstack prune"),
    );
    Some(finding.mend(Mend::Prune {
        project: project.to_owned(),
    }))
}

fn listed(names: &[&str]) -> String {
    let first = names.iter().take(TOLD).map(|name| format!("`{name}`"));
    let text = first.collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(TOLD) {
        None | Some(0) => text,
        Some(more) => format!("{text} and {more} more"),
    }
}
