//! `devstack env`: how applications on this machine connect to what runs. Works from the engine's labels alone.
//!
//! The only place where passwords are printed, since they are what was asked for; they go to standard output and nowhere
//! else.

mod format;
mod names;

use clap::{Args, ValueEnum};
use futures_util::future::try_join_all;

use self::names::{Reached, settle};
use crate::cli::containers::{ServiceContainer, absent, of_project, running};
use crate::cli::software::{Software, open_of};
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::engine::{ContainerDetail, EngineHandle};
use crate::execute::reach::{Machine, page, socket};
use crate::stack::{Protocol, Stack};

const EXAMPLES: &str = "\
Examples:
  devstack env > .env.local                for tools that read such files
  eval \"$(devstack env --format shell)\"    in this shell
  devstack env --format json db            one service, for scripts

Each published service has names that begin with its own: DB_URL, DB_HOST, DB_PORT, DB_USER, DB_PASSWORD,
DB_DATABASE. The names that programs look for (DATABASE_URL, PGHOST, REDIS_URL, …) are there as well, as long
as one service only can be meant. Passwords are shown.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only these services; all when none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Dotenv)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// NAME=value, quoted as Compose and most libraries read it
    Dotenv,
    /// One object
    Json,
    /// Commands for a POSIX shell
    Shell,
}

/// Prints the variables.
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
    let chosen = chosen(&containers, &project, &arguments.services)?;
    if chosen.is_empty() {
        return Err(CliError::failed(
            Diagnostic::error(format!("nothing of project `{project}` runs")).fix("devstack up"),
        ));
    }
    let machine = Machine::of(engine.address());
    let found = chosen
        .iter()
        .map(|container| look(&engine, container, loaded.stack.as_ref(), &machine));
    let found: Vec<Found> = try_join_all(found).await?.into_iter().flatten().collect();
    let mut reached = Vec::new();
    for found in found {
        match found {
            Found::Reached(service) => reached.push(*service),
            Found::Hidden(problem) => {
                // Most services of a stack are for other services only; a database is worth a word, and so is what was
                // asked for by name.
                if problem.known || !arguments.services.is_empty() {
                    context.output().report(&problem.diagnostic);
                }
            }
        }
    }
    if reached.is_empty() {
        return Err(CliError::failed(
            Diagnostic::error("none of these services has a port on this machine").fix(
                "give what is to be reached a port in the manifest, such as `ports: [\"5432\"]`, then `devstack up`",
            ),
        ));
    }
    let (variables, unclear) = settle(&reached);
    context.output().report_all(&unclear);
    let text = match arguments.format {
        Format::Dotenv => format::dotenv(&variables),
        Format::Shell => format::shell(&variables),
        Format::Json => serde_json::to_string_pretty(&variables)?,
    };
    context.output().data(text.trim_end_matches('\n'))?;
    Ok(ExitCode::DONE)
}

/// The first running container of each named service, or of each that runs.
fn chosen<'a>(
    containers: &'a [ServiceContainer],
    project: &str,
    services: &[String],
) -> Result<Vec<&'a ServiceContainer>, CliError> {
    if services.is_empty() {
        let mut all: Vec<_> = containers.iter().filter(|one| one.runs()).collect();
        all.dedup_by_key(|container| &container.service);
        return Ok(all);
    }
    let unknown: Vec<Diagnostic> = services
        .iter()
        .filter(|name| !containers.iter().any(|one| one.service == **name))
        .map(|name| absent(containers, project, name))
        .collect();
    if !unknown.is_empty() {
        return Err(CliError::usages(unknown));
    }
    services
        .iter()
        .map(|name| running(containers, project, name, None))
        .collect()
}

/// What became of looking at a service.
enum Found {
    Reached(Box<Reached>),
    Hidden(Hidden),
}

/// A service that is not reached from here.
struct Hidden {
    /// Whether it is software that people want to reach.
    known: bool,
    diagnostic: Diagnostic,
}

/// How a container's service is reached; `None` if it went in between.
async fn look(
    engine: &EngineHandle,
    container: &ServiceContainer,
    stack: Option<&Stack>,
    machine: &Machine,
) -> Result<Option<Found>, CliError> {
    let Some(detail) = engine.container(&container.summary.id).await? else {
        return Ok(None);
    };
    let mut software = Software::of(&detail);
    let family = software.server();
    let port = family.map(|family| family.port(software.facts()));
    let Some((host, number)) = socket(&detail.ports, port, machine) else {
        return Ok(Some(Found::Hidden(hidden(
            &container.service,
            &detail,
            port,
            machine,
        ))));
    };
    software.read_files(engine, &container.summary.id).await;
    let open = open_of(stack, &container.service, &detail.labels);
    let mut ports: Vec<(u16, u16)> = detail
        .ports
        .iter()
        .filter(|port| port.protocol == Protocol::Tcp)
        .filter_map(|port| {
            Some((
                port.target,
                socket(&detail.ports, Some(port.target), machine)?.1,
            ))
        })
        .collect();
    ports.sort_unstable();
    ports.dedup();
    Ok(Some(Found::Reached(Box::new(Reached {
        service: container.service.clone(),
        family,
        access: family.map(|family| family.access(software.facts())),
        host,
        port: number,
        ports,
        page: open.and_then(|open| page(&detail.ports, open, machine)),
    }))))
}

fn hidden(service: &str, detail: &ContainerDetail, port: Option<u16>, machine: &Machine) -> Hidden {
    let published = detail
        .ports
        .iter()
        .any(|binding| binding.host.is_some() && port.is_none_or(|port| port == binding.target));
    let diagnostic = match machine {
        Machine::Other(host) if published => Diagnostic::warning(format!(
            "`{service}` is left out: its port is open on {host} itself only"
        ))
        .fix("open it to the network with `bind: 0.0.0.0` in the manifest, or forward the port with ssh"),
        _ => Diagnostic::warning(format!(
            "`{service}` is left out: it has no port on this machine"
        ))
        .fix(match port {
            Some(port) => format!("give it `ports: [\"{port}\"]` in the manifest, then `devstack up`"),
            None => "give it `ports` in the manifest, then `devstack up`".to_owned(),
        }),
    };
    Hidden {
        known: port.is_some(),
        diagnostic,
    }
}
