//! `devstack console`: a database's own client, logged in. Works from the engine's labels alone.

use std::time::Duration;

use clap::Args;
use futures_util::StreamExt as _;
use futures_util::future::try_join_all;

use super::exec::{execute, exit_code};
use crate::catalog::{ClientCommand, Family};
use crate::cli::containers::{ServiceContainer, of_project, running};
use crate::cli::software::Software;
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::engine::{EngineHandle, ExecSpec};

const EXAMPLES: &str = "\
Examples:
  devstack console                             the stack's one database
  devstack console db                          psql, mysql, redis-cli, mongosh, …, whatever fits
  devstack console db -c 'select 1'            what follows the service goes to the client
  devstack console -- -c 'select 1'            the same with the stack's one database
  echo 'select 1' | devstack console db        statements from a pipe
  devstack console queue list_queues           RabbitMQ: a command of rabbitmqctl

The exit code is the client's. Flags of devstack stand before the service.";

/// How long a database may take to say that it takes no connections.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The service; may be left out where there is one database only
    service: Option<String>,
    /// Goes to the client
    #[arg(
        value_name = "ARGUMENT",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    words: Vec<String>,
    /// Give the client no terminal, even where there is one
    #[arg(short = 'T', long)]
    no_tty: bool,
    /// Which container, where the service has several
    #[arg(long, value_name = "NUMBER")]
    index: Option<u32>,
}

impl Arguments {
    /// The service, and what goes to the client: after `--` there may be no service.
    fn taken_apart(self) -> (Option<String>, Vec<String>) {
        let mut arguments = self.words;
        match self.service {
            Some(first) if first.starts_with('-') => {
                arguments.insert(0, first);
                (None, arguments)
            }
            service => {
                if arguments.first().is_some_and(|first| first == "--") {
                    arguments.remove(0);
                }
                (service, arguments)
            }
        }
    }
}

/// Opens the client.
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
    let (no_tty, index) = (arguments.no_tty, arguments.index);
    let (service, words) = arguments.taken_apart();
    let service = match service {
        Some(service) => service,
        None => the_only_one(&engine, &containers).await?,
    };
    let container = running(&containers, &project, &service, index)?;
    let id = &container.summary.id;
    let Some(detail) = engine.container(id).await? else {
        return Err(CliError::failed(gone(&service)));
    };
    let software = Software::of(&detail);
    let (
        family,
        ClientCommand {
            mut command,
            mut environment,
        },
    ) = console(&software)
        .ok_or_else(|| CliError::failed(no_console(&service, &detail.image, software.family)))?;
    command.extend(words);
    let terminal = context.terminal();
    let tty = !no_tty && terminal.stdin && terminal.stdout;
    if tty && let Some(kind) = context.settings().environment.get("TERM") {
        environment.push(format!("TERM={kind}"));
    }
    let spec = ExecSpec {
        command,
        environment,
        tty,
        stdin: true,
        ..ExecSpec::default()
    };
    let code = execute(context, &engine, id, &spec).await?;
    if code != ExitCode::DONE
        && let Some(reason) = reason(&engine, container, family, &software, code).await
    {
        context.output().report(&reason);
    }
    Ok(code)
}

/// The family and its client, if it has one.
fn console(software: &Software) -> Option<(&'static dyn Family, ClientCommand)> {
    let family = software.family?;
    Some((family, family.console(software.facts())?))
}

/// The service to take when none is named.
async fn the_only_one(
    engine: &EngineHandle,
    containers: &[ServiceContainer],
) -> Result<String, CliError> {
    let asked = containers.iter().map(async |container| {
        let detail = engine.container(&container.summary.id).await?;
        let family = detail.and_then(|detail| {
            let software = Software::of(&detail);
            console(&software)?;
            software.server()
        });
        Ok::<_, CliError>(family.map(|family| (container.service.clone(), family.name())))
    });
    let mut databases: Vec<(String, &str)> =
        try_join_all(asked).await?.into_iter().flatten().collect();
    databases.dedup();
    match databases.as_slice() {
        [(only, _)] => Ok(only.clone()),
        [] => Err(CliError::failed(
            Diagnostic::error("no service of this stack has a console that devstack knows")
                .fix("open a shell: `devstack shell SERVICE`"),
        )),
        several => {
            let listed = several
                .iter()
                .map(|(service, family)| format!("`{service}` ({family})"));
            let listed: Vec<String> = listed.collect();
            Err(CliError::usage(
                Diagnostic::error("several services have a console")
                    .note(format!("there are {}", listed.join(", ")))
                    .fix(format!("name one: `devstack console {}`", several[0].0)),
            ))
        }
    }
}

