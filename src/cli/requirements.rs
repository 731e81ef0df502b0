//! What a manifest requires, where commands that start something ask for it.

use super::plan_run::impossible;
use super::{CliError, Context};
use crate::diagnostic::{Diagnostic, Severity};
use crate::doctor::{Finding, requirements};
use crate::plan::Plan;
use crate::stack::Stack;

/// Checks what the stack requires before a plan is run. A plan that changes nothing needs nothing. What is odd becomes a
/// warning of the plan, what is not met ends the command.
pub(super) async fn demand(
    context: &Context,
    stack: &Stack,
    plan: &mut Plan,
) -> Result<(), CliError> {
    if stack.requirements.is_empty() || !plan.changes_something() {
        return Ok(());
    }
    let found = look(context, stack).await?;
    let problems = found.into_iter().filter_map(Finding::into_diagnostic);
    let (mut errors, warnings): (Vec<_>, Vec<_>) = problems.partition(Diagnostic::is_error);
    plan.warnings.extend(warnings);
    let Some(last) = errors.pop() else {
        return Ok(());
    };
    errors.push(last.note("`devstack up --skip-requires` starts all the same"));
    Err(impossible(errors))
}

/// Checks what the stack requires.
pub(super) async fn look(context: &Context, stack: &Stack) -> Result<Vec<Finding>, CliError> {
    if stack.requirements.is_empty() {
        return Ok(Vec::new());
    }
    let engine = context.engine().await?;
    let machine = &context.subject().home.machine;
    let environment = &context.settings().environment;
    Ok(requirements(stack, &engine, environment, machine).await)
}

/// What `up` would stop at, for those who only want to know.
pub(super) fn as_warnings(found: &[Finding]) -> Vec<Diagnostic> {
    let problems = found.iter().cloned().filter_map(Finding::into_diagnostic);
    problems
        .map(|problem| {
            if problem.is_error() {
                let severity = Severity::Warning;
                return Diagnostic {
                    severity,
                    ..problem
                }
                .note("`devstack up` stops here");
            }
            problem
        })
        .collect()
}
