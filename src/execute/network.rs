//! Making and removing networks.

use std::time::Duration;

use tokio::time::sleep;

use crate::engine::{EngineError, EngineHandle, NetworkSpec};

/// How often a network that seems to be in use is tried again, and how long each wait is.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// Makes a network. The engine may still have been making it for a run that was killed: one with the same labels is
/// what was wanted.
pub(super) async fn create(engine: &EngineHandle, spec: &NetworkSpec) -> Result<(), EngineError> {
    let Err(error) = engine.create_network(spec).await else {
        return Ok(());
    };
    let found = engine.network(&spec.name).await?;
    if found.is_some_and(|found| found.labels == spec.labels) {
        Ok(())
    } else {
        Err(error)
    }
}

/// Removes a network. Right after many containers went at once an engine may still count some of them as attached
/// (moby issue 42119), so that answer is not taken for final at once.
pub(super) async fn remove(engine: &EngineHandle, name: &str) -> Result<(), EngineError> {
    for _ in 1..TRIES {
        match engine.remove_network(name).await {
            Err(error) if error.is_network_in_use() => sleep(PAUSE).await,
            answer => return answer,
        }
    }
    engine.remove_network(name).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine as _;
    use crate::engine::fake::{CallKind, FakeEngine};

    fn busy() -> EngineError {
        EngineError::Api {
            status: 403,
            message: "error while removing network: network shop_default has active endpoints"
                .to_owned(),
        }
    }

    async fn engine_with_network() -> FakeEngine {
        let engine = FakeEngine::new();
        let spec = NetworkSpec {
            name: "shop_default".to_owned(),
            ..NetworkSpec::default()
        };
        engine.create_network(&spec).await.expect("a network");
        engine
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_that_seems_in_use_is_tried_again() {
        let engine = engine_with_network().await;
        engine.fail_next(CallKind::RemoveNetwork, busy());
        engine.fail_next(CallKind::RemoveNetwork, busy());
        remove(&engine.handle(), "shop_default")
            .await
            .expect("it goes at the third try");
        assert!(
            engine
                .network("shop_default")
                .await
                .expect("an answer")
                .is_none()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn any_other_answer_is_final() {
        let engine = engine_with_network().await;
        engine.fail_next(
            CallKind::RemoveNetwork,
            EngineError::Connection("reset".to_owned()),
        );
        remove(&engine.handle(), "shop_default")
            .await
            .expect_err("it is not tried again");
    }
}
