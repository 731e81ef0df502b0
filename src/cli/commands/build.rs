//! `devstack build`.

use clap::Args;

use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::{CliError, Context, ExitCode};
use crate::plan;

const EXAMPLES: &str = "\
Examples:
  devstack build                  the images of all services that are built
  devstack build --no-cache api   only that of `api`, from the ground up";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only these services; all when none is named
    #[arg(value_name = "SERVICE")]
    pub(in crate::cli) services: Vec<String>,
    /// Use nothing of earlier builds
    #[arg(long)]
    pub(in crate::cli) no_cache: bool,
    /// Ask the registry for newer base images
    #[arg(long)]
    pub(in crate::cli) pull: bool,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let stack = context.stack(&arguments.services)?;
    let run = PlanRun::of_stack(context, "build", stack).await?;
    run.run(async |run| {
        let observed = run.observe().await?;
        let stack = run.stack().expect("`build` has a stack");
        plan::build(
            stack,
            &arguments.services,
            &observed,
            arguments.pull,
            arguments.no_cache,
        )
        .map_err(impossible)
    })
    .await
}
