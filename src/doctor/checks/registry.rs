//! Registries: reached by the engine, and logged in where a login is kept.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::{Answering, Examination};
use crate::doctor::{Finding, Group};
use crate::engine::{EngineError, EngineHandle};

/// How long a registry may take.
const LIMIT: Duration = Duration::from_secs(8);
/// Docker Hub's name in image references.
const HUB: &str = "docker.io";

/// A registry that the stack's images come from.
struct Source {
    host: String,
    /// Whether it stands in for Docker Hub.
    mirror: bool,
    /// Images that have to come from there and are not here yet.
    missing: Vec<String>,
    /// Whether any image comes from there.
    used: bool,
}

pub(super) async fn check(examination: &Examination, answering: Answering<'_>) -> Vec<Finding> {
    let sources = sources(examination, answering.engine).await;
    let asked = sources.iter().map(|source| async move {
        let answer = timeout(LIMIT, answering.engine.ask_registry(&source.host)).await;
        judge(source, answer.unwrap_or_else(|_| Err(late())))
    });
    join_all(asked).await
}

/// A registry that leaves the engine waiting, as behind a firewall that drops what it does not like.
fn late() -> EngineError {
    EngineError::Connection(format!("no answer within {} s", LIMIT.as_secs()))
}

async fn sources(examination: &Examination, engine: &EngineHandle) -> Vec<Source> {
    let mirror = examination
        .mirror()
        .map(|mirror| mirror.split('/').next().unwrap_or(mirror));
    let pulled = examination.pulled();
    let hosts: BTreeSet<&str> = pulled
        .iter()
        .map(|(_, name)| name.registry())
        .chain(mirror)
        .collect();
    let mut sources = Vec::new();
    for host in hosts {
        let from_there = pulled.iter().filter(|(_, name)| name.registry() == host);
        let images: BTreeSet<&str> = from_there.map(|(image, _)| *image).collect();
        let mut missing = Vec::new();
        for image in &images {
            if !matches!(engine.image(image).await, Ok(Some(_))) {
                missing.push((*image).to_owned());
            }
        }
        sources.push(Source {
            host: host.to_owned(),
            mirror: Some(host) == mirror,
            used: !images.is_empty(),
            missing,
        });
    }
    if sources.is_empty() {
        sources.push(Source {
            host: HUB.to_owned(),
            mirror: false,
            missing: Vec::new(),
            used: false,
        });
    }
    sources
}

fn judge(source: &Source, answer: Result<Option<String>, EngineError>) -> Finding {
    let check = if source.mirror { "mirror" } else { "registry" };
    let host = shown(&source.host);
    match answer {
        Ok(None) => Finding::ok(Group::Network, check, format!("{host} answers the engine")),
        Ok(Some(user)) => Finding::ok(
            Group::Network,
            check,
            format!("{host} answers the engine, logged in as {user}"),
        ),
        Err(error) => {
            let problem = refused(&source.host, &error);
            let (problem, missing) = match source.missing.as_slice() {
                [] => {
                    let nothing = if source.used {
                        "nothing is missing now: every image from there is here"
                    } else {
                        "no image of this stack comes from there"
                    };
                    (warning(problem).note(nothing), String::new())
                }
                missing => {
                    let missing = format!("wanted from there: {}", missing.join(", "));
                    (problem, missing)
                }
            };
            let problem = if missing.is_empty() {
                problem
            } else {
                problem.note(missing)
            };
            Finding::problem(Group::Network, check, problem)
        }
    }
}

/// The same problem as a warning.
fn warning(mut problem: Diagnostic) -> Diagnostic {
    problem.severity = crate::diagnostic::Severity::Warning;
    problem
}

fn shown(host: &str) -> String {
    if host == HUB {
        "Docker Hub".to_owned()
    } else {
        format!("`{host}`")
    }
}

