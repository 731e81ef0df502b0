//! Values that several nouns of the API share: filters, ports, health checks, maps.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use bollard::models::{EndpointSettings, HealthConfig, MountPoint as Mount};

use super::times::{duration, nanoseconds};
use crate::engine::MountPoint;
use crate::stack::{HealthTest, Healthcheck, Protocol};

/// Filters for listings.
pub(super) type Filters = HashMap<String, Vec<String>>;

/// A filter for things that have all the labels.
pub(super) fn with_labels(labels: &[String]) -> Filters {
    HashMap::from([("label".to_owned(), labels.to_vec())])
}

/// A map in a fixed order.
pub(super) fn sorted(map: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    map.unwrap_or_default().into_iter().collect()
}

/// A map for the engine; `None` if there is nothing in it.
pub(super) fn map<'a>(
    pairs: impl IntoIterator<Item = (&'a String, &'a String)>,
) -> Option<HashMap<String, String>> {
    let map: HashMap<_, _> = pairs
        .into_iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    (!map.is_empty()).then_some(map)
}

/// A list for the engine; `None` if there is nothing in it.
pub(super) fn list<T: Clone>(items: &[T]) -> Option<Vec<T>> {
    (!items.is_empty()).then(|| items.to_vec())
}

/// `80/tcp` taken apart; without a protocol it is TCP.
pub(super) fn port(text: &str) -> Option<(u16, Protocol)> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    Some((number.parse().ok()?, self::protocol(protocol)?))
}

pub(super) fn protocol(text: &str) -> Option<Protocol> {
    match text {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "sctp" => Some(Protocol::Sctp),
        _ => None,
    }
}

/// Ports as an image or container exposes them, in order.
pub(super) fn ports(exposed: Option<Vec<String>>) -> Vec<(u16, Protocol)> {
    let mut ports: Vec<_> = exposed
        .unwrap_or_default()
        .iter()
        .filter_map(|text| port(text))
        .collect();
    ports.sort_by_key(|(number, protocol)| (*number, protocol.as_str()));
    ports
}

/// The networks that a container is on, with its address there.
pub(super) fn networks(
    endpoints: Option<HashMap<String, EndpointSettings>>,
) -> BTreeMap<String, Option<IpAddr>> {
    endpoints
        .unwrap_or_default()
        .into_iter()
        .map(|(name, endpoint)| {
            let address = [endpoint.ip_address, endpoint.global_ipv6_address]
                .into_iter()
                .flatten()
                .find_map(|text| text.parse().ok());
            (name, address)
        })
        .collect()
}

/// The mounts of a container, by target.
pub(super) fn mount_points(mounts: Option<Vec<Mount>>) -> Vec<MountPoint> {
    let mut points: Vec<_> = mounts
        .unwrap_or_default()
        .into_iter()
        .map(|mount| {
            let kind = mount.typ.unwrap_or_default();
            MountPoint {
                name: mount
                    .name
                    .filter(|name| kind == "volume" && !name.is_empty()),
                kind,
                source: mount.source.unwrap_or_default(),
                target: mount.destination.unwrap_or_default(),
            }
        })
        .collect();
    points.sort_by(|a, b| a.target.cmp(&b.target));
    points
}

/// A health check as the engine has it; `None` if there is none to inherit from.
pub(super) fn healthcheck(config: Option<HealthConfig>) -> Option<Healthcheck> {
    let config = config?;
    let test = config.test.unwrap_or_default();
    let test = match test.split_first().map(|(kind, rest)| (kind.as_str(), rest)) {
        None => HealthTest::Inherit,
        Some(("NONE", _)) => HealthTest::None,
        Some(("CMD", rest)) => HealthTest::Cmd(rest.to_vec()),
        Some(("CMD-SHELL", rest)) => HealthTest::Shell(rest.join(" ")),
        Some(_) => return None,
    };
    Some(Healthcheck {
        test,
        interval: duration(config.interval),
        timeout: duration(config.timeout),
        retries: config.retries.filter(|retries| *retries > 0),
        start_period: duration(config.start_period),
        start_interval: duration(config.start_interval),
    })
}

/// A health check for the engine. Probes at the start (`start_interval`) are known from API 1.44 on.
pub(super) fn health_config(check: &Healthcheck, start_interval: bool) -> HealthConfig {
    let words = |kind: &str, rest: &[String]| {
        let mut words = vec![kind.to_owned()];
        words.extend_from_slice(rest);
        words
    };
    HealthConfig {
        test: match &check.test {
            HealthTest::Inherit => None,
            HealthTest::None => Some(words("NONE", &[])),
            HealthTest::Cmd(command) => Some(words("CMD", command)),
            HealthTest::Shell(line) => Some(words("CMD-SHELL", std::slice::from_ref(line))),
        },
        interval: check.interval.map(nanoseconds),
        timeout: check.timeout.map(nanoseconds),
        retries: check.retries,
        start_period: check.start_period.map(nanoseconds),
        start_interval: check
            .start_interval
            .filter(|_| start_interval)
            .map(nanoseconds),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn reads_ports() {
        assert_eq!(port("53/udp"), Some((53, Protocol::Udp)));
        assert_eq!(port("80"), Some((80, Protocol::Tcp)));
        assert_eq!(port("99999/tcp"), None);
    }

    #[test]
    fn a_health_check_survives_the_way_there_and_back() {
        for test in [
            HealthTest::Inherit,
            HealthTest::None,
            HealthTest::Cmd(vec!["true".into()]),
            HealthTest::Shell("exit 0".into()),
        ] {
            let check = Healthcheck {
                test,
                interval: Some(Duration::from_millis(1500)),
                timeout: None,
                retries: Some(3),
                start_period: Some(Duration::from_secs(9)),
                start_interval: Some(Duration::from_secs(1)),
            };
            assert_eq!(
                healthcheck(Some(health_config(&check, true))),
                Some(check.clone())
            );
            assert_eq!(health_config(&check, false).start_interval, None);
            assert_eq!(
                health_config(&check, true).interval,
                Some(1_500_000_000),
                "in nanoseconds"
            );
        }
    }
}
