//! Streams that are fed by a future of their own, and end with it.

use std::future::Future;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream, Stream};
use tokio::sync::mpsc;

use super::world::Shared;
use crate::engine::{EngineError, Result};

/// What a channel receives, as a stream.
pub(super) fn receive<T>(receiver: mpsc::UnboundedReceiver<T>) -> impl Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async move {
        Some((receiver.recv().await?, receiver))
    })
}

/// A stream of what `work` sends. The work goes on only while the stream is polled, is dropped with it, and breaks
/// off with an error when the engine goes away.
pub(super) fn produce<T, F>(
    shared: &Arc<Shared>,
    work: impl FnOnce(mpsc::UnboundedSender<Result<T>>) -> F,
) -> BoxStream<'static, Result<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<()>> + Send + 'static,
{
    let (sender, receiver) = mpsc::unbounded_channel();
    let last = sender.clone();
    let work = work(sender);
    let mut gone = shared.gone.subscribe();
    let driver = async move {
        let result = tokio::select! {
            biased;
            result = work => result,
            true = async { gone.wait_for(|gone| *gone).await.is_ok() } => Err(lost()),
            else => Ok(()),
        };
        if let Err(error) = result {
            // Whoever dropped the stream does not want the error either.
            let _ = last.send(Err(error));
        }
    };
    let driver = stream::once(driver).filter_map(|()| std::future::ready(None));
    stream::select(receive(receiver), driver).boxed()
}

/// How a connection ends when the engine goes away.
pub(super) fn lost() -> EngineError {
    EngineError::Connection("connection closed before message completed".to_owned())
}
