//! `devstack stop`.

use std::time::Duration;

use clap::Args;

use crate::cli::moment::parse_duration;
use crate::cli::plan_run::PlanRun;
use crate::cli::{CliError, Context, ExitCode};
use crate::plan;

const EXAMPLES: &str = "\
Examples:
  devstack stop           everything; `devstack start` goes on from there
  devstack stop api -t 1  only `api`, and kill it after one second";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only these services; all when none is named
    #[arg(value_name = "SERVICE")]
    pub(in crate::cli) services: Vec<String>,
    /// Kill what has not stopped by itself after this time, such as `30s`
    #[arg(short, long, value_name = "TIME", value_parser = parse_duration)]
    pub(in crate::cli) timeout: Option<Duration>,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let run = PlanRun::of_project(context, "stop").await?;
    run.run(async |run| {
        let observed = run.known_services(&arguments.services).await?;
        Ok(plan::stop(
            run.project(),
            &observed,
            run.stack(),
            &arguments.services,
            arguments.timeout,
        ))
    })
    .await
}
