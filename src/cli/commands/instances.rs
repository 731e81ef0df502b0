//! `devstack instances`: the copies of this stack.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::cli::{CliError, Context, ExitCode};
use crate::engine::ContainerState;
use crate::plan::{Labels, service_of};
use crate::ui::{Line, Role, Table};

const EXAMPLES: &str = "\
Examples:
  devstack instances                       the copies of this stack
  devstack up --instance review            run a second copy, with data of its own
  devstack up --instance review --data-from main
  devstack down --data --instance review   remove it";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// A list with an object for each instance
    Json,
}

/// One copy.
#[derive(Debug, Default, Serialize)]
struct Copy {
    /// Its name; `main` is the one without.
    instance: String,
    project: String,
    services: BTreeSet<String>,
    running: usize,
    containers: usize,
    volumes: usize,
    folder: Option<String>,
    current: bool,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let (project, _) = context.project()?;
    let instance = context.settings().instance.as_deref();
    let base = instance
        .and_then(|name| project.strip_suffix(&format!("-{name}")))
        .unwrap_or(&project);
    let engine = context.engine().await?;
    let (containers, volumes) =
        futures_util::try_join!(engine.containers(&[]), engine.volumes(&[]))?;
    let mut copies: BTreeMap<String, Copy> = BTreeMap::new();
    let of_this = |labels: &BTreeMap<String, String>| {
        let name = labels.get(Labels::PROJECT)?;
        match labels.get(Labels::INSTANCE_OF) {
            Some(of) if of == base => Some((name.clone(), labels.get(Labels::INSTANCE)?.clone())),
            None if name == base => Some((name.clone(), "main".to_owned())),
            _ => None,
        }
    };
    for container in &containers {
        let Some((project, instance)) = of_this(&container.labels) else {
            continue;
        };
        let Some((service, _)) = service_of(&container.labels) else {
            continue;
        };
        let copy = copies.entry(project).or_default();
        copy.instance = instance;
        copy.services.insert(service.to_owned());
        copy.containers += 1;
        copy.running += usize::from(container.state == ContainerState::Running);
        let folder = container.labels.get(Labels::WORKING_DIR);
        copy.folder = copy.folder.take().or_else(|| folder.cloned());
    }
    for volume in &volumes {
        if let Some((project, instance)) = of_this(&volume.labels) {
            let copy = copies.entry(project).or_default();
            copy.instance = instance;
            copy.volumes += 1;
        }
    }
    let mut copies: Vec<Copy> = copies
        .into_iter()
        .map(|(name, copy)| Copy {
            current: name == project,
            project: name,
            ..copy
        })
        .collect();
    copies.sort_by(|a, b| {
        (a.instance != "main", &a.instance).cmp(&(b.instance != "main", &b.instance))
    });
    let output = context.output();
    if arguments.format == Format::Json {
        output.data(&serde_json::to_string_pretty(&copies)?)?;
        return Ok(ExitCode::DONE);
    }
    if copies.is_empty() {
        output.say(&format!(
            "there is no instance of {base}; `devstack up` makes one"
        ));
        return Ok(ExitCode::DONE);
    }
    let mut table = Table::new(&["instance", "containers", "volumes", "folder", ""]);
    for copy in &copies {
        let state = if copy.running == copy.containers {
            Role::Good
        } else {
            Role::Odd
        };
        table.row(vec![
            Line::of(Role::Strong, copy.instance.clone()),
            Line::of(
                state,
                format!("{} of {} run", copy.running, copy.containers),
            ),
            Line::of(Role::Plain, copy.volumes.to_string()),
            Line::of(Role::Dim, copy.folder.clone().unwrap_or_default()),
            Line::of(Role::Good, if copy.current { "this one" } else { "" }),
        ]);
    }
    output.table(&table)?;
    Ok(ExitCode::DONE)
}
