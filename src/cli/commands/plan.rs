//! `devstack plan`.

use clap::Args;

use crate::cli::{CliError, Context, ExitCode};

const EXAMPLES: &str = "\
Examples:
  devstack plan           what `devstack up` would do
  devstack plan api       what `devstack up api` would do";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only these services and what they depend on; all when none is named
    #[arg(value_name = "SERVICE")]
    pub(in crate::cli) services: Vec<String>,
    /// As for `up`: build images again
    #[arg(long)]
    pub(in crate::cli) build: bool,
    /// As for `up`: ask the registry for newer images
    #[arg(long)]
    pub(in crate::cli) pull: bool,
    /// As for `up`: make containers anew
    #[arg(long)]
    pub(in crate::cli) force_recreate: bool,
    /// As for `up`: apply no seeds
    #[arg(long)]
    pub(in crate::cli) no_seed: bool,
    /// As for `up`: leave out what the named services depend on
    #[arg(long)]
    pub(in crate::cli) no_deps: bool,
    /// As for `up`: remove containers of services that the manifest does not have any more
    #[arg(long)]
    pub(in crate::cli) remove_orphans: bool,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let _ = (context, arguments);
    Err(super::not_built("plan"))
}
