//! Limits that are said twice must say the same.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::manifest::node::Node;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    const PAIRS: [(&str, &str, &str); 4] = [
        ("cpus", "limits", "cpus"),
        ("mem_limit", "limits", "memory"),
        ("mem_reservation", "reservations", "memory"),
        ("pids_limit", "limits", "pids"),
    ];
    let services = subject.manifest.root.get("services");
    for (_, entry) in services.into_iter().flat_map(Node::entries) {
        let service = &entry.node;
        let deploy = service.get("deploy");
        for (short, section, long) in PAIRS {
            let other = deploy.and_then(|deploy| deploy.get("resources")?.get(section)?.get(long));
            differ(
                short,
                service.get(short),
                other,
                &format!("deploy.resources.{section}.{long}"),
                problems,
            );
        }
        let replicas = deploy.and_then(|deploy| deploy.get("replicas"));
        differ(
            "scale",
            service.get("scale"),
            replicas,
            "deploy.replicas",
            problems,
        );
    }
}

fn differ(
    short: &str,
    one: Option<&Node>,
    other: Option<&Node>,
    long: &str,
    problems: &mut Vec<Diagnostic>,
) {
    let (Some(one), Some(other)) = (one, other) else {
        return;
    };
    if one.as_str() != other.as_str() {
        problems.push(
            one.error(format!("`{short}` and `{long}` say different things"), "")
                .related(&other.span, "the other")
                .fix("keep one of the two"),
        );
    }
}
