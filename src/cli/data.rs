//! What the commands about data share: which volumes there are, what will happen to them, and the question before.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde::Serialize;

use super::context::unknown_service;
use super::plan_run::PlanRun;
use super::{CliError, Context};
use crate::diagnostic::{Diagnostic, nearest};
use crate::engine::VolumeDetail;
use crate::plan::{
    DataSet, LayerMode, LiveData, Observed, Snapshot, SnapshotKind, data_sets, is_layered_volume,
    stateful_services,
};
use crate::stack::Stack;
use crate::ui::{confirm, size};

/// The name of the snapshot that `reset` leaves.
pub(super) const BEFORE_RESET: &str = "before-reset";

/// The sets that hold the data of these services; of all if none is named.
pub(super) fn sets_of(
    stack: &Stack,
    observed: &Observed,
    services: &[String],
) -> Result<Vec<DataSet>, CliError> {
    let unknown: Vec<Diagnostic> = services
        .iter()
        .filter(|name| !stack.services.contains_key(*name))
        .map(|name| unknown_service(name, stack.services.keys().map(String::as_str)))
        .collect();
    if !unknown.is_empty() {
        return Err(CliError::usages(unknown));
    }
    let sets: Vec<DataSet> = data_sets(stack, observed)
        .into_iter()
        .filter(|set| services.is_empty() || services.contains(&set.service))
        .collect();
    let without: Vec<Diagnostic> = services
        .iter()
        .filter(|name| !sets.iter().any(|set| set.service == **name))
        .map(|name| no_data(stack, observed, name))
        .collect();
    if without.is_empty() {
        Ok(sets)
    } else {
        Err(CliError::usages(without))
    }
}

/// The keys of the volumes of these sets.
pub(super) fn keys(sets: &[DataSet]) -> HashSet<String> {
    sets.iter()
        .flat_map(|set| &set.volumes)
        .map(|volume| volume.key.clone())
        .collect()
}

fn no_data(stack: &Stack, observed: &Observed, service: &str) -> Diagnostic {
    let has = stateful_services(stack, observed);
    let diagnostic = Diagnostic::error(format!("`{service}` has no data of its own"))
        .maybe_at(stack.services.get(service).map(|service| &service.span), "");
    if has.is_empty() {
        diagnostic.note("no service of this stack has")
    } else {
        diagnostic.note(format!("there is data of {}", has.join(", ")))
    }
}

/// Shows what will happen and asks, unless `yes`.
pub(super) async fn agreed(
    context: &Context,
    lines: &[String],
    question: &str,
    yes: bool,
) -> Result<bool, CliError> {
    for line in lines {
        context.output().say(line);
    }
    if yes {
        return Ok(true);
    }
    let answer = confirm(context.output(), question, false, "--yes", context.cancel()).await?;
    if !answer {
        context.output().say("nothing was changed");
    }
    Ok(answer)
}

/// How long people wait for sizes that are only told beside the matter.
const SIZES_WITHIN: Duration = Duration::from_secs(3);

/// The sizes of volumes, for whoever is asked. Whoever has said yes already does not wait for them.
pub(super) async fn sizes_for_question(
    context: &Context,
    yes: bool,
) -> Result<HashMap<String, u64>, CliError> {
    if yes {
        return Ok(HashMap::new());
    }
    sizes(context).await
}

/// The sizes of volumes, as far as the engine tells them in time.
pub(super) async fn sizes(context: &Context) -> Result<HashMap<String, u64>, CliError> {
    let engine = context.engine().await?;
    let asked = tokio::time::timeout(SIZES_WITHIN, engine.volume_sizes()).await;
    Ok(asked.ok().and_then(Result::ok).unwrap_or_default())
}

/// How large the data of a volume is.
#[derive(Debug, Serialize)]
pub(super) struct VolumeSize {
    volume: String,
    /// Everything that it shows, in bytes; what lies below something newer counts as well.
    bytes: u64,
    /// What was written since it was seeded, or since the last snapshot, in bytes; `None` for a volume without layers.
    written: Option<u64>,
}

