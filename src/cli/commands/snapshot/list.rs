//! `devstack snapshot list`.

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::moment::age;
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{Inventory, LiveData, Snapshot, SnapshotKind, remains};
use crate::ui::{Line, Role, Table};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// A list with an object for each snapshot
    Json,
}

/// One snapshot as scripts see it.
#[derive(Debug, Serialize)]
struct Item<'a> {
    name: &'a str,
    kind: SnapshotKind,
    at: Timestamp,
    parent: Option<&'a str>,
    volumes: Vec<&'a str>,
    current: bool,
}

/// Carries the command out.
pub(super) async fn run(context: &Context, arguments: &Arguments) -> Result<ExitCode, CliError> {
    let (project, _) = context.project()?;
    let engine = context.engine().await?;
    let now = Timestamp::now();
    let observed = remains(&engine, &project, now).await?;
    let own = observed.data.of_project(&project);
    let current: Vec<String> = observed
        .volumes
        .iter()
        .filter_map(LiveData::from_volume)
        .filter_map(|live| live.from)
        .collect();
    let output = context.output();
    if arguments.format == Format::Json {
        let items: Vec<Item<'_>> = own
            .iter()
            .map(|snapshot| Item {
                name: &snapshot.name,
                kind: snapshot.kind,
                at: snapshot.at,
                parent: parent(&observed.data, snapshot),
                volumes: snapshot.volumes.keys().map(String::as_str).collect(),
                current: current.contains(&snapshot.id),
            })
            .collect();
        output.data(&serde_json::to_string_pretty(&items).expect("it has string keys only"))?;
        return Ok(ExitCode::DONE);
    }
    if own.is_empty() {
        output.say(&format!(
            "{project} has no snapshots; `devstack snapshot save NAME` takes one"
        ));
        return Ok(ExitCode::DONE);
    }
    let mut table = Table::new(&["snapshot", "age", "of", "made by", ""]);
    let roots = own.iter().filter(|snapshot| {
        !own.iter()
            .any(|other| Some(&other.id) == snapshot.parent.as_ref())
    });
    for root in roots {
        add(&mut table, &own, root, 0, &current, now);
    }
    output.table(&table)?;
    Ok(ExitCode::DONE)
}

/// A snapshot, and under it those whose data had started from it.
fn add(
    table: &mut Table,
    all: &[&Snapshot],
    snapshot: &Snapshot,
    depth: usize,
    current: &[String],
    now: Timestamp,
) {
    let volumes: Vec<&str> = snapshot.volumes.keys().map(String::as_str).collect();
    let made_by = match snapshot.kind {
        SnapshotKind::Named => "you",
        SnapshotKind::Automatic | SnapshotKind::Seeds => "devstack",
    };
    let here = if current.contains(&snapshot.id) {
        "← the data is here"
    } else {
        ""
    };
    table.row(vec![
        Line::of(
            Role::Plain,
            format!("{}{}", "  ".repeat(depth), snapshot.name),
        ),
        Line::of(Role::Plain, age(snapshot.at, now)),
        Line::of(Role::Plain, volumes.join(", ")),
        Line::of(Role::Plain, made_by),
        Line::of(Role::Good, here),
    ]);
    for child in all {
        if child.parent.as_ref() == Some(&snapshot.id) && child.id != snapshot.id {
            add(table, all, child, depth + 1, current, now);
        }
    }
}

fn parent<'a>(data: &'a Inventory, snapshot: &Snapshot) -> Option<&'a str> {
    let parent = data.snapshot(snapshot.parent.as_deref()?)?;
    (parent.kind != SnapshotKind::Seeds).then_some(parent.name.as_str())
}
