//! The containers of a running project, by their labels alone, and how they depend on each other.

use std::collections::HashMap;

use crate::engine::ContainerSummary;
use crate::event::StepId;

use super::labels::service_of;
use super::{Labels, Observed};

/// A container of a project.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) service: &'a str,
    pub(super) container: &'a ContainerSummary,
    /// The services that it was started after.
    pub(super) depends_on: Vec<&'a str>,
}

/// The project's containers, dependencies before dependents; only those of `services`, unless that is empty.
pub(super) fn members<'a>(
    observed: &'a Observed,
    project: &'a str,
    services: &[String],
) -> Vec<Member<'a>> {
    let all = observed
        .of_project(project)
        .map(|(service, _, container)| Member {
            service,
            container,
            depends_on: depends_on(container),
        });
    let mut members: Vec<Member<'a>> = all
        .filter(|member| services.is_empty() || services.iter().any(|name| name == member.service))
        .collect();
    let mut depths = HashMap::new();
    let names: HashMap<&str, Vec<&str>> = members
        .iter()
        .map(|m| (m.service, m.depends_on.clone()))
        .collect();
    for name in names.keys() {
        depth(name, &names, &mut depths, 0);
    }
    members.sort_by(|a, b| {
        (depths.get(a.service), &a.container.name).cmp(&(depths.get(b.service), &b.container.name))
    });
    members
}

/// Containers of `devstack run` that are still there.
pub(super) fn one_offs<'a>(
    observed: &'a Observed,
    project: &'a str,
) -> impl Iterator<Item = &'a ContainerSummary> {
    observed.containers.iter().filter(move |container| {
        container
            .labels
            .get(Labels::PROJECT)
            .is_some_and(|name| name == project)
            && service_of(&container.labels).is_none()
    })
}

/// The steps of the services in `names`.
pub(super) fn steps_of(steps: &[(&str, StepId)], names: impl Fn(&str) -> bool) -> Vec<StepId> {
    steps
        .iter()
        .filter(|(service, _)| names(service))
        .map(|&(_, step)| step)
        .collect()
}

fn depends_on(container: &ContainerSummary) -> Vec<&str> {
    let label = container
        .labels
        .get(Labels::DEPENDS_ON)
        .map(String::as_str)
        .unwrap_or_default();
    label
        .split(',')
        .filter_map(|entry| entry.split(':').next())
        .filter(|name| !name.is_empty())
        .collect()
}

/// How long the longest chain below a service is. Labels may be wrong, so a cycle ends the count.
fn depth<'a>(
    name: &'a str,
    names: &HashMap<&'a str, Vec<&'a str>>,
    depths: &mut HashMap<&'a str, usize>,
    level: usize,
) -> usize {
    if let Some(&depth) = depths.get(name) {
        return depth;
    }
    if level > names.len() {
        return 0;
    }
    let below = names.get(name).into_iter().flatten();
    let deepest = below
        .map(|other| depth(other, names, depths, level + 1) + 1)
        .max()
        .unwrap_or(0);
    depths.insert(name, deepest);
    deepest
}
