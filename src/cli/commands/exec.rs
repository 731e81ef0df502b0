//! `devstack exec`: a command in a running service.

use std::time::Duration;

use clap::Args;

use crate::cli::containers::{of_project, running};
use crate::cli::pump::{Target, Wires, pump};
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::engine::{EngineHandle, ExecSpec};

const EXAMPLES: &str = "\
Examples:
  devstack exec db psql -U shop                 a program with this terminal
  devstack exec api env                         its environment
  devstack exec -T db psql -U shop < seed.sql   feed it a file
  devstack exec -u root api apt-get update      as another user

The exit code is the program's. Flags of devstack stand before the service.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The service
    service: String,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub(in crate::cli) command: Vec<String>,
    /// Give the program no terminal, even where there is one
    #[arg(short = 'T', long)]
    no_tty: bool,
    /// Set a variable for the program; may be repeated
    #[arg(short, long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Run it as this user
    #[arg(short, long, value_name = "USER")]
    user: Option<String>,
    /// Run it in this folder of the container
    #[arg(short, long, value_name = "DIR")]
    workdir: Option<String>,
    /// Which container, where the service has several
    #[arg(long, value_name = "NUMBER")]
    index: Option<u32>,
    /// Give the program all capabilities
    #[arg(long)]
    privileged: bool,
}

/// Runs the command.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let (project, loaded) = context.project()?;
    let engine = context.engine().await?;
    let containers = of_project(engine.as_ref(), &project).await?;
    if containers.is_empty() {
        return Err(context.nothing_there(&project, &loaded));
    }
    let container = running(&containers, &project, &arguments.service, arguments.index)?;
    let tty = !arguments.no_tty && context.terminal().stdin && context.terminal().stdout;
    let environment = &context.settings().environment;
    let spec = ExecSpec {
        command: arguments.command,
        environment: arguments
            .env
            .iter()
            .map(|name| assignment(name, environment))
            .collect(),
        user: arguments.user,
        working_dir: arguments.workdir,
        tty,
        stdin: true,
        privileged: arguments.privileged,
    };
    execute(context, &engine, &container.summary.id, &spec).await
}

/// `NAME=VALUE` as it is; a bare `NAME` takes its value from here.
pub(super) fn assignment(text: &str, environment: &indexmap::IndexMap<String, String>) -> String {
    match environment.get(text) {
        Some(value) if !text.contains('=') => format!("{text}={value}"),
        _ => text.to_owned(),
    }
}

/// Runs a command in a container with this terminal, and passes its exit code on.
pub(super) async fn execute(
    context: &Context,
    engine: &EngineHandle,
    container: &str,
    spec: &ExecSpec,
) -> Result<ExitCode, CliError> {
    let attached = engine.exec(container, spec).await?;
    let id = attached.id.clone();
    let wires = Wires {
        stdin: spec.stdin,
        tty: spec.tty,
    };
    pump(
        engine,
        attached,
        Target::Exec(id.clone()),
        wires,
        context.output(),
    )
    .await?;
    exit_code(engine, &id).await
}

/// The exit code of a command whose output has ended. The engine may take a moment to know it.
pub(in crate::cli) async fn exit_code(
    engine: &EngineHandle,
    exec: &str,
) -> Result<ExitCode, CliError> {
    let mut wait = Duration::from_millis(5);
    loop {
        if let Some(code) = engine.exec_exit_code(exec).await? {
            return Ok(ExitCode::of_program(code));
        }
        if wait > Duration::from_secs(2) {
            // It closed its output and goes on in the background, as a daemon does.
            return Err(CliError::failed(Diagnostic::error(
                "the command closed its output but still runs, so it has no exit code",
            )));
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
}
