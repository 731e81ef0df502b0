//! `devstack snapshot list`.

use std::collections::HashMap;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::data::{bytes, sizes};
use crate::cli::moment::age;
use crate::cli::{CliError, Context, ExitCode};
use crate::plan::{Inventory, LiveData, Observed, Snapshot, SnapshotKind, remains};
use crate::ui::{Line, Role, Table, size};

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
    /// Bytes that it has and its parent has not, if the engine knows.
    adds: Option<u64>,
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
    let sizes = sizes(context).await?;
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
                adds: adds(
                    snapshot,
                    &Known {
                        observed: &observed,
                        sizes: &sizes,
                        current: &current,
                    },
                ),
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
    let mut table = Table::new(&["snapshot", "age", "adds", "of", "made by", ""]);
    let roots = own.iter().filter(|snapshot| {
        !own.iter()
            .any(|other| Some(&other.id) == snapshot.parent.as_ref())
    });
    for root in roots {
        let known = Known {
            observed: &observed,
            sizes: &sizes,
            current: &current,
        };
        add(&mut table, &own, root, 0, &known);
    }
    output.table(&table)?;
    Ok(ExitCode::DONE)
}

/// What a row is made from, beside its snapshot.
struct Known<'a> {
    observed: &'a Observed,
    sizes: &'a HashMap<String, u64>,
    /// The snapshots that live volumes stand on.
    current: &'a [String],
}

/// The bytes of the layers that a snapshot has and its parent has not.
fn adds(snapshot: &Snapshot, known: &Known<'_>) -> Option<u64> {
    let parent = snapshot.parent.as_deref();
    let parent = parent.and_then(|parent| known.observed.data.snapshot(parent));
    let has = |layer: &&str| !parent.is_some_and(|parent| parent.layers().any(|own| own == *layer));
    bytes(known.sizes, snapshot.layers().filter(has))
}

/// A snapshot, and under it those whose data had started from it.
fn add(table: &mut Table, all: &[&Snapshot], snapshot: &Snapshot, depth: usize, known: &Known<'_>) {
    let volumes: Vec<&str> = snapshot.volumes.keys().map(String::as_str).collect();
    let made_by = match snapshot.kind {
        SnapshotKind::Named => "you",
        SnapshotKind::Automatic | SnapshotKind::Seeds => "devstack",
    };
    let here = if known.current.contains(&snapshot.id) {
        "← the data is here"
    } else {
        ""
    };
    table.row(vec![
        Line::of(
            Role::Plain,
            format!("{}{}", "  ".repeat(depth), snapshot.name),
        ),
        Line::of(Role::Plain, age(snapshot.at, known.observed.now)),
        Line::of(
            Role::Plain,
            adds(snapshot, known).map(size).unwrap_or_default(),
        ),
        Line::of(Role::Plain, volumes.join(", ")),
        Line::of(Role::Plain, made_by),
        Line::of(Role::Good, here),
    ]);
    for child in all {
        if child.parent.as_ref() == Some(&snapshot.id) && child.id != snapshot.id {
            add(table, all, child, depth + 1, known);
        }
    }
}

fn parent<'a>(data: &'a Inventory, snapshot: &Snapshot) -> Option<&'a str> {
    let parent = data.snapshot(snapshot.parent.as_deref()?)?;
    (parent.kind != SnapshotKind::Seeds).then_some(parent.name.as_str())
}
