//! The loop that runs a plan.

mod deaths;
mod release;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::Diagnostic;
use crate::engine::{self, ContainerSummary, EngineEvent, EngineHandle};
use crate::event::{EventKind, EventSink, Outcome, SCHEMA_VERSION, StepId, StepKind};
use crate::layers::LayerMaker;
use crate::plan::{Action, Condition, Labels, Plan, Step};
use crate::ready::{Crowd, Reason};
use crate::stack::Stack;

use super::diagnose::{Diagnose, Failure};
use super::head_start::HeadStart;
use super::limits::Slots;
use super::reach::Machine;
use super::step::{Done, StepContext, run_step};
use super::urgency::heights;
use super::watch::next_death;
use super::{Limits, Retries, StepError, summary};

/// A plan and everything that running it needs.
pub struct Run {
    /// The engine.
    pub engine: EngineHandle,
    /// The plan.
    pub plan: Plan,
    /// The stack that the plan is for, if the manifest could be read; for the summary at the end.
    pub stack: Option<Arc<Stack>>,
    /// The command, such as `up`.
    pub command: String,
    /// The longest that the whole run may take.
    pub deadline: Option<Duration>,
    /// How much is done at once.
    pub limits: Limits,
    /// How pulls are tried again.
    pub retries: Retries,
    /// Who looks into failures.
    pub diagnose: Arc<dyn Diagnose>,
    /// Where events go.
    pub sink: EventSink,
    /// Ends the run early.
    pub cancel: CancellationToken,
}

/// How a run ended.
#[derive(Debug)]
pub struct Report {
    /// The outcome.
    pub outcome: Outcome,
    /// What failed, first causes first.
    pub failures: Vec<Diagnostic>,
}

/// Runs a plan to its end: every step is done, failed, or skipped because of one that failed.
pub async fn run(run: Run) -> Report {
    let mut state = State::new(run);
    state.announce();
    state.work().await;
    state.finish().await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Pending,
    Running,
    Done,
    Failed,
    Skipped(StepId),
}

struct State {
    run: Run,
    steps: Vec<Arc<Step>>,
    status: Vec<Status>,
    /// The steps that turned out to have nothing to do.
    unchanged: HashSet<StepId>,
    /// The steps whose container ended after it was found ready, and was looked at again.
    looked_again: HashSet<StepId>,
    tasks: JoinSet<Result<Done, StepError>>,
    task_steps: HashMap<Id, StepId>,
    slots: Slots,
    head_start: HeadStart,
    /// When a start that waits for a more urgent one has waited long enough.
    wake: Option<Instant>,
    layers: LayerMaker,
    crowd: Crowd,
    /// For each step, how many steps have to follow it one after the other.
    heights: Vec<usize>,
    began: Instant,
    /// When the first container of a service was started in this run.
    service_started: HashMap<String, Instant>,
    /// Milliseconds after which each service was ready.
    service_ready: HashMap<String, u64>,
    changed: bool,
    failures: Vec<Diagnostic>,
    deadline_reached: bool,
}

impl State {
    fn new(mut run: Run) -> Self {
        let steps: Vec<Arc<Step>> = std::mem::take(&mut run.plan.steps)
            .into_iter()
            .map(Arc::new)
            .collect();
        Self {
            heights: heights(&steps),
            status: vec![Status::Pending; steps.len()],
            slots: Slots::new(run.limits.for_steps(&steps)),
            steps,
            unchanged: HashSet::new(),
            looked_again: HashSet::new(),
            tasks: JoinSet::new(),
            task_steps: HashMap::new(),
            head_start: HeadStart::new(run.limits),
            wake: None,
            layers: LayerMaker::new(EngineHandle::clone(&run.engine)),
            crowd: Crowd::default(),
            began: Instant::now(),
            service_started: HashMap::new(),
            service_ready: HashMap::new(),
            changed: false,
            failures: Vec::new(),
            deadline_reached: false,
            run,
        }
    }