fn gone(service: &str) -> Diagnostic {
    Diagnostic::error(format!("the container of `{service}` was just removed"))
        .fix(format!("devstack up {service}"))
}

/// That a service has no client that devstack knows.
fn no_console(service: &str, image: &str, family: Option<&dyn Family>) -> Diagnostic {
    let problem = match family {
        Some(family) => Diagnostic::error(format!(
            "`{service}` is {}, which has no console of its own",
            family.name()
        )),
        None => Diagnostic::error(format!("`{service}` is nothing that devstack has a console for"))
            .note(format!(
                "its image is {image}; if that holds a database, say so in the manifest, such as `ready: postgres`"
            )),
    };
    problem.fix(format!("open a shell: `devstack shell {service}`"))
}

/// Why a client ended with an error, if that can be told: there is no client, or nothing that it could connect to.
async fn reason(
    engine: &EngineHandle,
    container: &ServiceContainer,
    family: &dyn Family,
    software: &Software,
    code: ExitCode,
) -> Option<Diagnostic> {
    let service = &container.service;
    if matches!(code, ExitCode(126 | 127)) {
        return Some(
            Diagnostic::error(format!(
                "`{service}` has no client of {} that could be run",
                family.name()
            ))
            .note(format!("its image is {}", container.summary.image))
            .fix(format!(
                "use a client on this machine: `devstack env {service}` tells how it connects"
            )),
        );
    }
    let asked = listens(engine, container, family, software);
    // A database that does not even say no is left to what the client said.
    let (listens, said) = tokio::time::timeout(PATIENCE, asked).await.ok()??;
    if listens {
        return None;
    }
    Some(
        Diagnostic::error(format!("`{service}` does not take connections yet"))
            .evidence("asked", said)
            .fix(format!(
                "wait until it is ready: `devstack up {service}`; its log: `devstack logs {service}`"
            )),
    )
}

/// Whether it takes connections, and what was said.
async fn listens(
    engine: &EngineHandle,
    container: &ServiceContainer,
    family: &dyn Family,
    software: &Software,
) -> Option<(bool, Vec<String>)> {
    let ClientCommand {
        command,
        environment,
    } = family.listening(software.facts());
    let spec = ExecSpec {
        command,
        environment,
        ..ExecSpec::default()
    };
    let mut attached = engine.exec(&container.summary.id, &spec).await.ok()?;
    let mut said = Vec::new();
    while let Some(piece) = attached.output.next().await {
        said.extend_from_slice(&piece.ok()?.bytes);
    }
    let code = exit_code(engine, &attached.id).await.ok()?;
    let said = String::from_utf8_lossy(&said);
    let lines = said
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty());
    Some((code == ExitCode::DONE, lines.map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn parse(words: &[&str]) -> (Option<String>, Vec<String>) {
        let all = ["console"].iter().chain(words);
        Line::try_parse_from(all)
            .expect("it is fine")
            .arguments
            .taken_apart()
    }

    #[test]
    fn what_follows_the_service_goes_to_the_client() {
        let db = Some("db".to_owned());
        assert_eq!(parse(&[]), (None, vec![]));
        assert_eq!(parse(&["db"]), (db.clone(), vec![]));
        let asked = vec!["-c".to_owned(), "select 1".to_owned()];
        assert_eq!(
            parse(&["db", "-c", "select 1"]),
            (db.clone(), asked.clone())
        );
        assert_eq!(parse(&["db", "--", "-c", "select 1"]), (db, asked.clone()));
        assert_eq!(parse(&["--", "-c", "select 1"]), (None, asked));
    }
}
