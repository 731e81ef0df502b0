//! Memory maps: Elasticsearch and OpenSearch refuse to start with the kernel's usual limit.

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::Examination;
use crate::doctor::{Finding, Group};

use super::inotify::{kernel, set};

/// What Elasticsearch's and OpenSearch's documentation ask for.
const NEEDED: u64 = 262_144;
/// Where the kernel tells.
const KEY: &str = "vm/max_map_count";

pub(super) async fn check(examination: &Examination) -> Vec<Finding> {
    let services = examination
        .stack()
        .into_iter()
        .flat_map(|stack| stack.services.values());
    let wants = |family: Option<&str>| matches!(family, Some("elasticsearch" | "opensearch"));
    let Some(service) = services.into_iter().find(|service| wants(service.family)) else {
        // Nobody here has a use for it, so it is no line of the report.
        return Vec::new();
    };
    match kernel(examination, KEY).await {
        Ok(value) if value < NEEDED => {
            let problem = Diagnostic::error(format!(
                "vm.max_map_count is {value}: `{}` will not start",
                service.name
            ))
            .at(&service.span, "")
            .fix(set(examination, "vm.max_map_count", NEEDED));
            let finding = Finding::problem(Group::Machine, "map count", problem);
            vec![finding.found(value.to_string()).needed(NEEDED.to_string())]
        }
        Ok(value) => vec![Finding::ok(Group::Machine, "map count", value.to_string())],
        Err(reason) => vec![Finding::skipped(Group::Machine, "map count", reason)],
    }
}
