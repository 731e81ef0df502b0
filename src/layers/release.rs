//! Removes live volumes, and what a killed run left that holds them.
//!
//! The engine goes on with the last call of a client that was killed: a container may come to be after the next run has
//! looked at what there is.

use std::time::Duration;

use tokio::time::sleep;

use super::door::{doors, mounts};
use crate::engine::{ContainerSummary, EngineError, EngineHandle, Result};
use crate::plan::Labels;

/// How often a volume that is held is tried again.
const TRIES: usize = 20;
/// The pause before that, for a container that the engine is about to remove.
const PAUSE: Duration = Duration::from_millis(100);

/// Removes a volume of a project, with the project's containers that hold it and do not run.
pub(super) async fn remove_live(engine: &EngineHandle, project: &str, volume: &str) -> Result<()> {
    for attempt in 0..TRIES {
        match engine.remove_volume(volume).await {
            Err(EngineError::Conflict(_)) => {}
            other => return other,
        }
        let holders = holders(engine, project, volume).await?;
        // Whoever runs there does so for a reason that we do not know; and it may be none of ours.
        if holders.iter().any(|holder| holder.state.is_up()) || (holders.is_empty() && attempt > 0)
        {
            break;
        }
        for holder in holders {
            engine.remove_container(&holder.id, false).await?;
        }
        sleep(PAUSE).await;
    }
    engine.remove_volume(volume).await
}

async fn holders(
    engine: &EngineHandle,
    project: &str,
    volume: &str,
) -> Result<Vec<ContainerSummary>> {
    let services = Labels::of_project(project);
    let (mut holders, services) =
        futures_util::try_join!(doors(engine, project), engine.containers(&services))?;
    holders.extend(services);
    holders.retain(|container| mounts(container, volume));
    Ok(holders)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::{Behaviour, FakeEngine, FakeImage};
    use crate::engine::{ContainerSpec, Engine as _, MountSource, MountSpec, VolumeSpec};

    /// An engine with a volume, and a container of the project that holds it.
    async fn held(start: bool) -> (FakeEngine, EngineHandle) {
        let image = FakeImage::new("db:1").behaves(Behaviour::runs());
        let fake = FakeEngine::new().with_image(image);
        let engine = fake.handle();
        let volume = VolumeSpec {
            name: "shop_db".to_owned(),
            ..VolumeSpec::default()
        };
        engine.create_volume(&volume).await.expect("created");
        let mut spec = ContainerSpec::new("shop-db-1", "db:1");
        spec.labels
            .insert(Labels::PROJECT.to_owned(), "shop".to_owned());
        spec.mounts.push(MountSpec {
            target: "/data".to_owned(),
            source: MountSource::Volume {
                name: "shop_db".to_owned(),
                no_copy: false,
                subpath: None,
            },
            read_only: false,
            consistency: None,
        });
        engine.create_container(&spec).await.expect("created");
        if start {
            engine.start_container("shop-db-1").await.expect("started");
        }
        (fake, engine)
    }

    #[tokio::test(start_paused = true)]
    async fn a_container_that_a_killed_run_left_goes_with_the_volume() {
        let (fake, engine) = held(false).await;
        remove_live(&engine, "shop", "shop_db")
            .await
            .expect("removed");
        assert!(fake.containers(&[]).await.expect("listed").is_empty());
        assert!(fake.volume("shop_db").await.expect("asked").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_runs_or_is_another_projects_keeps_it() {
        for (start, project) in [(true, "shop"), (false, "other")] {
            let (fake, engine) = held(start).await;
            let kept = remove_live(&engine, project, "shop_db").await;
            assert!(matches!(kept, Err(EngineError::Conflict(_))), "{kept:?}");
            assert_eq!(fake.containers(&[]).await.expect("listed").len(), 1);
        }
    }
}
