//! stub
#![allow(missing_docs, unused)]
use crate::{
    catalog::{Facts, Family},
    diagnostic::Diagnostic,
    engine::EngineHandle,
    event::EventSink,
    source::Span,
    stack::{Check, Seed},
};
use tokio_util::sync::CancellationToken;
#[derive(Debug)]
pub struct SeedFailure;
impl SeedFailure {
    pub fn diagnostic(&self, service: &str) -> Diagnostic {
        Diagnostic::error(format!("`{service}` is not seeded"))
    }
}
pub async fn apply(
    engine: &EngineHandle,
    container: &str,
    service: &str,
    family: Option<&'static dyn Family>,
    facts: Facts<'_>,
    seeds: &[Seed],
    sink: &EventSink,
    cancel: &CancellationToken,
) -> Result<(), SeedFailure> {
    Ok(())
}
