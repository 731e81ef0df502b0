//! Makes fresh layers, for all who want some at the same time together.
//!
//! Their folders are made through a [`Door`], which costs the engine a container. Forty databases that start together
//! share one.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::sync::{OnceCell, mpsc, oneshot};
use tokio::time::sleep;

use super::DataError;
use super::door::{Door, unique};
use crate::engine::{EngineError, EngineHandle, Result, VolumeDetail, VolumeSpec};
use crate::plan::{Root, layer_labels};

/// How long more orders are waited for.
const GATHER: Duration = Duration::from_millis(5);
/// So many layers are made through one door.
const MOST: usize = 50;

/// Makes layers. Clones share the work.
#[derive(Debug, Clone)]
pub struct LayerMaker {
    orders: mpsc::UnboundedSender<Order>,
    /// Whether the engine can mount overlays of layers, once that was seen.
    mounts: Arc<OnceCell<bool>>,
}

/// Layers that somebody wants.
#[derive(Debug)]
struct Order {
    project: String,
    /// Any image that is there.
    image: String,
    /// The name of each, and what its data folder is to be like.
    layers: Vec<(String, Option<Root>)>,
    made: oneshot::Sender<Result<Vec<VolumeDetail>>>,
}

impl LayerMaker {
    /// A maker on this engine; it ends with its last clone.
    pub fn new(engine: EngineHandle) -> Self {
        let (orders, received) = mpsc::unbounded_channel();
        tokio::spawn(work(engine, received));
        Self {
            orders,
            mounts: Arc::default(),
        }
    }

    /// Whether the engine can mount overlays of layers: `look` finds out, the first time that this is asked in a run.
    pub(super) async fn mounts(
        &self,
        look: impl Future<Output = Result<bool, DataError>>,
    ) -> Result<bool, DataError> {
        self.mounts.get_or_try_init(|| look).await.copied()
    }

    /// Makes a layer for each root, in that order.
    pub(super) async fn make(
        &self,
        project: &str,
        image: &str,
        roots: &[Option<Root>],
    ) -> Result<Vec<VolumeDetail>> {
        let (made, answer) = oneshot::channel();
        let order = Order {
            project: project.to_owned(),
            image: image.to_owned(),
            layers: roots.iter().map(|root| (unique(), *root)).collect(),
            made,
        };
        let gone = || EngineError::Connection("devstack itself stopped making layers".to_owned());
        self.orders.send(order).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn work(engine: EngineHandle, mut orders: mpsc::UnboundedReceiver<Order>) {
    while let Some(first) = orders.recv().await {
        sleep(GATHER).await;
        let mut count = first.layers.len();
        let mut batch = vec![first];
        while count < MOST
            && let Ok(order) = orders.try_recv()
        {
            count += order.layers.len();
            batch.push(order);
        }
        match make(&engine, &batch.iter().collect::<Vec<_>>()).await {
            Ok(made) => {
                let mut made = made.into_iter();
                for order in batch {
                    let own = made.by_ref().take(order.layers.len()).collect();
                    // Nobody waits any more where the run was interrupted.
                    let _ = order.made.send(Ok(own));
                }
            }
            // What is wrong with one order must not fail the others.
            Err(_) if batch.len() > 1 => {
                for order in batch {
                    let made = make(&engine, &[&order]).await;
                    let _ = order.made.send(made);
                }
            }
            Err(error) => {
                for order in batch {
                    let _ = order.made.send(Err(error.clone()));
                }
            }
        }
    }
}

/// Makes the volumes of all these layers, with their folders.
async fn make(engine: &EngineHandle, orders: &[&Order]) -> Result<Vec<VolumeDetail>> {
    let Some(first) = orders.first() else {
        return Ok(Vec::new());
    };
    try_join_all(orders.iter().flat_map(|order| {
        order.layers.iter().map(|(name, _)| async {
            let spec = VolumeSpec {
                name: name.clone(),
                labels: layer_labels(&order.project),
                ..VolumeSpec::default()
            };
            engine.create_volume(&spec).await
        })
    }))
    .await?;
    let layers = || orders.iter().flat_map(|order| &order.layers);
    let names: Vec<&str> = layers().map(|(name, _)| name.as_str()).collect();
    let roots: Vec<Option<Root>> = layers().map(|(_, root)| *root).collect();
    let door = Door::open(engine, &first.project, &first.image, &names).await?;
    let filled = door.make_layers(&roots).await;
    door.close().await?;
    filled?;
    let made = try_join_all(names.iter().map(|name| engine.volume(name))).await?;
    names
        .iter()
        .zip(made)
        .map(|(name, made)| {
            made.ok_or_else(|| EngineError::NotFound(format!("volume `{name}` is gone again")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine as _;
    use crate::engine::fake::{CallKind, FakeEngine, FakeImage};

    #[tokio::test(start_paused = true)]
    async fn those_who_want_layers_together_share_a_door() {
        let engine = FakeEngine::new().with_image(FakeImage::new("db:1"));
        let maker = LayerMaker::new(engine.handle());
        let root = Root {
            uid: 999,
            gid: 999,
            mode: 0o700,
        };
        let wanted = [vec![None], vec![Some(root), None], vec![None]];
        let made = try_join_all(wanted.iter().map(|roots| maker.make("shop", "db:1", roots)))
            .await
            .expect("made");
        let counts: Vec<usize> = made.iter().map(Vec::len).collect();
        assert_eq!(counts, [1, 2, 1]);
        assert_eq!(engine.subjects(CallKind::CreateContainer).len(), 1);
        assert_eq!(engine.subjects(CallKind::Upload).len(), 1);
        assert!(engine.containers(&[]).await.expect("listed").is_empty());
        let mut names: Vec<&str> = made.iter().flatten().map(|v| v.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn one_bad_order_does_not_fail_the_others() {
        let engine = FakeEngine::new().with_image(FakeImage::new("db:1"));
        let maker = LayerMaker::new(engine.handle());
        let (bad, good) = tokio::join!(
            maker.make("shop", "missing:1", &[None]),
            maker.make("shop", "db:1", &[None])
        );
        assert!(bad.is_err());
        assert_eq!(good.expect("made").len(), 1);
    }
}
