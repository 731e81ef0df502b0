//! `devstack pull`.

use clap::Args;

use crate::cli::{CliError, Context, ExitCode};

const EXAMPLES: &str = "\
Examples:
  devstack pull           the images of all services
  devstack pull db        only that of `db`";

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
    let _ = (context, arguments);
    Err(super::not_built("pull"))
}
