//! `devstack reset`: data and containers back to the seeded state.

use std::collections::HashMap;

use clap::Args;

use crate::cli::data::{
    BEFORE_RESET, agreed, automatic, keys, losses, sets_of, sizes_for_question,
};
use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{Observed, Plan, Replace, Replacement, adopted_volumes, replace, seeded_state};

const EXAMPLES: &str = "\
Examples:
  devstack reset           the whole stack: new containers, data as the seeds make it
  devstack reset db        the data of `db`; what depends on it is restarted
  devstack reset --undo    the data as it was before the last reset";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only the data of these services; the whole stack when none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Bring back the data that the last reset put aside
    #[arg(long, conflicts_with = "services")]
    undo: bool,
    /// Answer every question with yes
    #[arg(short, long)]
    yes: bool,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let stack = context.stack(&arguments.services)?;
    let run = PlanRun::of_stack(context, "reset", stack).await?;
    if arguments.undo {
        return super::snapshot::restore::bring_back(
            context,
            run,
            BEFORE_RESET,
            "before-undo",
            arguments.yes,
        )
        .await;
    }
    let observed = run.observe().await?;
    let lines = preview(
        &run,
        &observed,
        &arguments.services,
        &sizes_for_question(context, arguments.yes).await?,
    )?;
    if !agreed(context, &lines, "Reset?", arguments.yes).await? {
        return Ok(ExitCode::DONE);
    }
    let services = arguments.services;
    let code = run
        .run(async |run| plan(run, run.observe().await?, &services))
        .await?;
    if code == ExitCode::DONE {
        context
            .output()
            .say("the data of before is kept for a while: `devstack reset --undo` brings it back");
    }
    Ok(code)
}

fn plan(run: &PlanRun<'_>, observed: Observed, services: &[String]) -> Result<Plan, CliError> {
    let stack = run.stack().expect("`reset` has a stack");
    let plain = adopted_volumes(stack, &observed, services);
    // What is removed is not there any more for whoever decides which volumes are layered.
    let mut without = observed;
    without
        .volumes
        .retain(|volume| !plain.contains(&volume.name));
    let sets = sets_of(stack, &without, services)?;
    let wanted = Replace {
        volumes: keys(&sets),
        by: Replacement::Seeds,
        snapshot: automatic(run, &without, BEFORE_RESET),
        kill: true,
        reason: "back to the seeded state".to_owned(),
    };
    replace(stack, &without, wanted, services.is_empty()).map_err(impossible)
}

fn preview(
    run: &PlanRun<'_>,
    observed: &Observed,
    services: &[String],
    sizes: &HashMap<String, u64>,
) -> Result<Vec<String>, CliError> {
    let stack = run.stack().expect("`reset` has a stack");
    let plain = adopted_volumes(stack, observed, services);
    let mut without = observed.clone();
    without
        .volumes
        .retain(|volume| !plain.contains(&volume.name));
    let sets = sets_of(stack, &without, services)?;
    let mut lines = losses(
        observed,
        &sets,
        sizes,
        "what was written since it was seeded is put aside",
    );
    for name in &plain {
        lines.push(format!(
            "{name} is a plain volume from before devstack: it is REMOVED FOR GOOD, and made anew as a layered one"
        ));
    }
    for set in &sets {
        let Some(wanted) = &set.wanted else { continue };
        let there = seeded_state(stack, observed, set);
        if there < Some(wanted.seeds.len()) && !wanted.seeds.is_empty() {
            let again = wanted.seeds.len() - there.unwrap_or(0);
            lines.push(format!(
                "{}: {again} of {} seeds are not in the cache and are applied again",
                set.service,
                wanted.seeds.len()
            ));
        }
    }
    if services.is_empty() {
        lines.push("every container of the stack is made anew".to_owned());
    }
    Ok(lines)
}
