//! Whether data is layered by overlays, or has to be copied, and why.

use std::time::Duration;

use tokio::time::timeout;

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::{Answering, Examination};
use crate::doctor::look::OWNER;
use crate::doctor::{Finding, Group};
use crate::layers::try_overlay;
use crate::plan::{Inventory, LayerMode};

/// How long the trial may take.
const LIMIT: Duration = Duration::from_secs(10);

pub(super) async fn check(examination: &Examination, answering: Answering<'_>) -> Vec<Finding> {
    vec![look(examination, answering).await]
}

async fn look(examination: &Examination, answering: Answering<'_>) -> Finding {
    let ok = |summary: &str| Finding::ok(Group::Engine, "layers", summary);
    match examination.subject.layer_mode {
        Some(LayerMode::Overlay) => return ok("overlays, as DEVSTACK_LAYERS says"),
        Some(LayerMode::Copy) => return ok("copies, as DEVSTACK_LAYERS says"),
        None => {}
    }
    let volumes = examination.volumes(answering).await.unwrap_or_default();
    if Inventory::of(volumes).mounts_overlays() {
        return ok("overlays: snapshots and resets take no time that grows with the data");
    }
    // Any image will do: nothing of it runs.
    let images = answering.engine.images().await.unwrap_or_default();
    let image = images.iter().min_by_key(|image| image.size);
    let Some(image) = image.and_then(|image| image.names.first()) else {
        return Finding::skipped(
            Group::Engine,
            "layers",
            "the engine has no image to try it with",
        );
    };
    let skipped = |words: String| Finding::skipped(Group::Engine, "layers", words);
    match timeout(LIMIT, try_overlay(answering.engine, OWNER, image)).await {
        Ok(Ok(None)) => ok("overlays: snapshots and resets take no time that grows with the data"),
        Ok(Ok(Some(words))) => copied(&words),
        Ok(Err(error)) => skipped(format!("it could not be tried: {error}")),
        Err(_) => skipped(format!(
            "it could not be tried within {} s: the engine is busy",
            LIMIT.as_secs()
        )),
    }
}

fn copied(words: &str) -> Finding {
    let problem = Diagnostic::warning("data is copied: this engine cannot mount overlays of volumes")
        .evidence("engine", vec![words.to_owned()])
        .note("snapshots and resets take the longer the more data there is")
        .fix(
            "keep the engine's data on ext4, XFS or btrfs of its own machine: \"data-root\" in /etc/docker/daemon.json",
        );
    Finding::problem(Group::Engine, "layers", problem)
}