impl VolumeSize {
    /// What is known of a volume, if everything is.
    pub(super) fn of(volume: &VolumeDetail, sizes: &HashMap<String, u64>) -> Option<Self> {
        let live = LiveData::from_volume(volume);
        let layered = live.filter(|live| live.mode == LayerMode::Overlay);
        let (bytes, written) = match layered {
            Some(live) => (
                bytes(sizes, live.layers())?,
                bytes(sizes, live.top.as_deref().into_iter()),
            ),
            None => (*sizes.get(&volume.name)?, None),
        };
        Some(Self {
            volume: volume.name.clone(),
            bytes,
            written,
        })
    }

    /// It in words.
    pub(super) fn told(&self) -> String {
        let whole = format!("{}: {}", self.volume, size(self.bytes));
        match self.written {
            Some(written) => format!(
                "{whole}, {} of it since its seeds or last snapshot",
                size(written)
            ),
            None => whole,
        }
    }
}

/// The bytes of these layers together; nothing if one is not known.
pub(super) fn bytes<'a>(
    sizes: &HashMap<String, u64>,
    mut layers: impl Iterator<Item = &'a str>,
) -> Option<u64> {
    layers.try_fold(0, |sum, layer| Some(sum + sizes.get(layer)?))
}

/// What will be said of sets that lose what was written to them.
pub(super) fn losses(
    observed: &Observed,
    sets: &[DataSet],
    sizes: &HashMap<String, u64>,
    by: &str,
) -> Vec<String> {
    let mut lines = Vec::new();
    for set in sets {
        let there = set
            .volumes
            .iter()
            .filter(|volume| is_layered_volume(observed, &volume.name));
        let names: Vec<String> = there
            .map(|volume| {
                let found = observed
                    .volume(&volume.name)
                    .and_then(LiveData::from_volume);
                let top = found.and_then(|live| bytes(sizes, live.top.as_deref().into_iter()));
                match top {
                    Some(written) => format!("{}: {}", volume.name, size(written)),
                    None => volume.name.clone(),
                }
            })
            .collect();
        if !names.is_empty() {
            lines.push(format!("{}: {} ({})", set.service, by, names.join(", ")));
        }
    }
    lines
}

/// A snapshot of the project by what the user calls it: its name, the newest if several have it.
pub(super) fn find<'a>(
    run: &PlanRun<'_>,
    observed: &'a Observed,
    name: &str,
) -> Result<&'a Snapshot, CliError> {
    let own = observed.data.of_project(run.project());
    let by_name = own.iter().rev().find(|snapshot| snapshot.name == name);
    by_name.copied().ok_or_else(|| {
        let mut names: Vec<&str> = own.iter().map(|snapshot| snapshot.name.as_str()).collect();
        names.dedup();
        let problem = Diagnostic::error(format!("there is no snapshot `{name}`"));
        CliError::usage(match nearest(name, names.iter().copied()) {
            Some(right) => problem.fix(format!("did you mean `{right}`?")),
            None if names.is_empty() => problem.fix("take one: `devstack snapshot save NAME`"),
            None => problem.note(format!("there are {}", names.join(", "))),
        })
    })
}

/// As [`find`], a snapshot whose data can be put in place. Asked before anything is stopped.
pub(super) fn find_whole<'a>(
    run: &PlanRun<'_>,
    observed: &'a Observed,
    name: &str,
) -> Result<&'a Snapshot, CliError> {
    let snapshot = find(run, observed, name)?;
    if observed.data.has_layers(snapshot.layers()) {
        return Ok(snapshot);
    }
    let problem = Diagnostic::error(format!("the data of snapshot `{name}` is gone"))
        .note("its layers are volumes that no container mounts by itself: `docker volume prune` removes them")
        .fix(format!("devstack snapshot remove {name}"));
    Err(CliError::failed(problem))
}

/// A snapshot that devstack takes by itself before it changes data.
pub(super) fn automatic(run: &PlanRun<'_>, observed: &Observed, name: &str) -> Snapshot {
    Snapshot::new(run.project(), name, SnapshotKind::Automatic, observed.now)
}
