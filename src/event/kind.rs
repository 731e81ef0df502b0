//! The kinds of events.

use serde::Serialize;

use super::StepId;
use crate::diagnostic::Diagnostic;

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// The run begins; the first event of every stream.
    RunStarted {
        /// [`SCHEMA_VERSION`](super::SCHEMA_VERSION).
        schema: u32,
        /// The command, such as `up`.
        command: String,
        /// The project's name.
        project: String,
        /// Every step of the plan, in the plan's order.
        steps: Vec<StepSummary>,
        /// The services that take part, in the manifest's order.
        services: Vec<String>,
    },
    /// Another run holds the project's lock.
    LockWaiting {
        /// Who, such as `devstack up (pid 4711)`.
        holder: String,
    },
    /// Everything that the step needs is done, and it runs.
    StepStarted,
    /// How far it is.
    StepProgress {
        /// How far.
        progress: Progress,
    },
    /// It failed in a way that may pass, and is tried again.
    StepRetrying {
        /// Which attempt failed, from 1.
        attempt: u32,
        /// Why.
        error: String,
        /// Milliseconds until the next.
        wait_ms: u64,
    },
    /// It is done. One whose condition did not hold is done without having started.
    StepFinished {
        /// Milliseconds since it started.
        took_ms: u64,
        /// Nothing had to be done after all (an image turned out the same).
        unchanged: bool,
    },
    /// It failed for good.
    StepFailed {
        /// Why, with evidence.
        diagnostic: Box<Diagnostic>,
    },
    /// It will not run, because of another.
    StepSkipped {
        /// The step that failed.
        because: StepId,
        /// That step's service, or its title.
        cause: String,
    },
    /// A service is up, ready and seeded.
    ServiceReady {
        /// Milliseconds since its container was started; since the run began if it ran already.
        after_ms: u64,
    },
    /// A line that a build, a seed or a hook printed.
    Output {
        /// The line, without control characters.
        line: String,
    },
    /// Something worth knowing.
    Warning {
        /// What.
        diagnostic: Box<Diagnostic>,
    },
    /// The run was asked to stop (Ctrl-C); running steps end.
    Cancelling,
    /// The run is over; the last event of every stream.
    RunFinished {
        /// How it ended.
        outcome: Outcome,
        /// Milliseconds in all.
        took_ms: u64,
        /// What there is now.
        services: Vec<ServiceSummary>,
    },
}

/// A step as the events know it.
#[derive(Debug, Clone, Serialize)]
pub struct StepSummary {
    /// Its name in this run.
    pub id: StepId,
    /// What sort of work it is.
    pub kind: StepKind,
    /// The service that it is for, if for one alone.
    pub service: Option<String>,
    /// What it does, such as `pull postgres:17`.
    pub title: String,
    /// Why.
    pub reason: String,
    /// Which steps must be done before.
    pub needs: Vec<StepId>,
}

/// The sorts of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Pulling an image.
    Pull,
    /// Building an image.
    Build,
    /// Making a network or volume, or removing one.
    Resource,
    /// Creating a container.
    Create,
    /// Starting one.
    Start,
    /// Waiting until a service is ready.
    Ready,
    /// Applying seeds.
    Seed,
    /// Running a hook.
    Hook,
    /// Stopping a container.
    Stop,
    /// Removing one.
    Remove,
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Progress {
    /// Bytes, such as of a pull, a build context or a seed.
    Bytes {
        /// So many.
        done: u64,
        /// Of so many; 0 while that is unknown.
        total: u64,
        /// What is being moved, such as `orders.sql.gz` or `3/5 layers`.
        what: String,
    },
    /// A counted part, such as a build's step.
    Part {
        /// Which, from 1.
        number: u32,
        /// Of how many.
        of: u32,
        /// What it is.
        what: String,
    },
    /// What is being waited for, such as a probe's last answer.
    Waiting {
        /// For what.
        what: String,
    },
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything was done.
    Done,
    /// There was nothing to do.
    Unchanged,
    /// Something failed.
    Failed,
    /// It was interrupted.
    Interrupted,
}

/// What there is of a service at the end of a run, or when somebody asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ServiceSummary {
    /// The service.
    pub service: String,
    /// `ready`, `running`, `completed`, `exited (1)`, `failed`, `skipped`, `not created`, …
    pub state: String,
    /// Whether that is as it should be.
    pub ok: bool,
    /// Published addresses as `host:port → port`, first the one to show.
    pub addresses: Vec<String>,
    /// How to reach it: a URL to open, or a connection URL without its password.
    pub url: Option<String>,
    /// Whether a password belongs to the URL.
    pub protected: bool,
    /// The command that opens its console.
    pub console: Option<String>,
    /// Milliseconds from its container's start until it was ready, if this run started it.
    pub ready_after_ms: Option<u64>,
    /// Since when its containers run, in seconds.
    pub uptime_s: Option<u64>,
    /// Further remarks, such as `changed in the manifest`.
    pub notes: Vec<String>,
}
