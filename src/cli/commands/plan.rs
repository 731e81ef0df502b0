//! `devstack plan`.

use clap::{Args, ValueEnum};

use super::selection::Selection;
use crate::cli::inputs::not_yet_answered;
use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::requirements::{as_warnings, look};
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{self, Step};

const EXAMPLES: &str = "\
Examples:
  devstack plan           what `devstack up` would do
  devstack plan api       what `devstack up api` would do";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// An object with every step
    Json,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let (stack, loaded) = context.checked(&arguments.selection.services)?;
    context
        .output()
        .report_all(&not_yet_answered(&loaded.inputs));
    let run = PlanRun::of_stack(context, "plan", stack).await?;
    let observed = run.observe().await?;
    let stack = run.stack().expect("`plan` has a stack");
    let plan =
        plan::up(stack, &observed, &arguments.selection.options(None)).map_err(impossible)?;
    let found = if plan.changes_something() {
        look(context, stack).await?
    } else {
        Vec::new()
    };
    if arguments.format == Format::Json {
        let steps: Vec<_> = plan.steps.iter().map(Step::summary).collect();
        let mut answer = serde_json::json!({
            "project": plan.project,
            "changes": plan.changes_something(),
            "steps": steps,
            "warnings": plan.warnings,
            "requirements": found,
        });
        stack.secrets.hide_in_json(&mut answer);
        context
            .output()
            .data(&serde_json::to_string_pretty(&answer)?)?;
        return Ok(ExitCode::DONE);
    }
    context.output().report_all(&plan.warnings);
    context.output().report_all(&as_warnings(&found));
    if plan.changes_something() {
        let text = plan::render(&plan);
        let text = stack.secrets.hide(text.trim_end());
        context.output().data(&text)?;
    } else {
        context
            .output()
            .say(&format!("{}: nothing to do", plan.project));
    }
    Ok(ExitCode::DONE)
}
