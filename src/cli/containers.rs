//! The containers of a project as the engine's labels tell, without any manifest.

use super::CliError;
use super::context::unknown_service;
use crate::diagnostic::Diagnostic;
use crate::engine::{ContainerState, ContainerSummary, Engine};
use crate::plan::{Labels, service_of};

/// One container of a service.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ServiceContainer {
    /// The service.
    pub(super) service: String,
    /// Which of the service's containers, from 1.
    pub(super) number: u32,
    /// What the engine says of it.
    pub(super) summary: ContainerSummary,
}

/// The project's containers but for one-off ones, by service and number.
pub(super) async fn of_project(
    engine: &dyn Engine,
    project: &str,
) -> Result<Vec<ServiceContainer>, CliError> {
    let listed = engine.containers(&Labels::of_project(project)).await?;
    let mut containers: Vec<ServiceContainer> = listed
        .into_iter()
        .filter_map(ServiceContainer::new)
        .collect();
    containers.sort_by(|a, b| (&a.service, a.number).cmp(&(&b.service, b.number)));
    Ok(containers)
}

impl ServiceContainer {
    fn new(summary: ContainerSummary) -> Option<Self> {
        let (service, number) = service_of(&summary.labels)?;
        Some(Self {
            service: service.to_owned(),
            number,
            summary,
        })
    }

    /// Whether a command can be run in it.
    pub(super) fn runs(&self) -> bool {
        self.summary.state == ContainerState::Running
    }
}

/// The running container of a service to run a command in: the one with this number, else the first.
pub(super) fn running<'a>(
    containers: &'a [ServiceContainer],
    project: &str,
    service: &str,
    number: Option<u32>,
) -> Result<&'a ServiceContainer, CliError> {
    let mut of_service = containers
        .iter()
        .filter(|container| container.service == service)
        .peekable();
    if of_service.peek().is_none() {
        return Err(CliError::failed(absent(containers, project, service)));
    }
    let numbers: Vec<String> = of_service
        .clone()
        .map(|container| container.number.to_string())
        .collect();
    let wanted =
        |container: &&ServiceContainer| number.is_none_or(|number| container.number == number);
    let mut candidates = of_service.filter(wanted).peekable();
    if candidates.peek().is_none() {
        let number = number.unwrap_or(1);
        return Err(CliError::failed(
            Diagnostic::error(format!("`{service}` has no container number {number}"))
                .note(format!("there are {}", numbers.join(", "))),
        ));
    }
    let state = candidates
        .peek()
        .map_or("", |container| container.summary.status.as_str())
        .to_owned();
    candidates
        .find(|container| container.runs())
        .ok_or_else(|| {
            CliError::failed(
                Diagnostic::error(format!("`{service}` does not run"))
                    .note(format!("its container is there: {state}"))
                    .fix(format!("devstack up {service}")),
            )
        })
}

/// That a service has no container: misspelt, or not brought up yet.
pub(super) fn absent(containers: &[ServiceContainer], project: &str, service: &str) -> Diagnostic {
    let mut names: Vec<&str> = containers
        .iter()
        .map(|container| container.service.as_str())
        .collect();
    names.dedup();
    let diagnostic = unknown_service(service, names);
    Diagnostic {
        message: format!("`{service}` has no container in project `{project}`"),
        fix: diagnostic
            .fix
            .or_else(|| Some(format!("devstack up {service}"))),
        ..diagnostic
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;

    fn container(service: &str, number: u32, state: ContainerState) -> ServiceContainer {
        let summary = ContainerSummary {
            id: format!("{service}{number}"),
            name: format!("shop-{service}-{number}"),
            image: "busybox:1".into(),
            image_id: "sha256:0".into(),
            labels: BTreeMap::new(),
            state,
            status: "Exited (1) 2 minutes ago".into(),
            created: Timestamp::UNIX_EPOCH,
            ports: Vec::new(),
            mounts: Vec::new(),
            networks: BTreeMap::new(),
        };
        ServiceContainer {
            service: service.into(),
            number,
            summary,
        }
    }

    fn message(answer: Result<&ServiceContainer, CliError>) -> Diagnostic {
        answer.expect_err("it is refused").diagnostics.remove(0)
    }

    #[test]
    fn the_first_running_container_is_taken() {
        let all = [
            container("api", 1, ContainerState::Exited),
            container("api", 2, ContainerState::Running),
            container("db", 1, ContainerState::Exited),
        ];
        let found = running(&all, "shop", "api", None).expect("one runs");
        assert_eq!(found.number, 2);
        let stopped = message(running(&all, "shop", "api", Some(1)));
        assert_eq!(stopped.message, "`api` does not run");
        assert_eq!(stopped.fix.as_deref(), Some("devstack up api"));
        assert_eq!(
            message(running(&all, "shop", "api", Some(7))).message,
            "`api` has no container number 7"
        );
    }

    #[test]
    fn a_misspelt_service_is_told_with_the_nearest() {
        let all = [container("api", 1, ContainerState::Running)];
        let problem = message(running(&all, "shop", "apo", None));
        assert_eq!(problem.message, "`apo` has no container in project `shop`");
        assert_eq!(problem.fix.as_deref(), Some("did you mean `api`?"));
    }

    #[test]
    fn one_off_containers_and_foreign_ones_are_left_out() {
        let labelled = |labels: &[(&str, &str)]| {
            let mut summary = container("x", 1, ContainerState::Running).summary;
            summary.labels = labels
                .iter()
                .map(|&(key, value)| (key.into(), value.into()))
                .collect();
            ServiceContainer::new(summary)
        };
        assert!(labelled(&[]).is_none());
        assert!(labelled(&[(Labels::SERVICE, "api"), (Labels::ONE_OFF, "True")]).is_none());
        let found = labelled(&[
            (Labels::SERVICE, "api"),
            (Labels::NUMBER, "3"),
            (Labels::ONE_OFF, "False"),
        ]);
        assert_eq!(
            found.map(|found| (found.service, found.number)),
            Some(("api".into(), 3))
        );
    }
}
