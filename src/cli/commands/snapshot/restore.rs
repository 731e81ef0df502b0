//! `devstack snapshot restore`.

use std::collections::HashSet;

use clap::Args;

use crate::cli::data::{agreed, automatic, find, find_whole, keys, sets_of};
use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{Observed, Plan, Replace, Replacement, replace};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The snapshot; the newest, if several have the name
    name: String,
    /// Answer every question with yes
    #[arg(short, long)]
    yes: bool,
}

/// Carries the command out.
pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<ExitCode, CliError> {
    let stack = context.stack(&[])?;
    let run = PlanRun::of_stack(context, "snapshot restore", stack).await?;
    bring_back(
        context,
        run,
        &arguments.name,
        "before-restore",
        arguments.yes,
    )
    .await
}

/// Puts a snapshot's data in place; what is there is kept under the name `aside`.
pub(in crate::cli) async fn bring_back(
    context: &Context,
    run: PlanRun<'_>,
    name: &str,
    aside: &str,
    yes: bool,
) -> Result<ExitCode, CliError> {
    let observed = run.observe().await?;
    let snapshot = find_whole(&run, &observed, name)?;
    let id = snapshot.id.clone();
    let volumes: Vec<&str> = snapshot.volumes.keys().map(String::as_str).collect();
    let lines = [format!(
        "the data of {} goes back to snapshot {name} of {}; what is there now is kept as {aside}",
        volumes.join(", "),
        crate::cli::moment::age(snapshot.at, observed.now),
    )];
    if !agreed(context, &lines, "Restore?", yes).await? {
        return Ok(ExitCode::DONE);
    }
    let code = run
        .run(async |run| plan(run, &run.observe().await?, &id, aside))
        .await?;
    if code == ExitCode::DONE {
        context
            .output()
            .say(&format!("to go back: `devstack snapshot restore {aside}`"));
    }
    Ok(code)
}

fn plan(run: &PlanRun<'_>, observed: &Observed, id: &str, aside: &str) -> Result<Plan, CliError> {
    let stack = run.stack().expect("a snapshot is restored into a stack");
    let Some(snapshot) = observed.data.snapshot(id) else {
        return Err(find(run, observed, id)
            .err()
            .unwrap_or_else(CliError::interrupted));
    };
    let held: HashSet<&String> = snapshot.volumes.keys().collect();
    let mut sets = sets_of(stack, observed, &[])?;
    sets.retain(|set| set.volumes.iter().any(|volume| held.contains(&volume.key)));
    let wanted = Replace {
        volumes: keys(&sets),
        by: Replacement::Snapshot(id.to_owned()),
        snapshot: automatic(run, observed, aside),
        kill: true,
        reason: format!("back to snapshot {}", snapshot.name),
    };
    replace(stack, observed, wanted, false).map_err(impossible)
}
