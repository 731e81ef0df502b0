//! `devstack snapshot save`.

use clap::Args;

use crate::cli::data::{keys, sets_of};
use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::plan::{
    DataSet, DataState, LiveData, Observed, Plan, Replace, Replacement, Snapshot, SnapshotKind,
    is_layered_volume, replace,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Its name: letters, digits, `_`, `.` and `-`
    #[arg(value_parser = name)]
    name: String,
}

/// What the engine takes in the name of a volume.
fn name(text: &str) -> Result<String, String> {
    let first = text
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric());
    let rest = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    if first && rest && text.len() <= 100 {
        Ok(text.to_owned())
    } else {
        Err(
            "a name begins with a letter or digit and has only letters, digits, `_`, `.` and `-`"
                .to_owned(),
        )
    }
}

/// Carries the command out.
pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<ExitCode, CliError> {
    let stack = context.stack(&[])?;
    let run = PlanRun::of_stack(context, "snapshot save", stack).await?;
    let name = arguments.name;
    let code = run
        .run(async |run| {
            let observed = run.observe().await?;
            let snapshot = Snapshot::new(run.project(), &name, SnapshotKind::Named, observed.now);
            plan(run, &observed, snapshot)
        })
        .await?;
    if code == ExitCode::DONE {
        context.output().say(&format!(
            "to go back to it: `devstack snapshot restore {name}`"
        ));
    }
    Ok(code)
}

/// The plan that takes this snapshot of all data.
pub(in crate::cli) fn plan(
    run: &PlanRun<'_>,
    observed: &Observed,
    snapshot: Snapshot,
) -> Result<Plan, CliError> {
    let stack = run.stack().expect("`snapshot save` has a stack");
    let name = &snapshot.name;
    if observed.data.snapshot(&snapshot.id).is_some() {
        return Err(CliError::failed(
            Diagnostic::error(format!("there is a snapshot `{name}` already")).fix(format!(
                "take another name, or first `devstack snapshot remove {name}`"
            )),
        ));
    }
    let mut sets = sets_of(stack, observed, &[])?;
    sets.retain(|set| {
        set.volumes
            .iter()
            .any(|volume| is_layered_volume(observed, &volume.name))
    });
    if sets.is_empty() {
        return Err(CliError::failed(
            Diagnostic::error(format!("there is no data of project `{}` yet", run.project()))
                .note("external volumes, bound folders and volumes from before devstack are never part of a snapshot")
                .fix("devstack up"),
        ));
    }
    if let Some(set) = sets.iter().find(|set| is_unfinished(observed, set)) {
        return Err(CliError::failed(
            Diagnostic::error(format!(
                "the data of `{}` is half made: a run was interrupted",
                set.service
            ))
            .note("a snapshot of it would not be of one moment; no snapshot was taken")
            .fix("devstack up, which brings that to its end"),
        ));
    }
    let wanted = Replace {
        volumes: keys(&sets),
        by: Replacement::Same,
        snapshot,
        kill: false,
        reason: "a snapshot is taken".to_owned(),
    };
    replace(stack, observed, wanted, false).map_err(impossible)
}

/// Whether an interrupted run has left the data of a set neither the old nor the new one.
fn is_unfinished(observed: &Observed, set: &DataSet) -> bool {
    let data = &observed.data;
    set.volumes.iter().any(|volume| {
        let found = observed.volume(&volume.name);
        let live = found.and_then(LiveData::from_volume);
        data.pending(&volume.name).is_some()
            || live.is_some_and(|live| {
                live.state == DataState::Seeding || data.is_being_replaced(&live)
            })
    })
}
