//! Names: what this machine can look up, a container must be able to look up too.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::{Answering, Examination};
use crate::doctor::{Finding, Group};

/// How long a lookup here may take.
const LIMIT: Duration = Duration::from_secs(3);
/// The exit code of a look that had nothing to look a name up with.
const NO_PROGRAM: i32 = 9;

pub(super) async fn check(examination: &Examination, answering: Answering<'_>) -> Vec<Finding> {
    let names = examination.names();
    if names.is_empty() {
        return vec![skipped("every registry is named by its address")];
    }
    let here = join_all(names.iter().map(|name| resolves(name)));
    let (look, here) = tokio::join!(examination.look(answering), here);
    let look = match look {
        Ok(look) => look,
        Err(reason) => return vec![skipped(&reason.reason())],
    };
    names
        .iter()
        .zip(here)
        .map(|(name, here)| judge(name, here, look.names.get(name).copied(), &look.image))
        .collect()
}

fn skipped(reason: &str) -> Finding {
    Finding::skipped(Group::Network, "names", reason)
}

/// Whether this machine finds an address for a name.
async fn resolves(name: &str) -> bool {
    let found = timeout(LIMIT, lookup_host((name, 443))).await;
    found.is_ok_and(|found| found.is_ok_and(|mut addresses| addresses.next().is_some()))
}

/// `code` is how the lookup in a container ended; `None` if it did not end in time.
fn judge(name: &str, here: bool, code: Option<i32>, image: &str) -> Finding {
    let problem = match (here, code) {
        (_, Some(0)) => {
            return Finding::ok(Group::Network, "names", format!("a container finds `{name}`"));
        }
        (_, Some(NO_PROGRAM)) => {
            return skipped(&format!("`{image}` has neither `getent` nor `nslookup` to look with"));
        }
        (false, _) => Diagnostic::warning(format!("neither a container nor this machine finds `{name}`"))
            .note("the machine is offline, or the name is wrong")
            .fix("check the network and the name servers in /etc/resolv.conf"),
        (true, _) => Diagnostic::error(format!("a container does not find `{name}`, though this machine does"))
            .note("containers ask the name servers of /etc/resolv.conf, without what /etc/hosts says here")
            .fix(
                "add the name server of your network to /etc/docker/daemon.json (\"dns\": [\"10.0.0.2\"]) and restart \
                 the engine, or use `extra_hosts` for a single name",
            ),
    };
    Finding::problem(Group::Network, "names", problem)
}

/// The name that a registry's host is looked up by; none for an address and for what never leaves a machine.
pub(in crate::doctor) fn lookup_name(host: &str) -> Option<String> {
    if host == "docker.io" {
        return Some("registry-1.docker.io".to_owned());
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let plain = bare
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    let named = bare.parse::<IpAddr>().is_err() && bare != "localhost" && !bare.starts_with('-');
    (plain && named && !bare.is_empty()).then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::FindingState;

    #[test]
    fn addresses_have_no_name() {
        assert_eq!(lookup_name("127.0.0.1:5055"), None);
        assert_eq!(lookup_name("[::1]:5055"), None);
        assert_eq!(lookup_name("localhost:5000"), None);
        assert_eq!(lookup_name("ghcr.io").as_deref(), Some("ghcr.io"));
        assert_eq!(
            lookup_name("reg.example:443").as_deref(),
            Some("reg.example")
        );
        assert_eq!(
            lookup_name("docker.io").as_deref(),
            Some("registry-1.docker.io")
        );
        assert_eq!(lookup_name("$(reboot)"), None);
        assert_eq!(lookup_name("-x"), None);
    }

    #[test]
    fn compares_a_container_with_this_machine() {
        let state = |here, code| judge("x.example", here, code, "busybox").state();
        assert_eq!(state(true, Some(0)), FindingState::Ok);
        assert_eq!(state(true, Some(2)), FindingState::Error);
        assert_eq!(state(true, None), FindingState::Error);
        assert_eq!(state(false, Some(2)), FindingState::Warning);
        assert_eq!(state(true, Some(9)), FindingState::Skipped);
    }
}
