//! `devstack start`.

use clap::Args;

use crate::cli::plan_run::PlanRun;
use crate::cli::{CliError, Context, ExitCode};
use crate::plan;

const EXAMPLES: &str = "\
Examples:
  devstack start          everything that was stopped
  devstack start db       only the database";

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
    let run = PlanRun::of_project(context, "start").await?;
    run.run(async |run| {
        let observed = run.known_services(&arguments.services).await?;
        Ok(plan::start(
            run.project(),
            &observed,
            run.stack(),
            &arguments.services,
        ))
    })
    .await
}
