//! `devstack snapshot remove`.

use clap::Args;

use crate::cli::data::{agreed, find};
use crate::cli::plan_run::PlanRun;
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{Snapshot, remove_snapshots};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The snapshots
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Answer every question with yes
    #[arg(short, long)]
    yes: bool,
}

/// Carries the command out.
pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<ExitCode, CliError> {
    let run = PlanRun::of_project(context, "snapshot remove").await?;
    let observed = run.remains().await?;
    let mut snapshots: Vec<Snapshot> = Vec::new();
    for name in &arguments.names {
        snapshots.push(find(&run, &observed, name)?.clone());
    }
    let lines = [format!(
        "{} will be gone for good; data that is in use stays",
        arguments.names.join(", ")
    )];
    if !agreed(context, &lines, "Remove?", arguments.yes).await? {
        return Ok(ExitCode::DONE);
    }
    run.run(async |run| Ok(remove_snapshots(run.project(), &snapshots)))
        .await
}