    fn announce(&self) {
        let steps = self.steps.iter().map(|step| step.summary());
        self.run.sink.send(EventKind::RunStarted {
            schema: SCHEMA_VERSION,
            command: self.run.command.clone(),
            project: self.run.plan.project.clone(),
            steps: steps.collect(),
            services: self.run.plan.services.clone(),
        });
        for warning in &self.run.plan.warnings {
            self.run.sink.send(EventKind::Warning {
                diagnostic: Box::new(warning.clone()),
            });
        }
    }

    async fn work(&mut self) {
        let mut events = self.listen();
        let deadline = self.run.deadline.map(|after| self.began + after);
        let mut cancelled = false;
        self.release();
        while !self.tasks.is_empty() {
            tokio::select! {
                Some(ended) = self.tasks.join_next_with_id() => {
                    self.ended(ended).await;
                    self.release();
                }
                Some((container, code)) = async { next_death(events.as_mut()?, &self.crowd).await }, if events.is_some() => {
                    self.died(&container, code).await;
                    self.release();
                }
                () = self.run.cancel.cancelled(), if !cancelled => {
                    cancelled = true;
                    if !self.deadline_reached {
                        self.run.sink.send(EventKind::Cancelling);
                    }
                }
                () = until(self.wake), if self.wake.is_some() => self.release(),
                () = until(deadline), if deadline.is_some() && !self.deadline_reached && !cancelled => {
                    self.deadline_reached = true;
                    self.run.cancel.cancel();
                }
            }
        }
    }

