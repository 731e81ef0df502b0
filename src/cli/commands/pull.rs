//! `devstack pull`.

use clap::Args;

use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::{CliError, Context, ExitCode};
use crate::plan;

const EXAMPLES: &str = "\
Examples:
  devstack pull           the images of all services
  devstack pull db        only that of `db`";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only these services; all when none is named
    #[arg(value_name = "SERVICE")]
    pub(in crate::cli) services: Vec<String>,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let stack = context.stack(&arguments.services)?;
    let run = PlanRun::of_stack(context, "pull", stack).await?;
    run.run(async |run| {
        let observed = run.observe().await?;
        let stack = run.stack().expect("`pull` has a stack");
        plan::pull(stack, &arguments.services, &observed).map_err(impossible)
    })
    .await
}
