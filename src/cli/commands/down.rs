//! `devstack down`.

use std::time::Duration;

use clap::Args;

use crate::cli::moment::parse_duration;
use crate::cli::{CliError, Context, ExitCode};

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
    let _ = (context, arguments);
    Err(super::not_built("down"))
}
