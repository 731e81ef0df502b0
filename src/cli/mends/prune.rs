//! Clears away what interrupted runs of the project left behind.

use crate::cli::plan_run::PlanRun;
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::remove_snapshots;

/// Removes layers that nothing names, and ways into them; no snapshot goes.
pub(super) async fn prune(context: &Context) -> Result<(), CliError> {
    let run = PlanRun::of_project(context, "doctor").await?;
    let code = run
        .run(async |run| Ok(remove_snapshots(run.project(), &[])))
        .await?;
    if code == ExitCode::DONE {
        Ok(())
    } else {
        // The run has told why.
        Err(CliError {
            diagnostics: Vec::new(),
            code,
        })
    }
}
