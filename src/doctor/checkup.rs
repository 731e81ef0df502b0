//! A whole check-up: every check at once, each within its time, told in the order of the report.

use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::timeout;

use super::engine_absent::NO_ENGINE;
use super::examination::{Answering, Examination};
use super::{Finding, Group, Subject, checks};
use crate::diagnostic::Diagnostic;

/// How long a check may take, once the engine that it asks is there.
const LIMIT: Duration = Duration::from_secs(15);

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
    let work = match check.run {
        Run::Alone(run) => run(examination),
        Run::Engine(run) => match examination.engine().await {
            Some(answering) => run(examination, answering),
            None => return vec![Finding::skipped(check.group, check.name, NO_ENGINE)],
        },
    };
    within_limit(check, work).await
}

async fn within_limit(check: &Check, work: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
    timeout(LIMIT, work)
        .await
        .unwrap_or_else(|_| vec![Finding::problem(check.group, check.name, late(check))])
}

/// What is to be said of a check that took too long.
fn late(check: &Check) -> Diagnostic {
    match check.run {
        Run::Alone(_) => Diagnostic::warning(format!(
            "this could not be found out within {} s",
            LIMIT.as_secs()
        ))
        .note("whatever was asked does not answer"),
        // It lets us in, and then leaves us waiting: no run would get further.
        Run::Engine(_) => Diagnostic::error(format!(
            "the engine has not answered this within {} s",
            LIMIT.as_secs()
        ))
        .note("it is stuck, or has far too much to do")
        .fix("look at what its machine is busy with; if with nothing, restart the engine"),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::doctor::FindingState;

    #[tokio::test(start_paused = true)]
    async fn a_check_that_never_ends_is_given_up() {
        let alone = Check {
            group: Group::Machine,
            name: "endless",
            run: Run::Alone(|_| Box::pin(pending())),
        };
        let found = within_limit(&alone, pending()).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].state(), FindingState::Warning);
        assert_eq!(
            found[0].summary(),
            "this could not be found out within 15 s"
        );
        let asked = Check {
            run: Run::Engine(|_, _| Box::pin(pending())),
            ..alone
        };
        let found = within_limit(&asked, pending()).await;
        assert_eq!(found[0].state(), FindingState::Error);
    }
}
