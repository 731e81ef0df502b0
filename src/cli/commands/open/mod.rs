//! `devstack open`: a service's address in the browser. Works from the engine's labels alone.

mod browser;

use clap::Args;
use futures_util::future::try_join_all;

use self::browser::Browser;
use crate::cli::containers::{ServiceContainer, absent, of_project, running};
use crate::cli::software::{Software, open_of};
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::engine::{ContainerDetail, EngineHandle};
use crate::execute::reach::{Machine, page, socket};
use crate::stack::Stack;

const EXAMPLES: &str = "\
Examples:
  devstack open              the address that the manifest's `open:` names
  devstack open web          that of one service
  devstack open --print web  only print it";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The service; may be left out where one only has something to open
    service: Option<String>,
    /// Print the address, and open nothing
    #[arg(long)]
    print: bool,
}

/// Opens it.
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
    let machine = Machine::of(engine.address());
    let stack = loaded.stack.as_ref();
    let address = match &arguments.service {
        Some(service) => {
            if !containers.iter().any(|one| one.service == *service) {
                return Err(CliError::usage(absent(&containers, &project, service)));
            }
            let container = running(&containers, &project, service, None)?;
            let Some(detail) = engine.container(&container.summary.id).await? else {
                return Err(CliError::failed(absent(&[], &project, service)));
            };
            address(service, &detail, stack, &machine)
                .map_err(|problem| CliError::failed(*problem))?
        }
        None => the_only_one(&engine, &containers, stack, &machine).await?,
    };
    let address = harmless_url(&address);
    let output = context.output();
    if arguments.print {
        output.data(&address)?;
        return Ok(ExitCode::DONE);
    }
    let Some(browser) = Browser::find(&context.settings().environment) else {
        // On a machine without a screen the address is what there is to give.
        output.data(&address)?;
        output.say("there is no browser here; BROWSER=PROGRAM names one");
        return Ok(ExitCode::DONE);
    };
    output.say(&format!("opening {address}"));
    browser
        .open(&address)
        .await
        .map_err(|problem| CliError::failed(problem.note(format!("the address is {address}"))))?;
    Ok(ExitCode::DONE)
}

/// The address of the one service that has `open:`, or else of the one that has a port for browsers.
async fn the_only_one(
    engine: &EngineHandle,
    containers: &[ServiceContainer],
    stack: Option<&Stack>,
    machine: &Machine,
) -> Result<String, CliError> {
    let running = containers.iter().filter(|container| container.runs());
    let asked = running.map(async |container| {
        let detail = engine.container(&container.summary.id).await?;
        Ok::<_, CliError>(detail.map(|detail| (container.service.as_str(), detail)))
    });
    let mut details: Vec<(&str, ContainerDetail)> =
        try_join_all(asked).await?.into_iter().flatten().collect();
    details.dedup_by_key(|(service, _)| *service);
    let meant = |(service, detail): &&(&str, ContainerDetail)| {
        open_of(stack, service, &detail.labels).is_some()
    };
    let mut candidates: Vec<_> = details.iter().filter(meant).collect();
    if candidates.is_empty() {
        let reached = |(service, detail): &&(&str, ContainerDetail)| {
            address(service, detail, stack, machine).is_ok()
        };
        candidates = details.iter().filter(reached).collect();
    }
    match candidates.as_slice() {
        [(service, detail)] => address(service, detail, stack, machine).map_err(|problem| CliError::failed(*problem)),
        [] => Err(CliError::failed(
            Diagnostic::error("nothing that runs here has an address to open").fix(
                "say in the manifest what there is to see, such as `open: /` in a service with `ports`, then `devstack up`",
            ),
        )),
        several => {
            let listed: Vec<String> = several
                .iter()
                .filter_map(|(service, detail)| {
                    Some(format!("`{service}`: {}", address(service, detail, stack, machine).ok()?))
                })
                .collect();
            let first = several[0].0;
            let problem = Diagnostic::error("several services have an address to open")
                .fix(format!("name one: `devstack open {first}`"));
            Err(CliError::usage(
                listed.into_iter().fold(problem, Diagnostic::note),
            ))
        }
    }
}

/// The address of a service, or why it has none.
fn address(
    service: &str,
    detail: &ContainerDetail,
    stack: Option<&Stack>,
    machine: &Machine,
) -> Result<String, Box<Diagnostic>> {
    let open = open_of(stack, service, &detail.labels);
    let software = Software::of(detail);
    if open.is_none()
        && let Some(family) = software.server()
        && family.console(software.facts()).is_some()
    {
        let problem = Diagnostic::error(format!(
            "`{service}` is {}, which no browser shows",
            family.name()
        ));
        let console = format!("open its console: `devstack console {service}`");
        return Err(Box::new(problem.fix(console)));
    }
    if let Some(address) = page(&detail.ports, open.unwrap_or("/"), machine) {
        return Ok(address);
    }
    let published = socket(&detail.ports, None, &Machine::This).is_some();
    let problem = match machine {
        Machine::Other(host) if published => Diagnostic::error(format!(
            "the port of `{service}` is open on {host} itself only"
        ))
        .fix("open it to the network with `bind: 0.0.0.0` in the manifest, or forward the port with ssh"),
        _ => Diagnostic::error(format!("`{service}` has no port on this machine")).fix(
            match detail.exposed.first() {
                Some((port, _)) => {
                    format!("give it `ports: [\"{port}\"]` in the manifest, then `devstack up {service}`")
                }
                None => format!("give it `ports` in the manifest, then `devstack up {service}`"),
            },
        ),
    };
    Err(Box::new(problem))
}

/// An address without anything that a terminal or another program's command line could take for something else: what
/// may not stand in a URL (RFC 3986, section 2) is percent-encoded.
fn harmless_url(address: &str) -> String {
    use std::fmt::Write as _;

    let mut url = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&()*+,;=%".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    // A URL begins with a letter; what does not would be taken for a flag.
    url.trim_start_matches(|first: char| !first.is_ascii_alphanumeric())
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_nothing_but_an_address() {
        assert_eq!(
            harmless_url("http://localhost:1/a b'`\u{1b}?x=1#y"),
            "http://localhost:1/a%20b%27%60%1B?x=1#y"
        );
        assert_eq!(harmless_url("--new-window=x://y"), "new-window=x://y");
    }
}
