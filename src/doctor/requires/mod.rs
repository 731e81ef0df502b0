//! Whether the machine is as the manifest requires, one kind of requirement a file.
//!
//! All are looked at, at once, and each says what was found, what is needed, and how to get it. Nothing here takes
//! longer than [`LIMIT`].

mod amount;
mod arch;
mod cpus;
mod disk;
mod engine;
mod files;
mod hosts;
mod memory;
mod ports;
mod tools;
mod variables;

use std::time::Duration;

use futures_util::future::join_all;
use indexmap::IndexMap;

use super::checks::measure;
use super::engine_absent::NO_ENGINE;
use super::examination::Answering;
use super::{DiskSpace, Finding, Group, Machine};
use crate::diagnostic::Diagnostic;
use crate::engine::EngineHandle;
use crate::source::Span;
use crate::stack::Stack;

/// How long a single check may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What the checks look at.
pub(super) struct Around<'a> {
    /// The engine, if it answers.
    pub(super) engine: Option<Answering<'a>>,
    /// The room where it keeps its data, if that can be seen.
    pub(super) disk: Option<DiskSpace>,
    /// The environment of the process, which has `PATH` in it.
    pub(super) environment: &'a IndexMap<String, String>,
}

/// Checks everything that the manifest requires, in the order in which the language names it.
pub async fn requirements(
    stack: &Stack,
    engine: &EngineHandle,
    environment: &IndexMap<String, String>,
    machine: &Machine,
) -> Vec<Finding> {
    let info = tokio::time::timeout(LIMIT, engine.info()).await;
    let info = info.ok().and_then(Result::ok);
    let disk = match &info {
        Some(info) if stack.requirements.disk.is_some() => measure(info, machine).await,
        _ => None,
    };
    let around = Around {
        engine: info.as_ref().map(|info| Answering { engine, info }),
        disk,
        environment,
    };
    all(stack, &around).await
}

/// The same, of what is known of the engine already.
pub(super) async fn all(stack: &Stack, around: &Around<'_>) -> Vec<Finding> {
    let required = &stack.requirements;
    let (ports, tools, hosts) = tokio::join!(
        ports::check(stack, around.engine),
        join_all(required.tools.iter().map(|tool| tools::check(
            tool,
            around.environment,
            &stack.directory
        ))),
        join_all(
            required
                .hosts
                .iter()
                .map(|host| hosts::check(host, &stack.company.proxy))
        ),
    );
    let mut findings = of_engine(stack, around);
    findings.extend(tools);
    findings.extend(required.variables.iter().map(variables::check));
    findings.extend(hosts);
    findings.extend(ports);
    findings.extend(required.files.iter().map(files::check));
    findings
}

/// What the engine told of itself.
fn of_engine(stack: &Stack, around: &Around<'_>) -> Vec<Finding> {
    let required = &stack.requirements;
    let Some(Answering { info, .. }) = around.engine else {
        let wanted = [
            ("engine", required.engine.is_some()),
            ("memory", required.memory.is_some()),
            ("cpus", required.cpus.is_some()),
            ("disk", required.disk.is_some()),
            ("arch", required.architectures.is_some()),
        ];
        let wanted = wanted.into_iter().filter(|(_, wanted)| *wanted);
        return wanted
            .map(|(check, _)| Finding::skipped(Group::Requirements, check, NO_ENGINE))
            .collect();
    };
    let findings = [
        required.engine.as_ref().map(|it| engine::check(it, info)),
        required.memory.as_ref().map(|it| memory::check(it, info)),
        required.cpus.as_ref().map(|it| cpus::check(it, info)),
        required
            .disk
            .as_ref()
            .map(|it| disk::check(it, info, around.disk)),
        required
            .architectures
            .as_ref()
            .map(|it| arch::check(it, info)),
    ];
    findings.into_iter().flatten().collect()
}

/// That something is as required.
fn met(check: &str, found: impl Into<String>, needed: impl Into<String>) -> Finding {
    let found = found.into();
    Finding::ok(Group::Requirements, check, found.clone())
        .found(found)
        .needed(needed)
}

/// That something is not as required. The manifest's own words on how to get it come before ours.
fn unmet(
    check: &str,
    message: impl Into<String>,
    span: &Span,
    get: Option<&str>,
    otherwise: impl Into<String>,
) -> Finding {
    let fix = get.map_or_else(|| otherwise.into(), str::to_owned);
    let problem = Diagnostic::error(message)
        .at(span, "is required here")
        .fix(fix);
    Finding::problem(Group::Requirements, check, problem)
}