/// What is to be said of a registry that does not answer the engine, or refuses it.
pub(in crate::doctor) fn refused(host: &str, error: &EngineError) -> Diagnostic {
    let words = error.to_string();
    let lower = words.to_lowercase();
    let says = |known: &[&str]| known.iter().any(|known| lower.contains(known));
    let name = shown(host);
    let login = if host == HUB {
        "docker login".to_owned()
    } else {
        format!("docker login {}", shell_words::quote(host))
    };
    let (message, fix) = if says(&["no basic auth credentials", "authentication required"]) {
        (
            format!("{name} wants a login, and none is kept for it"),
            login,
        )
    } else if matches!(error, EngineError::Denied(_)) {
        (
            format!(
                "{name} refuses the login that is kept for it: a wrong password, or one that has run out"
            ),
            login,
        )
    } else if says(&["http response to https client"]) {
        (
            format!("{name} speaks plain HTTP, which the engine does not trust"),
            format!(
                "add \"{host}\" to \"insecure-registries\" in /etc/docker/daemon.json, and restart the engine"
            ),
        )
    } else if says(&["expired", "not yet valid"]) {
        (
            format!("the certificate of {name} is out of date by the engine's clock"),
            "compare the clocks (`devstack doctor`); if they are right, its owner has to renew it"
                .to_owned(),
        )
    } else if says(&[
        "certificate is valid for",
        "any ip sans",
        "not valid for any names",
    ]) {
        (
            format!("the certificate of {name} is for another name"),
            "name the registry as its certificate does, or have that renewed".to_owned(),
        )
    } else if says(&["x509", "certificate"]) {
        (
            format!("the certificate of {name} is not trusted by the engine"),
            format!("put its authority's certificate into /etc/docker/certs.d/{host}/ca.crt"),
        )
    } else {
        let hub =
            "check the network and proxies, or set a mirror: DEVSTACK_REGISTRY_MIRROR=host:port";
        (
            format!("{name} does not answer the engine"),
            if host == HUB {
                hub.to_owned()
            } else {
                format!("check that `{host}` is up, and its name is right")
            },
        )
    };
    Diagnostic::error(message)
        .evidence("engine", vec![words])
        .fix(fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::FindingState;

    fn api(message: &str) -> EngineError {
        EngineError::Api {
            status: 500,
            message: message.to_owned(),
        }
    }

    #[test]
    fn tells_refusals_apart() {
        for (error, part) in [
            (
                api("Get \"http://x:1/v2/\": no basic auth credentials"),
                "wants a login",
            ),
            (
                EngineError::Denied(
                    "login attempt failed with status: 401 Unauthorized".to_owned(),
                ),
                "a wrong password",
            ),
            (
                api("http: server gave HTTP response to HTTPS client"),
                "plain HTTP",
            ),
            (
                api("x509: certificate has expired or is not yet valid"),
                "out of date",
            ),
            (
                api("x509: certificate signed by unknown authority"),
                "not trusted",
            ),
            (
                api("x509: certificate is valid for 127.0.0.1, not 172.17.0.1"),
                "for another name",
            ),
            (api("dial tcp: lookup x: no such host"), "does not answer"),
        ] {
            let told = refused("x:1", &error);
            assert!(told.message.contains(part), "{}", told.message);
            assert!(told.fix.is_some());
        }
    }

    #[test]
    fn what_is_not_needed_now_is_a_warning() {
        let mut source = Source {
            host: HUB.to_owned(),
            mirror: false,
            missing: Vec::new(),
            used: false,
        };
        assert_eq!(
            judge(&source, Err(api("no such host"))).state(),
            FindingState::Warning
        );
        source.missing.push("postgres:17".to_owned());
        assert_eq!(
            judge(&source, Err(api("no such host"))).state(),
            FindingState::Error
        );
        assert_eq!(
            judge(&source, Ok(Some("ada".to_owned()))).state(),
            FindingState::Ok
        );
    }
}
