//! The engine's volumes, listed once for all who ask at the same time.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::engine::{EngineError, EngineHandle, Result, VolumeDetail};

/// What an engine has, as an answer that many can share.
type Listed = Result<Arc<Vec<VolumeDetail>>>;

/// Lists volumes. Clones share the work: an engine needs milliseconds for hundreds of volumes, and forty databases that
/// start together want to know of the same ones.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    questions: mpsc::UnboundedSender<oneshot::Sender<Listed>>,
}

impl Listing {
    /// A listing of this engine; it ends with its last clone.
    pub(super) fn new(engine: EngineHandle) -> Self {
        let (questions, received) = mpsc::unbounded_channel();
        tokio::spawn(answer(engine, received));
        Self { questions }
    }

    /// Every volume that is there now, or came since.
    pub(super) async fn volumes(&self) -> Listed {
        let (sender, answer) = oneshot::channel();
        let gone = || EngineError::Connection("devstack itself stopped listing".to_owned());
        self.questions.send(sender).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn answer(
    engine: EngineHandle,
    mut questions: mpsc::UnboundedReceiver<oneshot::Sender<Listed>>,
) {
    while let Some(first) = questions.recv().await {
        let mut all = vec![first];
        // Whoever asks while the engine lists gets the next list: this one may lack what they know of.
        while let Ok(another) = questions.try_recv() {
            all.push(another);
        }
        let listed = engine.volumes(&[]).await.map(Arc::new);
        for question in all {
            // Nobody waits any more where the run was interrupted.
            let _ = question.send(listed.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::try_join_all;

    use super::*;
    use crate::engine::fake::{CallKind, FakeEngine};
    use crate::engine::{Engine as _, VolumeSpec};

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_together_share_a_list_and_later_ones_see_what_came_since() {
        let engine = FakeEngine::new();
        let listing = Listing::new(engine.handle());
        let asked = try_join_all((0..40).map(|_| listing.volumes())).await;
        assert_eq!(asked.expect("listed").len(), 40);
        assert!(engine.subjects(CallKind::Volumes).len() <= 2);
        let spec = VolumeSpec {
            name: "data".to_owned(),
            ..VolumeSpec::default()
        };
        engine.create_volume(&spec).await.expect("made");
        let listed = listing.volumes().await.expect("listed");
        assert_eq!(listed.len(), 1);
    }
}
