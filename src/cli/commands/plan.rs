//! `devstack plan`.

use clap::{Args, ValueEnum};

use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{self, Step, UpOptions};

const EXAMPLES: &str = "\
Examples:
  devstack plan           what `devstack up` would do
  devstack plan api       what `devstack up api` would do";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only these services and what they depend on; all when none is named
    #[arg(value_name = "SERVICE")]
    pub(in crate::cli) services: Vec<String>,
    /// As for `up`: build images again
    #[arg(long)]
    pub(in crate::cli) build: bool,
    /// As for `up`: ask the registry for newer images
    #[arg(long)]
    pub(in crate::cli) pull: bool,
    /// As for `up`: make containers anew
    #[arg(long)]
    pub(in crate::cli) force_recreate: bool,
    /// As for `up`: apply no seeds
    #[arg(long)]
    pub(in crate::cli) no_seed: bool,
    /// As for `up`: leave out what the named services depend on
    #[arg(long)]
    pub(in crate::cli) no_deps: bool,
    /// As for `up`: remove containers of services that the manifest does not have any more
    #[arg(long)]
    pub(in crate::cli) remove_orphans: bool,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// An object with every step
    Json,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let stack = context.stack(&arguments.services)?;
    let run = PlanRun::of_stack(context, "plan", stack).await?;
    let observed = run.observe().await?;
    let stack = run.stack().expect("`plan` has a stack");
    let plan = plan::up(stack, &observed, &arguments.options()).map_err(impossible)?;
    if arguments.format == Format::Json {
        let steps: Vec<_> = plan.steps.iter().map(Step::summary).collect();
        let answer = serde_json::json!({
            "project": plan.project,
            "changes": plan.changes_something(),
            "steps": steps,
            "warnings": plan.warnings,
        });
        context
            .output()
            .data(&serde_json::to_string_pretty(&answer)?)?;
        return Ok(ExitCode::DONE);
    }
    for warning in &plan.warnings {
        context.output().report(warning);
    }
    if plan.changes_something() {
        context.output().data(plan::render(&plan).trim_end())?;
    } else {
        context
            .output()
            .say(&format!("{}: nothing to do", plan.project));
    }
    Ok(ExitCode::DONE)
}

impl Arguments {
    /// What was asked for, as the plan wants to know it.
    fn options(&self) -> UpOptions {
        UpOptions {
            services: self.services.clone(),
            build: self.build,
            pull: self.pull,
            force_recreate: self.force_recreate,
            no_seed: self.no_seed,
            no_deps: self.no_deps,
            remove_orphans: self.remove_orphans,
            timeout: None,
        }
    }
}
