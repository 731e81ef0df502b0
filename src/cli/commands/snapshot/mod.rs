//! `devstack snapshot`: named states of all data.

mod list;
mod remove;
pub(super) mod restore;
pub(super) mod save;

use clap::{Args, Subcommand};

use crate::cli::{CliError, Context, ExitCode};

const EXAMPLES: &str = "\
Examples:
  devstack snapshot save before-migration
  devstack snapshot list
  devstack snapshot restore before-migration
  devstack snapshot remove before-migration";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Keep the data of the whole stack under a name, at one point in time
    Save(save::Arguments),
    /// Put the data of a snapshot in place of what is there, which is kept as `before-restore`
    Restore(restore::Arguments),
    /// Show the snapshots, each under the one that its data had started from
    #[command(visible_alias = "ls")]
    List(list::Arguments),
    /// Remove snapshots
    #[command(visible_alias = "rm")]
    Remove(remove::Arguments),
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    match arguments.command {
        Command::Save(arguments) => save::run(context, arguments).await,
        Command::Restore(arguments) => restore::run(context, arguments).await,
        Command::List(arguments) => {
            context
                .interruptible(Box::pin(list::run(context, &arguments)))
                .await
        }
        Command::Remove(arguments) => remove::run(context, arguments).await,
    }
}
