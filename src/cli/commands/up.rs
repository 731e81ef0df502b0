//! `devstack up`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::selection::Selection;
use crate::cli::moment::parse_duration;
use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::profile::Profile;
use crate::cli::{CliError, Context, ExitCode};
use crate::plan;

const EXAMPLES: &str = "\
Examples:
  devstack up                     everything, until it is ready
  devstack up api                 `api` and what it depends on
  devstack up --build             build images again first
  devstack up --wait-timeout 5m   give up after five minutes
  devstack up --profile-run f.json  and see where the time went in https://ui.perfetto.dev";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Give up after this time, such as `90s` or `5m`
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(in crate::cli) wait_timeout: Option<Duration>,
    /// Write when each step ran to FILE, for Perfetto or chrome://tracing
    #[arg(long, value_name = "FILE")]
    profile_run: Option<PathBuf>,
    /// Answer every question with yes
    #[arg(short, long)]
    pub(in crate::cli) yes: bool,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let stack = context.stack(&arguments.selection.services)?;
    let profile = arguments.profile_run.as_deref();
    let profile = profile.map(Profile::create).transpose()?;
    let run = PlanRun::of_stack(context, "up", stack)
        .await?
        .deadline(arguments.wait_timeout)
        .profile(profile);
    let options = arguments.selection.options(arguments.wait_timeout);
    run.run(async |run| {
        let observed = run.observe().await?;
        let stack = run.stack().expect("`up` has a stack");
        plan::up(stack, &observed, &options).map_err(impossible)
    })
    .await
}
