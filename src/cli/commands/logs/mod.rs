//! `devstack logs`: what services print, merged by time.

mod follow;
mod history;
mod print;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use self::follow::follow;
use self::history::history;
use self::print::Printer;
use crate::cli::containers::{absent, of_project};
use crate::cli::moment::parse_moment;
use crate::cli::{CliError, Context, ExitCode};
use crate::engine::LogOptions;

const EXAMPLES: &str = "\
Examples:
  devstack logs                      everything that all services have printed
  devstack logs -f api db            watch two services, restarts included, until Ctrl-C
  devstack logs --tail 100 api       the last hundred lines of each container
  devstack logs --since 10m -t       the last ten minutes, with times
  devstack logs --format json        one object a line, for scripts";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only these services; all when none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Go on until Ctrl-C; restarted and new containers are picked up
    #[arg(short, long)]
    follow: bool,
    /// Only the last lines of each container, or `all`
    #[arg(short = 'n', long, value_name = "LINES", value_parser = parse_tail)]
    tail: Option<Tail>,
    /// Only what came since then: `10m` ago, or `2026-11-23T09:30:00`
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    since: Option<Timestamp>,
    /// Only what came before then
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    until: Option<Timestamp>,
    /// Show when each line came
    #[arg(short, long)]
    timestamps: bool,
    /// Leave the service's name out
    #[arg(long)]
    no_prefix: bool,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    // `-f` is `--follow` here, so the global `--file` has no short form behind this command.
    #[arg(long, value_name = "FILE", hide = true)]
    file: Vec<std::path::PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tail(Option<u64>);

fn parse_tail(text: &str) -> Result<Tail, String> {
    if text == "all" {
        return Ok(Tail(None));
    }
    let lines = text
        .parse()
        .map_err(|_| format!("`{text}` is neither a number nor `all`"))?;
    Ok(Tail(Some(lines)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// `service | line`
    Text,
    /// An object a line
    Json,
}

/// Shows logs.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let (project, loaded) = context.project()?;
    let engine = context.engine().await?;
    // Listening begins before looking, so that nothing falls in between.
    let events = arguments
        .follow
        .then(|| follow::events(engine.as_ref(), &project));
    let all = of_project(engine.as_ref(), &project).await?;
    let wanted = |service: &str| {
        arguments.services.is_empty() || arguments.services.iter().any(|name| name == service)
    };
    if !arguments.follow {
        if all.is_empty() {
            return Err(context.nothing_there(&project, &loaded));
        }
        for name in &arguments.services {
            if !all.iter().any(|container| container.service == *name) {
                return Err(CliError::failed(absent(&all, &project, name)));
            }
        }
    }
    let mut printer = Printer::new(
        context.output().clone(),
        arguments.format == Format::Json,
        arguments.timestamps,
        !arguments.no_prefix,
    );
    for container in all.iter().filter(|container| wanted(&container.service)) {
        let several = all
            .iter()
            .filter(|other| other.service == container.service)
            .count()
            > 1;
        printer.add(
            &container.summary.id,
            &container.summary.name,
            &container.service,
            container.number,
            several,
        );
    }
    let options = LogOptions {
        follow: false,
        tail: arguments.tail.and_then(|tail| tail.0),
        since: arguments.since,
        until: arguments.until,
    };
    let ids: Vec<String> = printer.ids().map(str::to_owned).collect();
    history(engine.as_ref(), &ids, &options, &mut printer).await?;
    context.output().flush()?;
    if let Some(events) = events {
        let running: Vec<String> = all
            .iter()
            .filter(|container| container.runs() && wanted(&container.service))
            .map(|container| container.summary.id.clone())
            .collect();
        follow(&engine, events, &running, wanted, &options, &mut printer).await?;
    }
    Ok(ExitCode::DONE)
}
