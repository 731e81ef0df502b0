//! `devstack shell`: a shell in a running service.

use clap::Args;
use futures_util::StreamExt as _;

use super::exec::execute;
use crate::cli::containers::{of_project, running};
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::engine::{EngineError, EngineHandle, ExecSpec, OutputStream};

const EXAMPLES: &str = "\
Examples:
  devstack shell api           bash where there is one, else sh
  devstack shell -u root api   as another user";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The service
    service: String,
    /// Open it as this user
    #[arg(short, long, value_name = "USER")]
    user: Option<String>,
    /// Open it in this folder of the container
    #[arg(short, long, value_name = "DIR")]
    workdir: Option<String>,
    /// Which container, where the service has several
    #[arg(long, value_name = "NUMBER")]
    index: Option<u32>,
}

/// Opens a shell.
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
    let id = &container.summary.id;
    let Some(shell) = find(&engine, id).await? else {
        return Err(CliError::failed(
            Diagnostic::error(format!("`{}` has no shell", arguments.service))
                .note(format!(
                    "its image {} holds neither bash nor sh",
                    container.summary.image
                ))
                .fix(format!(
                    "run one of its own programs: `devstack exec {} PROGRAM`",
                    arguments.service
                )),
        ));
    };
    let spec = ExecSpec {
        command: vec![shell],
        user: arguments.user,
        working_dir: arguments.workdir,
        tty: context.terminal().stdin && context.terminal().stdout,
        stdin: true,
        ..ExecSpec::default()
    };
    execute(context, &engine, id, &spec).await
}

/// The shell that the container has: bash, else sh.
async fn find(engine: &EngineHandle, container: &str) -> Result<Option<String>, CliError> {
    let question = ["sh", "-c", "command -v bash || command -v sh"];
    let spec = ExecSpec {
        command: question.map(str::to_owned).to_vec(),
        ..ExecSpec::default()
    };
    // Engines refuse a program that is not there either at once or with exit code 126 or 127.
    let mut attached = match engine.exec(container, &spec).await {
        Ok(attached) => attached,
        Err(EngineError::Api { message, .. } | EngineError::NotFound(message))
            if message.contains("executable file not found")
                || message.contains("no such file or directory") =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let mut answer = Vec::new();
    while let Some(piece) = attached.output.next().await {
        let piece = piece?;
        if piece.stream == OutputStream::Stdout {
            answer.extend_from_slice(&piece.bytes);
        }
    }
    if super::exec::exit_code(engine, &attached.id).await? != ExitCode::DONE {
        return Ok(None);
    }
    let path = String::from_utf8_lossy(&answer)
        .lines()
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned();
    Ok(Some(path).filter(|path| !path.is_empty()))
}
