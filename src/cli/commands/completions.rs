//! `devstack completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::{CliError, Context, ExitCode};

const EXAMPLES: &str = "\
Examples:
  devstack completions bash > ~/.local/share/bash-completion/completions/devstack
  devstack completions zsh  > ~/.zfunc/_devstack
  devstack completions fish > ~/.config/fish/completions/devstack.fish";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    let mut command = crate::cli::arguments::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "devstack", &mut script);
    context.output().bytes(&script)?;
    context.output().flush()?;
    Ok(ExitCode::DONE)
}
