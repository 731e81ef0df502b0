//! From the stack that is wanted and what the engine has, the steps in between.
//!
//! [`Observed`] is what is there; [`up`] is pure and compares it with the [`Stack`](crate::stack::Stack); the
//! [`Plan`] is a graph of [`Step`]s, each with its reason and its place in the manifest. Nothing here runs a step.

mod action;
mod builder;
mod company;
mod containers;
mod data;
mod down;
mod drift;
mod images;
mod labels;
mod lifecycle;
mod members;
mod observe;
mod observed;
mod ports;
mod prune;
mod resources;
mod run_note;
mod seeds;
mod spec;
mod text;
mod up;

pub use action::{Action, AwaitReady, Condition, ImageChanged, SeedContainer, SeedWork, title};
pub use company::container_files;
pub use data::{
    ChainError, DataSet, DataSource, DataState, DataVolume, DataWork, Fingerprint, FrozenSource,
    FrozenVolume, Inventory, KeepWork, LayerMode, LiveData, MOST_MOUNT_OPTIONS, NextData, Pending,
    Root, Snapshot, SnapshotKind, SnapshotWork, adopted_by, adopted_volumes, cache_key, data_sets,
    decide, edited_seeds, is_layered_volume, layer_labels, seeded_state, stateful_services,
};
pub use down::{DownOptions, down};
pub use drift::drift;
pub use images::{build, pull};
pub use labels::{Labels, service_of};
pub use lifecycle::{restart, start, stop};
pub use observe::{is_busy, observe, remains};
pub use observed::Observed;
pub use ports::chosen_ports;
pub use prune::{prunable, remove_snapshots};
pub use run_note::RunNote;
pub use seeds::{SeedRecord, SeedState, data_identity};
pub use spec::one_off_spec;
pub use text::render;
pub use up::{Replace, Replacement, UpOptions, one_off, replace, up};

use crate::diagnostic::Diagnostic;
use crate::event::{StepId, StepSummary};
use crate::source::Span;

/// The steps that lead from what is there to what is wanted.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The project's name.
    pub project: String,
    /// The services that take part, in the manifest's order.
    pub services: Vec<String>,
    /// The steps; a step's id is its index, and every need comes before it.
    pub steps: Vec<Step>,
    /// What is worth knowing before it runs.
    pub warnings: Vec<Diagnostic>,
}

impl Plan {
    /// Whether it changes anything; waiting until something is ready does not.
    pub fn changes_something(&self) -> bool {
        self.steps
            .iter()
            .any(|step| !matches!(step.action, Action::AwaitReady(_)))
    }
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its index in the plan.
    pub id: StepId,
    /// The service that it is for, if for one alone.
    pub service: Option<String>,
    /// What is done.
    pub action: Action,
    /// What must have succeeded before.
    pub needs: Vec<StepId>,
    /// What must be over before, whether it succeeded or not.
    pub after: Vec<StepId>,
    /// When it is run at all; else it counts as done.
    pub only_if: Option<Condition>,
    /// Why, in a few words.
    pub reason: String,
    /// The place in the manifest that asks for it.
    pub origin: Option<Span>,
}

impl Step {
    /// This step as events and `plan --format json` tell it.
    pub fn summary(&self) -> StepSummary {
        StepSummary {
            id: self.id,
            kind: self.action.kind(),
            service: self.service.clone(),
            title: title(&self.action),
            reason: self.reason.clone(),
            needs: self.needs.iter().chain(&self.after).copied().collect(),
        }
    }
}
