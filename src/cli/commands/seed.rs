//! `devstack seed`: applies seeds that are new or were edited.

use clap::Args;

use crate::cli::data::{agreed, automatic, keys, losses, sizes_for_question};
use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{DataSet, Observed, Plan, Replace, Replacement, edited_seeds, replace};
use crate::plan::{UpOptions, up};

const EXAMPLES: &str = "\
Examples:
  devstack seed        apply what is new; where a seed was edited, make the data anew (asks first)
  devstack seed db     the same for the data of `db`";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only the seeds of these services; all when none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
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
    let run = PlanRun::of_stack(context, "seed", stack).await?;
    let observed = run.observe().await?;
    let edited = edited(&run, &observed, &arguments.services);
    if !edited.is_empty() {
        let lines = losses(
            &observed,
            &edited,
            &sizes_for_question(context, arguments.yes).await?,
            "its seeds changed, so the data is made anew; what was written since is put aside",
        );
        if !agreed(context, &lines, "Seed anew?", arguments.yes).await? {
            return Ok(ExitCode::DONE);
        }
    }
    let services = arguments.services;
    let code = run
        .run(async |run| plan(run, &run.observe().await?, &services))
        .await?;
    if code == ExitCode::DONE && !edited.is_empty() {
        context
            .output()
            .say("to go back: `devstack snapshot restore before-seed`");
    }
    Ok(code)
}

fn edited(run: &PlanRun<'_>, observed: &Observed, services: &[String]) -> Vec<DataSet> {
    let stack = run.stack().expect("`seed` has a stack");
    let mut edited = edited_seeds(stack, observed);
    edited.retain(|set| services.is_empty() || services.contains(&set.service));
    edited
}

fn plan(run: &PlanRun<'_>, observed: &Observed, services: &[String]) -> Result<Plan, CliError> {
    let stack = run.stack().expect("`seed` has a stack");
    let edited = edited(run, observed, services);
    if edited.is_empty() {
        let seeded = stack.services.values();
        let seeded = seeded.filter(|service| !service.seeds.is_empty());
        let seeded = seeded.map(|service| service.name.clone());
        let options = UpOptions {
            services: seeded
                .filter(|name| services.is_empty() || services.contains(name))
                .collect(),
            ..UpOptions::default()
        };
        if options.services.is_empty() {
            return Ok(Plan {
                project: stack.name.clone(),
                ..Plan::default()
            });
        }
        return up(stack, observed, &options).map_err(impossible);
    }
    let wanted = Replace {
        volumes: keys(&edited),
        by: Replacement::Seeds,
        snapshot: automatic(run, observed, "before-seed"),
        kill: true,
        reason: "a seed was edited".to_owned(),
    };
    replace(stack, observed, wanted, false).map_err(impossible)
}
