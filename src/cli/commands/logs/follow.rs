//! What containers print from now on: those that run, those that are started again, and new ones.

use std::collections::HashSet;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream, SelectAll};

use super::history::readable;
use super::print::Printer;
use crate::cli::CliError;
use crate::engine::{
    Engine, EngineEvent, EngineEventKind, EngineHandle, LogLine, LogOptions, Result,
};
use crate::plan::{Labels, service_of};

/// What happens to the project's containers from now on.
pub(super) fn events(
    engine: &dyn Engine,
    project: &str,
) -> BoxStream<'static, Result<EngineEvent>> {
    engine.events(&Labels::of_project(project))
}

/// A line of a container, or none at the end of its output.
type Piece = (String, Option<Result<LogLine>>);

/// Prints what comes, until the engine goes away.
pub(super) async fn follow(
    engine: &EngineHandle,
    mut events: BoxStream<'static, Result<EngineEvent>>,
    running: &[String],
    wanted: impl Fn(&str) -> bool,
    options: &LogOptions,
    printer: &mut Printer,
) -> Result<(), CliError> {
    let mut pieces: SelectAll<BoxStream<'static, Piece>> = SelectAll::new();
    let mut open: HashSet<String> = HashSet::new();
    // Started again before the end of their old output was read.
    let mut again: HashSet<String> = HashSet::new();
    for id in running {
        pieces.push(lines(engine, id, options, printer, true));
        open.insert(id.clone());
    }
    loop {
        tokio::select! {
            Some((id, piece)) = pieces.next(), if !pieces.is_empty() => {
                let ended = piece.is_none();
                if let Some(line) = readable(piece, &id, printer)? {
                    printer.print(&id, &line)?;
                    printer.flush()?;
                }
                if ended {
                    open.remove(&id);
                    if again.remove(&id) {
                        pieces.push(lines(engine, &id, options, printer, false));
                        open.insert(id);
                    }
                }
            }
            event = events.next() => {
                let Some(event) = event else { return Ok(()) };
                let event = event?;
                if event.kind == EngineEventKind::Start
                    && let Some((service, number)) = service_of(&event.labels).filter(|(service, _)| wanted(service))
                {
                    let id = event.container;
                    printer.add(&id, &event.name, service, number, false);
                    if open.contains(&id) {
                        again.insert(id);
                    } else {
                        pieces.push(lines(engine, &id, options, printer, false));
                        open.insert(id);
                    }
                }
            }
        }
    }
}

/// The lines of a container after those that were printed already.
fn lines(
    engine: &EngineHandle,
    id: &str,
    options: &LogOptions,
    printer: &Printer,
    first: bool,
) -> BoxStream<'static, Piece> {
    let last = printer.last(id);
    let options = LogOptions {
        follow: true,
        // With `--tail 0` nothing of the past is known, and nothing of it is wanted.
        tail: options
            .tail
            .filter(|&tail| tail == 0 && first && last.is_none()),
        since: last.or(options.since),
        until: options.until,
    };
    let (for_lines, for_end) = (id.to_owned(), id.to_owned());
    engine
        .logs(id, options)
        .map(move |line| (for_lines.clone(), Some(line)))
        .chain(stream::once(async move { (for_end, None) }))
        .boxed()
}
