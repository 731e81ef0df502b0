//! What is checked when only the image can tell.

use std::time::Duration;

use crate::engine::ContainerDetail;
use crate::stack::{Check, HealthTest, Protocol};

/// How long a container with nothing to check must run.
const STABLE: Duration = Duration::from_secs(1);

/// The image's health check, else its lowest TCP port, else running for a second.
pub(super) fn check(detail: &ContainerDetail) -> Check {
    let health = detail.healthcheck.as_ref();
    if let Some(health) =
        health.filter(|health| matches!(health.test, HealthTest::Cmd(_) | HealthTest::Shell(_)))
    {
        return Check::Healthcheck(health.clone());
    }
    match port(detail) {
        Some(port) => Check::Tcp { port },
        None => Check::Running { during: STABLE },
    }
}

/// The lowest published TCP port of a container, else the lowest exposed one.
pub(super) fn port(detail: &ContainerDetail) -> Option<u16> {
    let published = detail
        .ports
        .iter()
        .filter(|binding| binding.host.is_some() && binding.protocol == Protocol::Tcp)
        .map(|binding| binding.target)
        .min();
    published.or_else(|| {
        detail
            .exposed
            .iter()
            .filter(|(_, protocol)| *protocol == Protocol::Tcp)
            .map(|&(port, _)| port)
            .min()
    })
}
