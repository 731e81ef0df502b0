//! A whole check-up: every check at once, each within its time, told in the order of the report.

use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::timeout;

use super::engine_absent::NO_ENGINE;
use super::examination::{Answering, Examination};
use super::{Finding, Group, Subject, checks};
use crate::diagnostic::Diagnostic;

/// How long a check may take.
const LIMIT: Duration = Duration::from_secs(12);

/// One check.
pub(super) struct Check {
    pub(super) group: Group,
    /// Its name, or the first of its names.
    pub(super) name: &'static str,
    pub(super) run: Run,
}

/// What a check looks at.
#[derive(Clone, Copy)]
pub(super) enum Run {
    /// What is there without an engine.
    Alone(for<'a> fn(&'a Examination) -> BoxFuture<'a, Vec<Finding>>),
    /// The engine, if one answers.
    Engine(for<'a> fn(&'a Examination, Answering<'a>) -> BoxFuture<'a, Vec<Finding>>),
}

/// Carries all checks out. `waiting` is told, whenever one is done, which ones are not.
pub async fn check_up(subject: Subject, waiting: impl Fn(&[&str])) -> Vec<Finding> {
    let examination = Examination::new(subject);
    let checks = checks::all();
    let mut open: Vec<&str> = checks.iter().map(|check| check.name).collect();
    waiting(&open);
    let mut running: FuturesUnordered<_> = checks
        .iter()
        .enumerate()
        .map(|(place, check)| {
            let examination = &examination;
            async move { (place, carry_out(check, examination).await) }
        })
        .collect();
    let mut findings: Vec<Vec<Finding>> = checks.iter().map(|_| Vec::new()).collect();
    while let Some((place, found)) = running.next().await {
        findings[place] = found;
        open.retain(|name| *name != checks[place].name);
        waiting(&open);
    }
    let mut findings: Vec<Finding> = findings.into_iter().flatten().collect();
    findings.sort_by_key(|finding| finding.group);
    findings
}

async fn carry_out(check: &Check, examination: &Examination) -> Vec<Finding> {
    let work = async {
        match check.run {
            Run::Alone(run) => run(examination).await,
            Run::Engine(run) => match examination.engine().await {
                Some(answering) => run(examination, answering).await,
                None => vec![Finding::skipped(check.group, check.name, NO_ENGINE)],
            },
        }
    };
    timeout(LIMIT, work).await.unwrap_or_else(|_| {
        let words = format!("this could not be found out within {} s", LIMIT.as_secs());
        let problem = Diagnostic::warning(words).note("whatever was asked does not answer");
        vec![Finding::problem(check.group, check.name, problem)]
    })
}
