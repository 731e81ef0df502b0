//! The place where a failed step's cause is looked into, by whoever knows more than the step itself.

use async_trait::async_trait;

use crate::diagnostic::Diagnostic;
use crate::engine::EngineHandle;
use crate::plan::Step;

use super::StepError;

/// A step that failed.
#[derive(Clone, Copy)]
pub struct Failure<'a> {
    /// The engine, for further questions.
    pub engine: &'a EngineHandle,
    /// The step.
    pub step: &'a Step,
    /// Why it failed.
    pub error: &'a StepError,
}

/// Looks into failures.
#[async_trait]
pub trait Diagnose: Send + Sync {
    /// What the reader is told. It must answer within a second or two: a person waits.
    async fn diagnose(&self, failure: Failure<'_>) -> Diagnostic;
}

/// Tells what the step itself knows, and asks nothing further.
#[derive(Debug, Clone, Copy)]
pub struct AsItIs;

#[async_trait]
impl Diagnose for AsItIs {
    async fn diagnose(&self, failure: Failure<'_>) -> Diagnostic {
        failure.error.diagnostic(failure.step)
    }
}
