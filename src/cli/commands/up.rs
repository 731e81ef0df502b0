//! `devstack up`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::selection::Selection;
use super::snapshot::save;
use crate::cli::data::{agreed, automatic, find_whole, keys, losses, sizes_for_question};
use crate::cli::inputs::{InputArguments, answer};
use crate::cli::moment::parse_duration;
use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::profile::Profile;
use crate::cli::requirements::demand;
use crate::cli::watching::Watching;
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::plan::{
    self, Inventory, Observed, Replace, Replacement, Snapshot, data_sets, edited_seeds,
};
use crate::stack::Stack;

const EXAMPLES: &str = "\
Examples:
  devstack up                     everything, until it is ready
  devstack up api                 `api` and what it depends on
  devstack up --build             build images again first
  devstack up --watch             then bring changed files into containers, by `develop.watch`
  devstack up --wait-timeout 5m   give up after five minutes
  devstack up --profile-run f.json  and see where the time went in https://ui.perfetto.dev";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Give up after this time, such as `90s` or `5m`
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(in crate::cli) wait_timeout: Option<Duration>,
    /// Write when each step ran to FILE, for Perfetto or chrome://tracing
    #[arg(long, value_name = "FILE")]
    profile_run: Option<PathBuf>,
    /// Start from the data of another instance (`main` is the one without a name), as it is now or as a snapshot of it is
    #[arg(long, value_name = "INSTANCE[@SNAPSHOT]", conflicts_with = "reseed")]
    data_from: Option<String>,
    /// Make data anew whose seeds were edited
    #[arg(long)]
    reseed: bool,
    #[command(flatten)]
    inputs: InputArguments,
    /// Start even if the machine is not as `requires` says
    #[arg(long)]
    skip_requires: bool,
    /// Then follow files, and do what `develop.watch` says when they change, until Ctrl-C
    #[arg(short, long)]
    watch: bool,
    /// Answer every question with yes
    #[arg(short, long)]
    pub(in crate::cli) yes: bool,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let services = &arguments.selection.services;
    let loaded = answer(context, context.load(services), services, &arguments.inputs).await?;
    let stack = context.fit_to_run(loaded, services)?;
    let from = match &arguments.data_from {
        Some(from) => Some(source(context, &stack, from).await?),
        None => None,
    };
    let session = if arguments.watch {
        let services = stack.closure(&arguments.selection.services);
        Some(Watching::prepare(context, &stack, &services).await?)
    } else {
        None
    };
    let profile = arguments.profile_run.as_deref();
    let profile = profile.map(Profile::create).transpose()?;
    let run = PlanRun::of_stack(context, "up", stack)
        .await?
        .deadline(arguments.wait_timeout)
        .profile(profile);
    if (from.is_some() || arguments.reseed) && !agreed_to_lose(context, &run, &arguments).await? {
        return Ok(ExitCode::DONE);
    }
    let mut options = arguments.selection.options(arguments.wait_timeout);
    let code = run
        .run(async |run| {
            let observed = run.observe().await?;
            let stack = run.stack().expect("`up` has a stack");
            options.replace = match &from {
                Some(snapshot) => Some(Replace {
                    volumes: snapshot.volumes.keys().cloned().collect(),
                    by: Replacement::Snapshot(snapshot.id.clone()),
                    snapshot: automatic(run, &observed, "before-restore"),
                    kill: true,
                    reason: format!("its data comes from {}", snapshot.project),
                }),
                None if arguments.reseed => reseed(run, &observed),
                None => None,
            };
            let mut plan = plan::up(stack, &observed, &options).map_err(impossible)?;
            if !arguments.skip_requires {
                demand(context, stack, &mut plan).await?;
            }
            Ok(plan)
        })
        .await?;
    match session {
        Some(session) if code == ExitCode::DONE => session.run().await,
        _ => Ok(code),
    }
}

/// What replaces data whose seeds were edited.
fn reseed(run: &PlanRun<'_>, observed: &Observed) -> Option<Replace> {
    let edited = edited_seeds(run.stack()?, observed);
    (!edited.is_empty()).then(|| Replace {
        volumes: keys(&edited),
        by: Replacement::Seeds,
        snapshot: automatic(run, observed, "before-seed"),
        kill: true,
        reason: "a seed was edited".to_owned(),
    })
}

/// Whether the user wants data replaced that is there already.
async fn agreed_to_lose(
    context: &Context,
    run: &PlanRun<'_>,
    arguments: &Arguments,
) -> Result<bool, CliError> {
    let observed = run.observe().await?;
    let stack = run.stack().expect("`up` has a stack");
    let sets = if arguments.reseed {
        edited_seeds(stack, &observed)
    } else {
        data_sets(stack, &observed)
    };
    let lines = losses(
        &observed,
        &sets,
        &sizes_for_question(context, arguments.yes).await?,
        "what it holds now is put aside",
    );
    if lines.is_empty() {
        return Ok(true);
    }
    agreed(context, &lines, "Replace it?", arguments.yes).await
}

/// The snapshot of another instance to start from. Without a snapshot's name one is taken of the data as it is.
async fn source(context: &Context, stack: &Stack, from: &str) -> Result<Snapshot, CliError> {
    let (instance, name) = match from.split_once('@') {
        Some((instance, name)) => (instance, Some(name)),
        None => (from, None),
    };
    let other = context.instance(instance)?;
    if other.name == stack.name {
        return Err(CliError::usage(
            Diagnostic::error(format!("the data of `{from}` is this instance's own"))
                .fix("name another with --instance, or use `devstack snapshot restore`"),
        ));
    }
    let run = PlanRun::of_stack(context, "snapshot save", other).await?;
    if let Some(name) = name {
        let observed = run.observe().await?;
        return find_whole(&run, &observed, name).cloned();
    }
    let name = format!(
        "for-{}",
        stack.instance.as_ref().map_or("main", |i| &i.name)
    );
    let engine = context.engine().await?;
    let project = run.project().to_owned();
    let code = run
        .run(async |run| {
            let observed = run.observe().await?;
            let snapshot = automatic(run, &observed, &name);
            save::plan(run, &observed, snapshot)
        })
        .await?;
    if code != ExitCode::DONE {
        return Err(CliError::failed(Diagnostic::error(format!(
            "no snapshot of `{from}` could be taken"
        ))));
    }
    let inventory = Inventory::of(&engine.volumes(&[]).await?);
    let newest = inventory.of_project(&project).pop().cloned();
    newest
        .ok_or_else(|| CliError::failed(Diagnostic::error(format!("there is no data of `{from}`"))))
}
