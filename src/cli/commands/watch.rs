//! `devstack watch`.

use std::time::Duration;

use clap::Args;

use crate::cli::moment::parse_duration;
use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::watching::{Watching, watched};
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{self, UpOptions};

const EXAMPLES: &str = "\
Examples:
  devstack watch            bring everything up, then follow what `develop.watch` says
  devstack watch api        only the files of `api`
  devstack watch --no-up    follow the files of what runs already
  devstack up --watch       the same behind `up`, without building first

Actions are sync, rebuild, restart, sync+restart and sync+exec. Ctrl-C leaves; what runs goes on running.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only the files of these services; of all that have `develop.watch` when none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Leave containers as they are, and build nothing first
    #[arg(long)]
    no_up: bool,
    /// Give up bringing things up after this time, such as `90s` or `5m`
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with = "no_up")]
    wait_timeout: Option<Duration>,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let stack = context.stack(&arguments.services)?;
    let services = watched(&stack, &arguments.services)?;
    let session = Watching::prepare(context, &stack, &services).await?;
    if !arguments.no_up {
        let options = UpOptions {
            services: arguments.services,
            build: true,
            timeout: arguments.wait_timeout,
            ..UpOptions::default()
        };
        let code = PlanRun::of_stack(context, "up", stack.clone())
            .await?
            .deadline(arguments.wait_timeout)
            .run(async |run| {
                let observed = run.observe().await?;
                let stack = run.stack().expect("`watch` has a stack");
                plan::up(stack, &observed, &options).map_err(impossible)
            })
            .await?;
        if code != ExitCode::DONE {
            return Ok(code);
        }
    }
    session.run().await
}
