//! `devstack up`.

use std::time::Duration;

use clap::Args;

use crate::cli::moment::parse_duration;
use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{self, UpOptions};

const EXAMPLES: &str = "\
Examples:
  devstack up                     everything, until it is ready
  devstack up api                 `api` and what it depends on
  devstack up --build             build images again first
  devstack up --wait-timeout 5m   give up after five minutes";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only these services and what they depend on; all when none is named
    #[arg(value_name = "SERVICE")]
    pub(in crate::cli) services: Vec<String>,
    /// Build images again, even where they are there
    #[arg(long)]
    pub(in crate::cli) build: bool,
    /// Ask the registry for newer images, even where they are there
    #[arg(long)]
    pub(in crate::cli) pull: bool,
    /// Make containers anew, even where nothing changed
    #[arg(long)]
    pub(in crate::cli) force_recreate: bool,
    /// Leave the data as it is: apply no seeds
    #[arg(long)]
    pub(in crate::cli) no_seed: bool,
    /// Leave out what the named services depend on
    #[arg(long)]
    pub(in crate::cli) no_deps: bool,
    /// Remove containers of services that the manifest does not have any more
    #[arg(long)]
    pub(in crate::cli) remove_orphans: bool,
    /// Give up after this time, such as `90s` or `5m`
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(in crate::cli) wait_timeout: Option<Duration>,
    /// Answer every question with yes
    #[arg(short, long)]
    pub(in crate::cli) yes: bool,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let stack = context.stack(&arguments.services)?;
    let run = PlanRun::of_stack(context, "up", stack)
        .await?
        .deadline(arguments.wait_timeout);
    let options = arguments.options();
    run.run(async |run| {
        let observed = run.observe().await?;
        let stack = run.stack().expect("`up` has a stack");
        plan::up(stack, &observed, &options).map_err(impossible)
    })
    .await
}

impl Arguments {
    /// What was asked for, as the plan wants to know it.
    pub(in crate::cli) fn options(&self) -> UpOptions {
        UpOptions {
            services: self.services.clone(),
            build: self.build,
            pull: self.pull,
            force_recreate: self.force_recreate,
            no_seed: self.no_seed,
            no_deps: self.no_deps,
            remove_orphans: self.remove_orphans,
            timeout: self.wait_timeout,
        }
    }
}
