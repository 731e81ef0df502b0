//! Applying seeds to a running service, one after the other.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::failure::{SeedFailure, SeedProblem};
use super::progress::FileProgress;
use super::reader::SeedReader;
use super::script::Refusal;
use super::{command, excerpt, redis, script};
use crate::catalog::{Facts, Family, SeedLanguage};
use crate::engine::EngineHandle;
use crate::event::EventSink;
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
        let applied = tokio::select! {
            applied = one(engine, to, seed, sink) => applied,
            () = cancel.cancelled() => Err(SeedProblem::Cancelled),
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
        SeedKind::File { path, compression } => {
            file(engine, to, seed, (path, *compression), sink).await
        }
        SeedKind::Exec { command } => command::run(engine, to, command, sink).await,
    }
}

async fn file(
    engine: &EngineHandle,
    to: &Destination<'_>,
    seed: &Seed,
    (path, compression): (&Path, Compression),
    sink: &EventSink,
) -> Result<(), SeedProblem> {
    let family = to.family.ok_or(SeedProblem::NoLanguage)?;
    let client = family.seeder(to.facts).ok_or(SeedProblem::NoLanguage)?;
    let mut reader = SeedReader::open(path, compression)
        .await
        .map_err(|error| SeedProblem::File(error.to_string()))?;
    let mut progress = FileProgress::new(sink, &seed.label);
    progress.now(&reader);
    let applied = match family.seed_language() {
        SeedLanguage::Script => {
            script::run(engine, to, family, client, &mut reader, &mut progress).await
        }
        SeedLanguage::RedisCommands => {
            redis::run(engine, to, family, client, &mut reader, &mut progress).await
        }
    };
    match applied {
        Ok(()) => Ok(()),
        Err(Refusal::Problem(problem)) => Err(problem),
        Err(Refusal::Statement(error)) => {
            let place = excerpt::place(&seed.label, path, compression, &error).await;
            Err(SeedProblem::Statement { error, place })
        }
    }
}
