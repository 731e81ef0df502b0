//! `devstack status`: what runs, and where. Works from the engine's labels alone.

use clap::{Args, ValueEnum};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Serialize;

use crate::catalog::{Facts, recognise};
use crate::cli::containers::{ServiceContainer, absent, of_project};
use crate::cli::data::{VolumeSize, sizes};
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::engine::{ContainerDetail, ContainerState, Engine};
use crate::event::ServiceSummary;
use crate::execute::reach;
use crate::plan::{Labels, Observed, RunNote, adopted_by, drifted};
use crate::stack::Stack;
use crate::ui::{age, duration, summary, waited_for};

const EXAMPLES: &str = "\
Examples:
  devstack status                  a table of all services
  devstack status --format json    the same for scripts
  devstack status --why-slow       what the last `up` waited for
  devstack status --size           with the size of its data
  devstack -p shop status          a project by its name, from any folder";

/// How many containers are asked about at a time.
const AT_ONCE: usize = 16;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Only these services; all when none is named
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Show what the last `up` that changed something waited for
    #[arg(long, conflicts_with = "services")]
    why_slow: bool,
    /// Show how large each service's data is; the engine counts it, which may take seconds
    #[arg(long, conflicts_with = "why_slow")]
    size: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// A list with an object for each container
    Json,
}

/// One container, or a service without any.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    summary: ServiceSummary,
    /// The container's name.
    container: Option<String>,
    /// The container's id.
    id: Option<String>,
    /// The image that it was made from.
    image: Option<String>,
    /// The exit code, if it has ended.
    exit_code: Option<i64>,
    /// Its volumes, if their sizes were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Vec<VolumeSize>>,
}

/// Shows what there is.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let (project, loaded) = context.project()?;
    let engine = context.engine().await?;
    if arguments.why_slow {
        return why_slow(context, engine.as_ref(), &project, arguments.format).await;
    }
    let containers = of_project(engine.as_ref(), &project).await?;
    if containers.is_empty() && loaded.stack.is_none() && arguments.format == Format::Table {
        return Err(context.nothing_there(&project, &loaded));
    }
    let mut rows = rows(engine.as_ref(), &containers, loaded.stack.as_ref()).await?;
    if arguments.size {
        add_sizes(context, engine.as_ref(), &containers, &mut rows).await?;
    }
    for name in &arguments.services {
        if !rows.iter().any(|row| row.service == *name) {
            return Err(CliError::usage(absent(&containers, &project, name)));
        }
    }
    let wanted =
        |row: &Row| arguments.services.is_empty() || arguments.services.contains(&row.service);
    let rows: Vec<Row> = rows.into_iter().filter(wanted).collect();
    let output = context.output();
    if arguments.format == Format::Json {
        output.data(&serde_json::to_string_pretty(&rows)?)?;
        return Ok(ExitCode::DONE);
    }
    if loaded.stack.is_none() && context.settings().project_name.is_none() {
        output.report(
            &Diagnostic::warning(
                "the manifest has problems, so this is what the engine knows alone",
            )
            .fix("devstack validate"),
        );
    }
    let summaries: Vec<ServiceSummary> = rows.into_iter().map(|row| row.summary).collect();
    output.table(&summary(&summaries, output.terminal().stdout_palette))?;
    Ok(ExitCode::DONE)
}

/// Shows what is noted of the last run.
async fn why_slow(
    context: &Context,
    engine: &dyn Engine,
    project: &str,
    format: Format,
) -> Result<ExitCode, CliError> {
    let volumes = engine.volumes(&RunNote::of_project(project)).await?;
    let Some(note) = volumes.iter().find_map(RunNote::from_volume) else {
        return Err(CliError::failed(
            Diagnostic::error(format!("no run of project `{project}` is noted"))
                .note("the last `devstack up` that changed something is, until `devstack down`"),
        ));
    };
    let output = context.output();
    if format == Format::Json {
        output.data(&serde_json::to_string_pretty(&note)?)?;
        return Ok(ExitCode::DONE);
    }
    let ago = Timestamp::now().duration_since(note.at).as_secs();
    let ago = age(u64::try_from(ago).unwrap_or_default());
    output.say(&format!(
        "{} took {} ({ago}) and waited for:",
        note.command,
        duration(note.took_ms)
    ));
    output.table(&waited_for(&note.path))?;
    Ok(ExitCode::DONE)
}

