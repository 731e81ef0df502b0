//! `devstack down`.

use std::time::Duration;

use clap::Args;

use crate::cli::moment::parse_duration;
use crate::cli::plan_run::PlanRun;
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{self, DownOptions, Observed};
use crate::ui::confirm;

const EXAMPLES: &str = "\
Examples:
  devstack down           remove containers and networks, keep the data
  devstack down --data    remove the data too (asks first)";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Remove the data as well: the volumes of the stack
    #[arg(long)]
    pub(in crate::cli) data: bool,
    /// Remove containers of services that the manifest does not have any more
    #[arg(long)]
    pub(in crate::cli) remove_orphans: bool,
    /// Kill what has not stopped by itself after this time, such as `30s`
    #[arg(short, long, value_name = "TIME", value_parser = parse_duration)]
    pub(in crate::cli) timeout: Option<Duration>,
    /// Answer every question with yes
    #[arg(short, long)]
    pub(in crate::cli) yes: bool,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let run = PlanRun::of_project(context, "down").await?;
    if arguments.data && !arguments.yes {
        let observed = run.remains().await?;
        if !agreed(context, run.project(), &observed).await? {
            context.output().say("nothing was removed");
            return Ok(ExitCode::DONE);
        }
    }
    let options = DownOptions {
        services: Vec::new(),
        data: arguments.data,
        grace: arguments.timeout,
    };
    run.run(async |run| {
        Ok(plan::down(
            run.project(),
            &run.remains().await?,
            run.stack(),
            &options,
        ))
    })
    .await
}

/// Whether the user wants the data gone, having seen what it is.
async fn agreed(context: &Context, project: &str, observed: &Observed) -> Result<bool, CliError> {
    if observed.volumes.is_empty() {
        return Ok(true);
    }
    let names: Vec<&str> = observed
        .volumes
        .iter()
        .map(|volume| volume.name.as_str())
        .collect();
    context.output().say(&format!(
        "the data of {project} will be lost: {}",
        names.join(", ")
    ));
    Ok(confirm(
        context.output(),
        "Remove it?",
        false,
        "--yes",
        context.cancel(),
    )
    .await?)
}
