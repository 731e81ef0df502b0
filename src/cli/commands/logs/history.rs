//! What containers have printed so far, merged by time in constant memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::BoxStream;
use jiff::Timestamp;

use super::print::Printer;
use crate::cli::CliError;
use crate::diagnostic::Diagnostic;
use crate::engine::{Engine, EngineError, LogLine, LogOptions, Result};

/// Prints the past of these containers.
pub(super) async fn history(
    engine: &dyn Engine,
    containers: &[String],
    options: &LogOptions,
    printer: &mut Printer,
) -> Result<(), CliError> {
    let mut streams: Vec<BoxStream<'static, Result<LogLine>>> = containers
        .iter()
        .map(|container| engine.logs(container, options.clone()))
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
