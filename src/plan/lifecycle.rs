//! The plans of `start`, `stop` and `restart`: containers that are there, by their labels.

use std::time::Duration;

use crate::engine::ContainerState;
use crate::event::StepId;
use crate::stack::{Check, Stack};

use super::builder::{NewStep, Steps};
use super::members::{Member, members, steps_of};
use super::{Action, AwaitReady, Observed, Plan};

/// How long a container may take to get ready when the manifest cannot be read.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(2);

/// Stops what runs, dependents first.
pub fn stop(
    project: &str,
    observed: &Observed,
    stack: Option<&Stack>,
    services: &[String],
    grace: Option<Duration>,
) -> Plan {
    let mut steps = Steps::default();
    let members = members(observed, project, services);
    stop_steps(&members, stack, grace, &mut steps);
    plan(project, &members, steps)
}

/// Starts what is stopped, dependencies first, and waits until it is ready.
pub fn start(
    project: &str,
    observed: &Observed,
    stack: Option<&Stack>,
    services: &[String],
) -> Plan {
    let mut steps = Steps::default();
    let members = members(observed, project, services);
    start_steps(&members, stack, &[], &mut steps);
    plan(project, &members, steps)
}

/// Stops and starts again, and waits until it is ready.
pub fn restart(
    project: &str,
    observed: &Observed,
    stack: Option<&Stack>,
    services: &[String],
    grace: Option<Duration>,
) -> Plan {
    let mut steps = Steps::default();
    let members = members(observed, project, services);
    let stops = stop_steps(&members, stack, grace, &mut steps);
    start_steps(&members, stack, &stops, &mut steps);
    plan(project, &members, steps)
}

fn plan(project: &str, members: &[Member<'_>], steps: Steps) -> Plan {
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

/// Stops every member that runs, after its dependents; gives the step of each container by its name.
pub(super) fn stop_steps<'a>(
    members: &[Member<'a>],
    stack: Option<&Stack>,
    grace: Option<Duration>,
    steps: &mut Steps,
) -> Vec<(&'a str, StepId)> {
    let mut by_container = Vec::new();
    let mut by_service: Vec<(&str, StepId)> = Vec::new();
    for member in members.iter().rev() {
        if !member.container.state.is_up() {
            continue;
        }
        let dependents = members
            .iter()
            .filter(|other| other.depends_on.contains(&member.service));
        let dependents: Vec<&str> = dependents.map(|other| other.service).collect();
        let after = steps_of(&by_service, |name| dependents.contains(&name));
        let service = stack.and_then(|stack| stack.services.get(member.service));
        let mut needs: Vec<StepId> = Vec::new();
        for hook in service.into_iter().flat_map(|service| &service.pre_stop) {
            let action = Action::RunHook {
                container: member.container.name.clone(),
                hook: hook.clone(),
            };
            let step = NewStep::new(action, "before the stop")
                .service(member.service)
                .needs(needs.iter().copied());
            needs = vec![steps.push(step.after(after.iter().copied()).origin(Some(&hook.span)))];
        }
        let action = Action::StopContainer {
            container: member.container.name.clone(),
            grace,
        };
        // A hook that fails must not keep the container from being stopped.
        let step = NewStep::new(action, "asked for")
            .service(member.service)
            .after(after)
            .after(needs);
        let id = steps.push(step);
        by_container.push((member.container.name.as_str(), id));
        by_service.push((member.service, id));
    }
    by_container
}

fn start_steps(
    members: &[Member<'_>],
    stack: Option<&Stack>,
    stops: &[(&str, StepId)],
    steps: &mut Steps,
) {
    let mut ready: Vec<(&str, StepId)> = Vec::new();
    for member in members {
        let container = &member.container.name;
        let stopped = steps_of(stops, |name| name == container);
        if stopped.is_empty() && member.container.state == ContainerState::Running {
            continue;
        }
        let dependencies = steps_of(&ready, |name| member.depends_on.contains(&name));
        let action = Action::StartContainer {
            container: container.clone(),
        };
        let step = NewStep::new(action, "asked for").service(member.service);
        let started = steps.push(step.needs(stopped).needs(dependencies));
        let service = stack.and_then(|stack| stack.services.get(member.service));
        let await_ready = AwaitReady {
            container: container.clone(),
            image: member.container.image.clone(),
            checks: service.map_or_else(
                || vec![Check::FromImage],
                |service| service.readiness.checks.clone(),
            ),
            timeout: service.map_or(DEFAULT_TIMEOUT, |service| service.readiness.timeout),
            environment: service
                .map(|service| service.container.environment.clone())
                .unwrap_or_default(),
            command: service
                .and_then(|service| service.container.command.clone())
                .unwrap_or_default(),
            seen: None,
        };
        let step =
            NewStep::new(Action::AwaitReady(await_ready), "it starts").service(member.service);
        ready.push((member.service, steps.push(step.needs([started]))));
    }
}
