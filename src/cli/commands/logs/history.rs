//! What containers have printed so far, merged by time in constant memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::{BoxStream, poll_fn};
use jiff::Timestamp;
use tokio::sync::{Semaphore, mpsc};

use super::print::Printer;
use crate::cli::CliError;
use crate::diagnostic::Diagnostic;
use crate::engine::{Engine, EngineError, LogLine, LogOptions, Result};

/// How much of a container's log waits in memory until the others have come as far, in bytes.
const AHEAD: usize = 256 << 10;
/// What a line takes besides its text.
const LINE: usize = 64;

/// Prints the past of these containers.
pub(super) async fn history(
    engine: &dyn Engine,
    containers: &[String],
    options: &LogOptions,
    printer: &mut Printer,
) -> Result<(), CliError> {
    let mut streams: Vec<BoxStream<'static, Result<LogLine>>> = containers
        .iter()
        .map(|container| ahead(engine.logs(container, options.clone())))
        .collect();
    let firsts = join_all(streams.iter_mut().map(|stream| stream.next())).await;
    // The next line of each container; of equal times the container named first comes first.
    let mut heads: Vec<Option<LogLine>> = Vec::new();
    let mut order: BinaryHeap<Reverse<(Option<Timestamp>, usize)>> = BinaryHeap::new();
    for (index, first) in firsts.into_iter().enumerate() {
        let line = readable(first, &containers[index], printer)?;
        if let Some(line) = &line {
            order.push(Reverse((line.at, index)));
        }
        heads.push(line);
    }
    while let Some(Reverse((_, index))) = order.pop() {
        if let Some(line) = heads[index].take() {
            printer.print(&containers[index], &line)?;
        }
        let next = streams[index].next().await;
        heads[index] = readable(next, &containers[index], printer)?;
        if let Some(line) = &heads[index] {
            order.push(Reverse((line.at, index)));
        }
    }
    Ok(())
}

/// The same lines, read before they are wanted. The engine sends each line by itself and stops after a few hundred that
/// nobody has read: one container after the other would be waited for then.
fn ahead(mut lines: BoxStream<'static, Result<LogLine>>) -> BoxStream<'static, Result<LogLine>> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let room = Arc::new(Semaphore::new(AHEAD));
    tokio::spawn(async move {
        while let Some(line) = lines.next().await {
            let length = line.as_ref().map_or(0, |line| line.text.len());
            let size = u32::try_from((length + LINE).min(AHEAD)).unwrap_or(u32::MAX);
            let place = tokio::select! {
                () = sender.closed() => return,
                place = Arc::clone(&room).acquire_many_owned(size) => place,
            };
            let Ok(place) = place else { return };
            if sender.send((line, place)).is_err() {
                return;
            }
        }
    });
    // Its place is free again when a line is taken.
    poll_fn(move |context| receiver.poll_recv(context))
        .map(|(line, _place)| line)
        .boxed()
}

/// The line, if there is one. A container that has just gone is no failure; one whose log driver keeps nothing to
/// read must not hide the logs of the others.
pub(super) fn readable(
    piece: Option<Result<LogLine>>,
    container: &str,
    printer: &Printer,
) -> Result<Option<LogLine>, CliError> {
    match piece {
        None | Some(Err(EngineError::NotFound(_))) => Ok(None),
        Some(Ok(line)) => Ok(Some(line)),
        Some(Err(EngineError::Api { message, .. })) => {
            printer.warn(&Diagnostic::warning(format!(
                "the log of `{}` cannot be read: {message}",
                printer.service(container)
            )));
            Ok(None)
        }
        Some(Err(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::stream;

    use super::*;
    use crate::engine::OutputStream;

    fn line(number: usize, length: usize) -> LogLine {
        LogLine {
            stream: OutputStream::Stdout,
            at: None,
            text: " ".repeat(length) + &format!("{number:04}"),
        }
    }

    #[tokio::test]
    async fn lines_are_read_ahead_in_order_and_only_so_many() {
        let given = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&given);
        let lines = stream::iter(0..10_000).map(move |number| {
            counted.store(number + 1, Ordering::SeqCst);
            Ok(line(number, 1000))
        });
        let mut read = ahead(lines.boxed());
        assert_eq!(
            read.next().await.expect("a line").expect("read").text,
            line(0, 1000).text
        );
        // It goes on by itself until there is no room.
        let full = AHEAD / (line(9, 1000).text.len() + LINE) + 2;
        while given.load(Ordering::SeqCst) < full {
            tokio::task::yield_now().await;
        }
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(given.load(Ordering::SeqCst), full);
        let rest: Vec<usize> = read
            .map(|line| {
                line.expect("read")
                    .text
                    .trim()
                    .parse::<usize>()
                    .expect("a number")
            })
            .collect()
            .await;
        assert_eq!(rest, (1..10_000).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_line_larger_than_the_room_passes() {
        let mut read = ahead(stream::iter([Ok(line(1, AHEAD * 2)), Ok(line(2, 1))]).boxed());
        assert_eq!(
            read.next().await.expect("a line").expect("read").text.len(),
            AHEAD * 2 + 4
        );
        assert_eq!(
            read.next().await.expect("a line").expect("read").text,
            " 0002"
        );
        assert!(read.next().await.is_none());
    }
}
