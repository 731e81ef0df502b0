//! `devstack status`: what runs, and where. Works from the engine's labels alone.

use clap::{Args, ValueEnum};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Serialize;

use crate::catalog::Password;
use crate::cli::containers::{ServiceContainer, absent, of_project};
use crate::cli::data::{VolumeSize, sizes};
use crate::cli::software::{Software, open_of};
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::engine::{ContainerDetail, ContainerState, Engine, EngineHandle};
use crate::event::ServiceSummary;
use crate::execute::reach::{self, Machine};
use crate::plan::{Observed, RunNote, adopted_by, drift};
use crate::stack::Stack;
use crate::ui::{Line, Role, age, duration, summary, waited_for};

const EXAMPLES: &str = "\
Examples:
  devstack status                  a table of all services
  devstack status --format json    the same for scripts
  devstack status --show-secrets   with passwords in the addresses
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
    /// Show passwords in the table's addresses
    #[arg(long, conflicts_with = "why_slow")]
    show_secrets: bool,
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
    if arguments.show_secrets && arguments.format == Format::Json {
        return Err(CliError::usage(
            Diagnostic::error("`status` tells no passwords as JSON")
                .fix("devstack env --format json"),
        ));
    }
    let password = if arguments.show_secrets {
        Password::Shown
    } else {
        Password::Left
    };
    let mut rows = rows(&engine, &containers, loaded.stack.as_ref(), password).await?;
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
    if summaries.iter().any(|service| service.protected) && output.terminal().stdout {
        output.say_line(&Line::of(
            Role::Dim,
            "passwords: devstack status --show-secrets, devstack env",
        ));
    }
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
    engine: &EngineHandle,
    containers: &[ServiceContainer],
    stack: Option<&Stack>,
    password: Password,
) -> Result<Vec<Row>, CliError> {
    let now = Timestamp::now();
    let machine = Machine::of(engine.address());
    let details: Vec<(&ServiceContainer, Option<Looked>)> = stream::iter(containers)
        .map(|container| async move {
            let looked = look(engine, container, stack, password).await?;
            Ok::<_, CliError>((container, looked))
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
        .filter_map(|(container, looked)| Some((container, looked?)))
        .map(|(container, looked)| {
            let several = of_service
                .get(container.service.as_str())
                .is_some_and(|&count| count > 1);
            let url = looked.url(&machine, password);
            row(container, &looked, stack, several, now, url)
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

/// A container, looked at closely.
struct Looked {
    detail: ContainerDetail,
    software: Software,
    /// What is to be opened.
    open: Option<String>,
    /// The manifest's keys whose values it does not have.
    drift: Vec<String>,
}

/// Looks at a container; `None` if it went in between.
async fn look(
    engine: &EngineHandle,
    container: &ServiceContainer,
    stack: Option<&Stack>,
    password: Password,
) -> Result<Option<Looked>, CliError> {
    let id = &container.summary.id;
    let Some(detail) = engine.container(id).await? else {
        return Ok(None);
    };
    let mut software = Software::of(&detail);
    if password == Password::Shown && detail.state == ContainerState::Running {
        software.read_files(engine, id).await;
    }
    let service = stack.and_then(|stack| Some((stack, stack.services.get(&container.service)?)));
    let mut keys = Vec::new();
    if let Some((stack, service)) = service {
        keys = drift(stack, service, &detail, None);
        if !keys.is_empty() {
            // What the image brings tells what the manifest took away; it is asked for only where something differs.
            let image = engine.image(&detail.image_id).await?;
            keys = drift(stack, service, &detail, image.as_ref());
        }
    }
    let open = open_of(stack, &container.service, &detail.labels).map(str::to_owned);
    Ok(Some(Looked {
        detail,
        software,
        open,
        drift: keys,
    }))
}

impl Looked {
    /// How it is reached, by what the engine tells alone.
    fn url(&self, machine: &Machine, password: Password) -> Option<reach::Url> {
        let (ports, software) = (&self.detail.ports, &self.software);
        let open = self.open.as_deref();
        let (family, facts) = (software.server(), software.facts());
        reach::url(ports, open, family, facts, machine, password)
    }
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
    looked: &Looked,
    stack: Option<&Stack>,
    several: bool,
    now: Timestamp,
    url: Option<reach::Url>,
) -> Row {
    let Looked {
        detail,
        software,
        drift,
        ..
    } = looked;
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
    if !drift.is_empty() {
        notes.push(format!("changed in the manifest: {}", drift.join(", ")));
    }
    let runs = detail.state == ContainerState::Running;
    let url = url.filter(|_| runs);
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
            protected: url.as_ref().is_some_and(|url| url.protected),
            url: url.map(|url| url.text),
            console: reach::console(&container.service, software.server(), software.facts())
                .filter(|_| runs),
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
