//! What `devstack doctor --fix` does, one fix a file. Whoever calls has been told yes.

mod engine;
mod env_file;
mod process;
mod prune;

use super::{CliError, Context};
use crate::doctor::Mend;

/// Does it, and says what was done.
pub(super) async fn carry_out(context: &Context, mend: &Mend) -> Result<(), CliError> {
    match mend {
        Mend::StartEngine { command, as_root } => engine::start(context, command, *as_root).await,
        Mend::InstallEngine { commands } => {
            for command in commands {
                process::run_as_root(context, command).await?;
            }
            context.output().say("installed a container engine");
            Ok(())
        }
        Mend::JoinGroup { group, user } => {
            let command = ["usermod", "-aG", group, user].map(str::to_owned);
            process::run_as_root(context, &command).await?;
            context.output().say(&format!(
                "added {user} to the group `{group}`: it counts from the next login on"
            ));
            Ok(())
        }
        Mend::Prune { .. } => prune::prune(context).await,
        Mend::CopyEnvFile { from, to } => env_file::copy(context, from, to),
    }
}
