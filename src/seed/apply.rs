//! Applying seeds to a running service, one after the other.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::batches;
use super::failure::{SeedFailure, SeedProblem};
use super::objects::Objects;
use super::progress::FileProgress;
use super::reader::SeedReader;
use super::script::{Client, Refusal};
use super::statements::{self, Statements};
use super::{command, excerpt, one_off, redis, request, rows, script};
use crate::catalog::{
    Delivery, Facts, Family, Naming, SeedError, SeedFormat, Seeding, Table, format_of,
};
use crate::engine::EngineHandle;
use crate::event::EventSink;
use crate::plan::SeedContainer;
use crate::stack::{Compression, Seed, SeedKind};

/// The running service that seeds go to.
#[derive(Clone, Copy)]
pub struct Destination<'a> {
    /// The container's id or name.
    pub container: &'a str,
    /// The service.
    pub service: &'a str,
    /// What its image holds, if that is known.
    pub family: Option<&'a dyn Family>,
    /// What the catalogue needs to know of it.
    pub facts: Facts<'a>,
    /// The containers in which `run` seeds run.
    pub runs: &'a [SeedContainer],
}

/// Applies the seeds in order; the first that fails ends it.
///
/// What a failed seed has done until then stays: it is not one transaction.
pub async fn apply(
    engine: &EngineHandle,
    to: &Destination<'_>,
    seeds: &[Seed],
    sink: &EventSink,
    cancel: &CancellationToken,
) -> Result<(), SeedFailure> {
    for seed in seeds {
        let applied = if let SeedKind::Run(run) = &seed.kind {
            // What it has started must be ended, too.
            one_off::run(engine, to, run, sink, cancel).await
        } else {
            tokio::select! {
                applied = one(engine, to, seed, sink) => applied,
                () = cancel.cancelled() => Err(SeedProblem::Cancelled),
            }
        };
        applied.map_err(|problem| SeedFailure {
            service: to.service.to_owned(),
            seed: seed.label.clone(),
            span: seed.span.clone(),
            problem,
        })?;
    }
    Ok(())
}

async fn one(
    engine: &EngineHandle,
    to: &Destination<'_>,
    seed: &Seed,
    sink: &EventSink,
) -> Result<(), SeedProblem> {
    match &seed.kind {
        SeedKind::File {
            path,
            compression,
            table,
        } => {
            let file = SeedFile {
                path,
                compression: *compression,
                table: table.as_ref(),
                label: &seed.label,
            };
            file.apply(engine, to, sink).await
        }
        SeedKind::Exec { command } => command::run(engine, to, command, sink).await,
        SeedKind::Run(_) => Err(SeedProblem::NoLanguage),
        SeedKind::Http(request) => request::send(engine, to, request, &seed.label, sink).await,
    }
}

/// A seed that is a file.
struct SeedFile<'a> {
    path: &'a Path,
    compression: Compression,
    table: Option<&'a Table>,
    label: &'a str,
}

impl SeedFile<'_> {
    async fn apply(
        &self,
        engine: &EngineHandle,
        to: &Destination<'_>,
        sink: &EventSink,
    ) -> Result<(), SeedProblem> {
        let unreadable = |error: std::io::Error| SeedProblem::File(error.to_string());
        let family = to.family.ok_or(SeedProblem::NoLanguage)?;
        let mut reader = SeedReader::open(self.path, self.compression)
            .await
            .map_err(unreadable)?;
        let head = reader.head().await.map_err(unreadable)?.to_vec();
        let format = self.format(family, &head).ok_or(SeedProblem::NoLanguage)?;
        let table = self.named(format, &head);
        let seeding = Seeding {
            facts: to.facts,
            table: table.as_ref(),
            head: &head,
        };
        let client = Client {
            command: (format.client)(&seeding),
            error: format.error,
            narrate: None,
        };
        let mut progress = FileProgress::new(sink, self.label);
        progress.now(reader.position());
        let mut row = None;
        let applied = match (format.delivery, &table) {
            (Delivery::Stream { narrate }, _) => {
                let client = Client { narrate, ..client };
                script::run(engine, to, client, &mut reader, &mut progress).await
            }
            (Delivery::Statements(words), Some(table)) => {
                let mut feed = Statements::new(&mut reader, words, table);
                let applied = script::run(engine, to, client, &mut feed, &mut progress).await;
                if let Err(Refusal::Statement(error)) = &applied {
                    row = feed.row_of(error);
                }
                applied
            }
            (Delivery::Statements(_), None) => Err(SeedProblem::NoLanguage.into()),
            (Delivery::RedisCommands, _) => {
                redis::commands(engine, to, client, &mut reader, &mut progress).await
            }
            (Delivery::RedisSnapshot, _) => {
                redis::snapshot(engine, to, client, &mut reader, &mut progress).await
            }
            (Delivery::Batches(words), _) => {
                batches::run(
                    engine,
                    to,
                    &client,
                    words,
                    &seeding,
                    &mut reader,
                    &mut progress,
                )
                .await
            }
            (Delivery::Objects, _) => match Objects::new(self.path) {
                Ok(mut feed) => script::run(engine, to, client, &mut feed, &mut progress).await,
                Err(error) => Err(unreadable(error).into()),
            },
        };
        match applied {
            Ok(()) => Ok(()),
            Err(Refusal::Problem(problem)) => Err(problem),
            Err(Refusal::Statement(error)) => {
                let error = match (row, &table) {
                    (Some(row), Some(table)) => {
                        let line = statements::line_of(self.path, self.compression, table, row);
                        SeedError {
                            line: line.await,
                            ..error
                        }
                    }
                    _ => error,
                };
                let place = if self.path.is_dir() {
                    None
                } else {
                    excerpt::place(self.label, self.path, self.compression, &error).await
                };
                Err(SeedProblem::Statement { error, place })
            }
        }
    }

    /// How a file begins counts for more than its name.
    fn format(&self, family: &dyn Family, head: &[u8]) -> Option<&'static SeedFormat> {
        let formats = family.seed_formats();
        if self.path.is_dir() {
            return formats.iter().find(|format| {
                format
                    .folder
                    .is_some_and(|file| file.is_empty() || self.path.join(file).is_file())
            });
        }
        let (_, extension) = Compression::of_name(self.path);
        format_of(formats, &extension, head)
    }

    /// The table, with the columns that the file names itself.
    fn named(&self, format: &SeedFormat, head: &[u8]) -> Option<Table> {
        let mut table = self.table?.clone();
        if format.naming == Naming::Must && table.header && table.columns.is_empty() {
            table.columns = rows::header(head, statements::delimiter(&table));
        }
        Some(table)
    }
}
