//! Makes fresh layers, for all who want some at the same time together, and ahead of time where it is known that one
//! will be wanted.
//!
//! Their folders are made through a [`Door`], which costs the engine a container. Forty databases that start together
//! share one; one that is being seeded finds its next layer made.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::sync::{OnceCell, mpsc, oneshot};
use tokio::time::sleep;

use super::DataError;
use super::door::{Door, unique};
use super::listing::Listing;
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
    listing: Listing,
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
    /// Who gets them; they are put aside for whoever wants such ones next if nobody does.
    made: Option<oneshot::Sender<Result<Vec<VolumeDetail>>>>,
}

impl Order {
    fn new(
        project: &str,
        image: &str,
        roots: &[Option<Root>],
        made: Option<oneshot::Sender<Result<Vec<VolumeDetail>>>>,
    ) -> Self {
        Self {
            project: project.to_owned(),
            image: image.to_owned(),
            layers: roots.iter().map(|root| (unique(), *root)).collect(),
            made,
        }
    }

    fn answer(self, made: Result<Vec<VolumeDetail>>) {
        if let Some(sender) = self.made {
            // Nobody waits any more where the run was interrupted.
            let _ = sender.send(made);
        }
    }
}

/// A layer that was made ahead.
#[derive(Debug)]
struct Spare {
    project: String,
    root: Option<Root>,
    layer: VolumeDetail,
}

impl LayerMaker {
    /// A maker on this engine; it ends with its last clone.
    pub fn new(engine: EngineHandle) -> Self {
        let (orders, received) = mpsc::unbounded_channel();
        tokio::spawn(work(EngineHandle::clone(&engine), received));
        Self {
            orders,
            listing: Listing::new(engine),
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
        let order = Order::new(project, image, roots, Some(made));
        let gone = || EngineError::Connection("devstack itself stopped making layers".to_owned());
        self.orders.send(order).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Makes a layer for each root that [`make`](Self::make) will give out later. Nobody waits for it: if it fails, or the run ends
    /// before one is wanted, whoever collects what nothing names removes it.
    pub fn make_ahead(&self, project: &str, image: &str, roots: &[Option<Root>]) {
        // Without a worker there is no run that would want them.
        let _ = self.orders.send(Order::new(project, image, roots, None));
    }

    /// Every volume of the engine.
    pub(super) async fn volumes(&self) -> Result<Arc<Vec<VolumeDetail>>> {
        self.listing.volumes().await
    }
}

async fn work(engine: EngineHandle, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut spares = Vec::new();
    while let Some(mut first) = orders.recv().await {
        if let Some(made) = from_spares(&mut spares, &first) {
            first.answer(Ok(made));
            continue;
        }
        if first.made.is_none() {
            if let Ok(made) = make(&engine, &[&first]).await {
                let roots = first.layers.drain(..).map(|(_, root)| root);
                spares.extend(roots.zip(made).map(|(root, layer)| Spare {
                    project: first.project.clone(),
                    root,
                    layer,
                }));
            }
            continue;
        }
        sleep(GATHER).await;
        let mut count = first.layers.len();
        let mut batch = vec![first];
        while count < MOST
            && let Ok(order) = orders.try_recv()
        {
            // What is wanted now comes before what will be.
            if order.made.is_none() {
                continue;
            }
            count += order.layers.len();
            batch.push(order);
        }
        match make(&engine, &batch.iter().collect::<Vec<_>>()).await {
            Ok(made) => {
                let mut made = made.into_iter();
                for order in batch {
                    let own = made.by_ref().take(order.layers.len()).collect();
                    order.answer(Ok(own));
                }
            }
            // What is wrong with one order must not fail the others.
            Err(_) if batch.len() > 1 => {
                for order in batch {
                    let made = make(&engine, &[&order]).await;
                    order.answer(made);
                }
            }
            Err(error) => {
                for order in batch {
                    order.answer(Err(error.clone()));
                }
            }
        }
    }
}

/// Layers that were made ahead, if there are some for all that the order wants.
fn from_spares(spares: &mut Vec<Spare>, order: &Order) -> Option<Vec<VolumeDetail>> {
    order.made.as_ref()?;
    let mut chosen = Vec::new();
    for (_, root) in &order.layers {
        let fits = |(index, spare): &(usize, &Spare)| {
            spare.project == order.project && spare.root == *root && !chosen.contains(index)
        };
        let (index, _) = spares.iter().enumerate().find(fits)?;
        chosen.push(index);
    }
    let layers = chosen.iter().map(|index| spares[*index].layer.clone());
    let layers = layers.collect();
    let mut index = 0;
    spares.retain(|_| {
        index += 1;
        !chosen.contains(&(index - 1))
    });
    Some(layers)
}

/// Makes the volumes of all these layers, with their folders.
async fn make(engine: &EngineHandle, orders: &[&Order]) -> Result<Vec<VolumeDetail>> {
    let Some(first) = orders.first() else {
        return Ok(Vec::new());
    };
    let made = try_join_all(orders.iter().flat_map(|order| {
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
    Ok(made)
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
    async fn what_was_made_ahead_is_given_to_whoever_wants_such_a_layer() {
        let engine = FakeEngine::new().with_image(FakeImage::new("db:1"));
        let maker = LayerMaker::new(engine.handle());
        let root = Root {
            uid: 999,
            gid: 999,
            mode: 0o700,
        };
        maker.make_ahead("shop", "db:1", &[Some(root), None]);
        // Another project's, and one with another owner, are none of them.
        for (project, roots) in [("other", [Some(root)]), ("shop", [None])] {
            maker.make(project, "db:1", &roots).await.expect("made");
        }
        let doors = engine.subjects(CallKind::CreateContainer).len();
        assert_eq!(doors, 2, "one ahead, one for the other project");
        let made = maker.make("shop", "db:1", &[Some(root)]).await;
        assert_eq!(made.expect("made").len(), 1);
        assert_eq!(engine.subjects(CallKind::CreateContainer).len(), doors);
        maker
            .make("shop", "db:1", &[Some(root)])
            .await
            .expect("made");
        assert_eq!(engine.subjects(CallKind::CreateContainer).len(), doors + 1);
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
