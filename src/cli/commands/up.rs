//! `devstack up`.

use std::time::Duration;

use clap::Args;

use crate::cli::moment::parse_duration;
use crate::cli::{CliError, Context, ExitCode};

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
    let _ = (context, arguments);
    Err(super::not_built("up"))
}
