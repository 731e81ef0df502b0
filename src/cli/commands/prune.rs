//! `devstack prune`: removes layers and automatic snapshots that nothing uses.

use std::collections::BTreeSet;

use clap::Args;

use crate::cli::data::{agreed, bytes, sizes};
use crate::cli::moment::age;
use crate::cli::plan_run::PlanRun;
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{Observed, Snapshot, prunable, remove_snapshots};
use crate::ui::size;

const EXAMPLES: &str = "\
Examples:
  devstack prune          show what can go, ask, and remove it
  devstack prune --yes    the same without asking";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Answer every question with yes
    #[arg(short, long)]
    yes: bool,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let run = PlanRun::of_project(context, "prune").await?;
    let observed = run.remains().await?;
    let snapshots = prunable(run.project(), &observed);
    let garbage = observed.data.garbage(run.project()).len();
    if snapshots.is_empty() && garbage == 0 {
        context.output().say("there is nothing to remove");
        return Ok(ExitCode::DONE);
    }
    let sizes = sizes(context).await?;
    let mut lines: Vec<String> = snapshots
        .iter()
        .map(|snapshot| {
            format!(
                "{} ({}, {})",
                snapshot.name,
                snapshot.project,
                age(snapshot.at, observed.now)
            )
        })
        .collect();
    lines.sort();
    if garbage > 0 {
        lines.push(format!("{garbage} layers that nothing names"));
    }
    let layers = freed(&observed, &snapshots, run.project());
    if let Some(room) = bytes(&sizes, layers.iter().map(String::as_str)) {
        lines.push(format!("that makes room for {}", size(room)));
    }
    lines.push("seeded states that go have to be made again; named snapshots stay".to_owned());
    if !agreed(context, &lines, "Remove them?", arguments.yes).await? {
        return Ok(ExitCode::DONE);
    }
    run.alone()
        .run(async |run| {
            let observed = run.remains().await?;
            Ok(remove_snapshots(
                run.project(),
                &prunable(run.project(), &observed),
            ))
        })
        .await
}

/// The layers that nothing names when these snapshots are gone.
fn freed(observed: &Observed, snapshots: &[Snapshot], project: &str) -> BTreeSet<String> {
    let mut rest = observed.data.clone();
    rest.snapshots.retain(|own| !snapshots.contains(own));
    let projects = snapshots.iter().map(|snapshot| snapshot.project.as_str());
    projects
        .chain([project])
        .flat_map(|project| rest.garbage(project))
        .collect()
}
