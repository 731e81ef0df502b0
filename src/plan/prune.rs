//! The plans that remove snapshots and layers.

use super::builder::{NewStep, Steps};
use super::data::{LiveData, Snapshot, SnapshotKind};
use super::{Action, Observed, Plan};

/// The snapshots that go when the user asks for room: a project's automatic ones, and seeded states, whoever made
/// them, that no live volume stands on.
pub fn prunable(project: &str, observed: &Observed) -> Vec<Snapshot> {
    let stands_on = |snapshot: &Snapshot| {
        let mut live = observed.data.live.iter();
        live.any(|(_, live): &(String, LiveData)| {
            live.from.as_ref() == Some(&snapshot.id)
                || snapshot
                    .layers()
                    .any(|layer| live.layers().any(|own| own == layer))
        })
    };
    let mut found: Vec<Snapshot> = observed
        .data
        .snapshots
        .iter()
        .filter(|snapshot| match snapshot.kind {
            SnapshotKind::Named => false,
            SnapshotKind::Automatic => snapshot.project == project,
            SnapshotKind::Seeds => !stands_on(snapshot),
        })
        .cloned()
        .collect();
    found.sort_by_key(|snapshot| snapshot.at);
    found
}

/// Removes snapshots, and then the layers that nothing names any more.
pub fn remove_snapshots(project: &str, snapshots: &[Snapshot]) -> Plan {
    let mut steps = Steps::default();
    let mut gone = Vec::new();
    for snapshot in snapshots {
        let action = Action::RemoveSnapshot(snapshot.clone());
        gone.push(steps.push(NewStep::new(action, "asked for")));
    }
    let action = Action::CollectLayers {
        project: project.to_owned(),
    };
    let step = NewStep::new(action, "nothing names them any more");
    steps.push(step.after(gone));
    Plan {
        project: project.to_owned(),
        steps: steps.into_steps(),
        ..Plan::default()
    }
}