    /// The engine's events, if anything is started that may die. Asked for before the first container starts. What only
    /// has to be as it was is looked at in no time, and once more at the end.
    fn listen(&self) -> Option<BoxStream<'static, engine::Result<EngineEvent>>> {
        let starts = self
            .steps
            .iter()
            .any(|step| matches!(step.action, Action::StartContainer { .. }));
        starts.then(|| {
            self.run
                .engine
                .events(&Labels::of_project(&self.run.plan.project))
        })
    }

    fn spawn(&mut self, step: Arc<Step>) {
        self.status[step.id.0] = Status::Running;
        if let (Action::StartContainer { .. }, Some(service)) = (&step.action, &step.service) {
            self.service_started
                .entry(service.clone())
                .or_insert_with(Instant::now);
        }
        let sink = self.sink(&step);
        let context = StepContext {
            engine: Arc::clone(&self.run.engine),
            retries: self.run.retries,
            cancel: self.run.cancel.clone(),
            layers: self.layers.clone(),
            crowd: self.crowd.clone(),
        };
        let id = step.id;
        let needless = matches!(
            step.only_if,
            Some(Condition::Changed(other)) if self.unchanged.contains(&other)
        );
        let task = self.tasks.spawn(async move {
            if needless {
                sink.send(EventKind::StepFinished {
                    took_ms: 0,
                    unchanged: true,
                });
                return Ok(Done::Unchanged);
            }
            sink.send(EventKind::StepStarted);
            let began = Instant::now();
            let done = run_step(&step, &context, &sink).await?;
            let unchanged = done == Done::Unchanged;
            sink.send(EventKind::StepFinished {
                took_ms: millis(began.elapsed()),
                unchanged,
            });
            Ok(done)
        });
        self.task_steps.insert(task.id(), id);
    }

    async fn ended(&mut self, ended: Result<(Id, Result<Done, StepError>), JoinError>) {
        let (task, result) = match ended {
            Ok((task, result)) => (task, result),
            // A panic stays with its task: the other steps go on.
            Err(error) => (error.id(), Err(StepError::Internal(error.to_string()))),
        };
        let Some(id) = self.task_steps.remove(&task) else {
            return;
        };
        let step = Arc::clone(&self.steps[id.0]);
        self.slots.give_back(step.action.kind());
        match result {
            Ok(done) => {
                let waits = matches!(step.action.kind(), StepKind::Ready);
                self.changed |= done == Done::Changed && !waits;
                if done == Done::Unchanged {
                    self.unchanged.insert(id);
                }
                if self.status[id.0] == Status::Running {
                    self.status[id.0] = Status::Done;
                }
                self.report_ready(&step);
            }
            Err(StepError::NotReady(mut why)) if matches!(why.reason, Reason::Cancelled) => {
                if self.deadline_reached {
                    why.reason = Reason::Deadline(self.run.deadline.unwrap_or_default());
                    self.fail(&step, StepError::NotReady(why)).await;
                } else {
                    self.status[id.0] = Status::Failed;
                }
            }
            Err(StepError::Cancelled) if self.deadline_reached => {
                let limit = self.run.deadline.unwrap_or_default();
                self.fail(&step, StepError::Deadline(limit)).await;
            }
            Err(StepError::Cancelled) => self.status[id.0] = Status::Failed,
            Err(error) => self.fail(&step, error).await,
        }
    }

    async fn fail(&mut self, step: &Step, error: StepError) {
        self.status[step.id.0] = Status::Failed;
        let failure = Failure {
            engine: &self.run.engine,
            step,
            error: &error,
        };
        let diagnostic = self.run.diagnose.diagnose(failure).await;
        self.sink(step).send(EventKind::StepFailed {
            diagnostic: Box::new(diagnostic.clone()),
        });
        self.failures.push(diagnostic);
    }

    /// Says that a service is ready when the last of its steps is done.
    fn report_ready(&mut self, step: &Step) {
        let Some(service) = &step.service else { return };
        let mut own = self
            .steps
            .iter()
            .filter(|other| other.service.as_ref() == Some(service));
        let waits = own
            .clone()
            .any(|other| matches!(other.action, Action::AwaitReady(_)));
        if waits && own.all(|other| self.status[other.id.0] == Status::Done) {
            let since = self
                .service_started
                .get(service)
                .copied()
                .unwrap_or(self.began);
            let after_ms = millis(since.elapsed());
            self.service_ready.insert(service.clone(), after_ms);
            let sink = self.run.sink.for_service(service);
            sink.send(EventKind::ServiceReady { after_ms });
        }
    }

    async fn finish(mut self) -> Report {
        let mut containers = self.containers().await;
        self.verify(&containers).await;
        if !self.tasks.is_empty() {
            self.work().await;
            containers = self.containers().await;
            self.verify(&containers).await;
        }
        self.blame_the_deadline().await;
        let outcome = if !self.failures.is_empty() {
            Outcome::Failed
        } else if self.run.cancel.is_cancelled() && !self.deadline_reached {
            Outcome::Interrupted
        } else if self.changed {
            Outcome::Done
        } else {
            Outcome::Unchanged
        };
        let known = summary::Known {
            stack: self.run.stack.as_deref(),
            ready: &self.service_ready,
            machine: &Machine::of(self.run.engine.address()),
        };
        let services = summary::services(&containers, &self.run.plan.services, &known);
        self.run.sink.send(EventKind::RunFinished {
            outcome,
            took_ms: millis(self.began.elapsed()),
            services,
        });
        Report {
            outcome,
            failures: self.failures,
        }
    }

    /// A deadline that was reached between two steps failed none of them; it is a failure all the same.
    async fn blame_the_deadline(&mut self) {
        if !self.deadline_reached || !self.failures.is_empty() {
            return;
        }
        let open = self
            .status
            .iter()
            .position(|status| *status != Status::Done);
        if let Some(step) = open.map(|index| Arc::clone(&self.steps[index])) {
            let limit = self.run.deadline.unwrap_or_default();
            self.fail(&step, StepError::Deadline(limit)).await;
        }
    }

    /// The project's containers. An engine that does not answer gives none: the run's own outcome is told all the same.
    async fn containers(&self) -> Vec<ContainerSummary> {
        let of_project = Labels::of_project(&self.run.plan.project);
        let listed = self.run.engine.containers(&of_project).await;
        listed.unwrap_or_default()
    }

    fn sink(&self, step: &Step) -> EventSink {
        self.run.sink.for_step(step.id, step.service.as_deref())
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