impl std::ops::Deref for Row {
    type Target = ServiceSummary;

    fn deref(&self) -> &ServiceSummary {
        &self.summary
    }
}

/// A row a container, in the manifest's order where there is one, and one for each service without containers.
async fn rows(
    engine: &dyn Engine,
    containers: &[ServiceContainer],
    stack: Option<&Stack>,
) -> Result<Vec<Row>, CliError> {
    let now = Timestamp::now();
    let details: Vec<(&ServiceContainer, Option<ContainerDetail>)> = stream::iter(containers)
        .map(|container| async move {
            let detail = engine.container(&container.summary.id).await?;
            Ok::<_, CliError>((container, detail))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut of_service: IndexMap<&str, usize> = IndexMap::new();
    for container in containers {
        *of_service.entry(&container.service).or_default() += 1;
    }
    let mut rows: Vec<Row> = details
        .into_iter()
        // A container that went in between is not there.
        .filter_map(|(container, detail)| Some((container, detail?)))
        .map(|(container, detail)| {
            let several = of_service
                .get(container.service.as_str())
                .is_some_and(|&count| count > 1);
            row(container, &detail, stack, several, now)
        })
        .collect();
    if let Some(stack) = stack.filter(|stack| !stack.volumes.is_empty()) {
        let mut observed = Observed::nothing(now);
        observed.volumes = engine.volumes(&[]).await?;
        for row in &mut rows {
            row.summary
                .notes
                .extend(not_layered(stack, &observed, &row.summary.service));
        }
    }
    if let Some(stack) = stack {
        for name in stack.services.keys() {
            if !of_service.contains_key(name.as_str()) {
                rows.push(not_created(name));
            }
        }
        let place = |row: &Row| {
            stack
                .services
                .get_index_of(&row.service)
                .unwrap_or(usize::MAX)
        };
        rows.sort_by_key(place);
    }
    Ok(rows)
}

/// Adds what the engine knows of the sizes of each container's volumes.
async fn add_sizes(
    context: &Context,
    engine: &dyn Engine,
    containers: &[ServiceContainer],
    rows: &mut [Row],
) -> Result<(), CliError> {
    let sizes = sizes(context).await?;
    if sizes.is_empty() {
        context.output().report(&Diagnostic::warning(
            "the engine did not tell the sizes of its volumes in time",
        ));
    }
    let volumes = engine.volumes(&[]).await?;
    for row in rows {
        let found = containers
            .iter()
            .find(|own| row.id.as_ref() == Some(&own.summary.id));
        let mounts = found.iter().flat_map(|own| &own.summary.mounts);
        let data: Vec<VolumeSize> = mounts
            .filter_map(|mount| {
                let name = mount.name.as_ref()?;
                let volume = volumes.iter().find(|volume| volume.name == *name)?;
                VolumeSize::of(volume, &sizes)
            })
            .collect();
        row.summary.notes.extend(data.iter().map(VolumeSize::told));
        row.data = Some(data);
    }
    Ok(())
}

/// What is to be said of a service whose data devstack did not make.
fn not_layered(stack: &Stack, observed: &Observed, service: &str) -> Option<String> {
    let volumes = adopted_by(stack, observed, stack.services.get(service)?);
    (!volumes.is_empty()).then(|| {
        format!(
            "data is not layered: volume {} was there before devstack",
            volumes.join(", ")
        )
    })
}

fn row(
    container: &ServiceContainer,
    detail: &ContainerDetail,
    stack: Option<&Stack>,
    several: bool,
    now: Timestamp,
) -> Row {
    let (state, ok) = state(detail);
    let service = stack.and_then(|stack| stack.services.get(&container.service));
    let mut notes = Vec::new();
    if several {
        notes.push(format!("container {}", container.number));
    }
    // A service that a profile keeps off is still in the manifest.
    let orphan = |stack: &Stack| service.is_none() && !stack.disabled.contains(&container.service);
    if stack.is_some_and(orphan) {
        notes.push("not in the manifest".to_owned());
    }
    if let (Some(stack), Some(service)) = (stack, service)
        && drifted(stack, service, &container.summary)
    {
        notes.push("changed in the manifest".to_owned());
    }
    let runs = detail.state == ContainerState::Running;
    let open = container
        .summary
        .labels
        .get(Labels::OPEN)
        .map(String::as_str);
    let uptime = detail
        .started
        .filter(|_| runs)
        .map(|started| now.duration_since(started).as_secs());
    Row {
        summary: ServiceSummary {
            service: container.service.clone(),
            state,
            ok,
            addresses: if runs {
                reach::addresses(&detail.ports)
            } else {
                Vec::new()
            },
            url: if runs { url(detail, open) } else { None },
            ready_after_ms: None,
            uptime_s: uptime.and_then(|seconds| u64::try_from(seconds).ok()),
            notes,
        },
        container: Some(detail.name.clone()),
        id: Some(detail.id.clone()),
        image: Some(detail.image.clone()),
        exit_code: detail
            .exit_code
            .filter(|_| detail.state == ContainerState::Exited),
        data: None,
    }
}

/// How it is reached, by what the engine tells alone.
fn url(detail: &ContainerDetail, open: Option<&str>) -> Option<String> {
    let environment: IndexMap<String, Option<String>> = detail
        .environment
        .iter()
        .filter_map(|variable| variable.split_once('='))
        .map(|(name, value)| (name.to_owned(), Some(value.to_owned())))
        .collect();
    let facts = Facts {
        environment: &environment,
        command: &detail.command,
        image: &detail.image,
    };
    reach::url(&detail.ports, open, recognise(&detail.image), facts)
}

fn not_created(service: &str) -> Row {
    Row {
        summary: ServiceSummary {
            service: service.to_owned(),
            state: "not created".to_owned(),
            ..ServiceSummary::default()
        },
        container: None,
        id: None,
        image: None,
        exit_code: None,
        data: None,
    }
}

/// The state in a word or two, and whether that is as it should be.
fn state(detail: &ContainerDetail) -> (String, bool) {
    let health = detail.health.as_ref().map(|health| health.status.as_str());
    match (detail.state, health) {
        (ContainerState::Running, Some("healthy")) => ("healthy".to_owned(), true),
        (ContainerState::Running, Some("unhealthy")) => ("unhealthy".to_owned(), false),
        (ContainerState::Running, Some("starting")) => ("starting".to_owned(), true),
        (ContainerState::Running, _) => ("running".to_owned(), true),
        (ContainerState::Exited | ContainerState::Dead, _) if detail.oom_killed => {
            ("out of memory".to_owned(), false)
        }
        (ContainerState::Exited, _) => match detail.exit_code {
            Some(0) => ("completed".to_owned(), true),
            Some(code) => (format!("exited ({code})"), false),
            None => ("exited".to_owned(), false),
        },
        (ContainerState::Created, _) => ("created".to_owned(), false),
        (ContainerState::Paused, _) => ("paused".to_owned(), false),
        (ContainerState::Restarting, _) => ("restarting".to_owned(), false),
        (ContainerState::Removing, _) => ("removing".to_owned(), false),
        (ContainerState::Dead, _) => ("dead".to_owned(), false),
    }
}
