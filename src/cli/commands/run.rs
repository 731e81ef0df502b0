//! `devstack run`: a command in a new container of a service.

use clap::Args;

use jiff::Timestamp;

use crate::cli::plan_run::{PlanRun, impossible};
use crate::cli::pump::{Target, Wires, pump};
use crate::cli::{CliError, Context, ExitCode};
use crate::engine::{ContainerSpec, EngineHandle};
use crate::execute::create_container;
use crate::plan::{container_files, one_off, one_off_spec};
use crate::stack::ContentFile;

const EXAMPLES: &str = "\
Examples:
  devstack run --rm api npm test                 a program in a container of its own
  devstack run --rm --entrypoint sh api          a shell in place of the program
  devstack run --rm --no-deps -e DEBUG=1 api     without bringing up what it depends on

The exit code is the program's. Flags of devstack stand before the service.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The service
    pub(in crate::cli) service: String,
    /// The command in place of the service's own
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(in crate::cli) command: Vec<String>,
    /// Remove the container when the program ends
    #[arg(long)]
    pub(in crate::cli) rm: bool,
    /// Give the program no terminal, even where there is one
    #[arg(short = 'T', long)]
    pub(in crate::cli) no_tty: bool,
    /// Set a variable for the program; may be repeated
    #[arg(short, long, value_name = "NAME=VALUE")]
    pub(in crate::cli) env: Vec<String>,
    /// Run this in place of the entrypoint of the image
    #[arg(long, value_name = "PROGRAM")]
    pub(in crate::cli) entrypoint: Option<String>,
    /// Run it as this user
    #[arg(short, long, value_name = "USER")]
    pub(in crate::cli) user: Option<String>,
    /// Run it in this folder of the container
    #[arg(short, long, value_name = "DIR")]
    pub(in crate::cli) workdir: Option<String>,
    /// Name of the container
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) name: Option<String>,
    /// Leave out what the service depends on
    #[arg(long)]
    pub(in crate::cli) no_deps: bool,
}

/// Runs the command.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let stack = context.stack(std::slice::from_ref(&arguments.service))?;
    let service = stack.services.get(&arguments.service).cloned();
    let service = service.expect("a named service that there is not ends the command");
    let run = PlanRun::of_stack(context, "run", stack).await?;
    let stack = run.stack().expect("`run` has a stack");
    let mut spec = one_off_spec(stack, &service, &suffix());
    let files = container_files(stack, &service);
    arguments.apply_to(&mut spec, context);
    let ready = run
        .run(async |run| {
            let observed = run.observe().await?;
            let stack = run.stack().expect("`run` has a stack");
            one_off(stack, &observed, &arguments.service, arguments.no_deps).map_err(impossible)
        })
        .await?;
    if ready != ExitCode::DONE {
        return Ok(ready);
    }
    let engine = context.engine().await?;
    run_container(context, &engine, &spec, &files, arguments.rm).await
}

impl Arguments {
    fn apply_to(&self, spec: &mut ContainerSpec, context: &Context) {
        let terminal = context.terminal();
        let options = &mut spec.options;
        if !self.command.is_empty() {
            options.command = Some(self.command.clone());
        }
        if let Some(entrypoint) = &self.entrypoint {
            options.entrypoint = Some(vec![entrypoint.clone()]);
            // The service's own command was meant for its own entrypoint.
            options.command = Some(self.command.clone());
        }
        for variable in &self.env {
            let (name, value) = match variable.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (
                    variable.as_str(),
                    context.settings().environment.get(variable).cloned(),
                ),
            };
            options.environment.insert(name.to_owned(), value);
        }
        options.user = self.user.clone().or(options.user.take());
        options.working_dir = self.workdir.clone().or(options.working_dir.take());
        options.stdin_open = true;
        options.tty = !self.no_tty && terminal.stdin && terminal.stdout;
        if let Some(name) = &self.name {
            spec.name.clone_from(name);
        }
    }
}

/// Tells one container of `run` from another: what this process and this moment have alone.
fn suffix() -> String {
    let moment = Timestamp::now().as_nanosecond() ^ i128::from(std::process::id());
    hex::encode(&moment.to_be_bytes()[10..])
}

/// Creates a container, connects this terminal to it, starts it, and passes its exit code on.
///
/// An interrupted run stops the container as `devstack stop` would, and removes it where that was asked for.
pub(in crate::cli) async fn run_container(
    context: &Context,
    engine: &EngineHandle,
    spec: &ContainerSpec,
    files: &[ContentFile],
    remove: bool,
) -> Result<ExitCode, CliError> {
    let id = create_container(engine, spec, files).await?;
    let answer = tokio::select! {
        answer = attend(context, engine, spec, &id) => answer,
        () = context.cancel().cancelled() => {
            engine.stop_container(&id, None).await?;
            Err(CliError::interrupted())
        }
    };
    if remove {
        engine.remove_container(&id, true).await?;
    }
    answer
}

async fn attend(
    context: &Context,
    engine: &EngineHandle,
    spec: &ContainerSpec,
    id: &str,
) -> Result<ExitCode, CliError> {
    // What it prints first must not be missed, so the connection is made before it starts.
    let attached = engine.attach(id).await?;
    engine.start_container(id).await?;
    let wires = Wires {
        stdin: spec.options.stdin_open,
        tty: spec.options.tty,
    };
    pump(
        engine,
        attached,
        Target::Container(id.to_owned()),
        wires,
        context.output(),
    )
    .await?;
    Ok(ExitCode::of_program(engine.wait_container(id).await?))
}
