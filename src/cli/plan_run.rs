//! What the commands that change something share: take the project's lock, make a plan, run it, show it.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::context::unknown_service;
use super::profile::Profile;
use super::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::doctor::Doctor;
use crate::engine::EngineHandle;
use crate::event::{Board, Event, EventSink, Outcome, ServiceSummary, Timeline};
use crate::execute::{
    Holder, Limits, LockError, PortClaims, ProjectLock, Report, Retries, Run, Scope, run,
};
use crate::plan::{Fingerprint, Observed, Plan, RunNote, chosen_ports, is_busy, observe, remains};
use crate::seed::data_fingerprint;
use crate::stack::Stack;
use crate::ui::{View, critical_path, render, whats_next};

/// A run that takes longer is told what it waited for, in milliseconds.
const LONG_MS: u64 = 10_000;

/// A plan that is about to be made and run, under the project's lock.
pub(super) struct PlanRun<'a> {
    context: &'a Context,
    command: &'static str,
    project: String,
    stack: Option<Arc<Stack>>,
    engine: EngineHandle,
    deadline: Option<Duration>,
    profile: Option<Profile>,
    scope: Scope,
    /// Host ports that no other run chooses while this one goes on.
    claims: Mutex<PortClaims>,
}

impl<'a> PlanRun<'a> {
    /// A run of a command on a stack that the manifest describes.
    pub(super) async fn of_stack(
        context: &'a Context,
        command: &'static str,
        mut stack: Stack,
    ) -> Result<Self, CliError> {
        let engine = context.engine().await?;
        if let Some(certificates) = &stack.company.certificates {
            stack.is_far = !engine.info().await?.local;
            certificates.write().map_err(|error| {
                let file = certificates.bundle_file.display();
                CliError::failed(
                    Diagnostic::error(format!(
                        "the certificates cannot be put into `{file}`: {error}"
                    ))
                    .fix("make the folder writable, or set XDG_CACHE_HOME to one that is"),
                )
            })?;
        }
        let project = stack.name.clone();
        Ok(Self {
            context,
            command,
            project,
            stack: Some(Arc::new(stack)),
            engine,
            deadline: None,
            profile: None,
            scope: Scope::Project,
            claims: Mutex::new(PortClaims::new(lock_folder(context))),
        })
    }

    /// A run of a command on what there is of a project; the manifest, if it can be read, adds what labels do not
    /// tell.
    pub(super) async fn of_project(
        context: &'a Context,
        command: &'static str,
    ) -> Result<Self, CliError> {
        let (project, loaded) = context.project()?;
        let engine = context.engine().await?;
        Ok(Self {
            context,
            command,
            project,
            stack: loaded.stack.map(Arc::new),
            engine,
            deadline: None,
            profile: None,
            scope: Scope::Project,
            claims: Mutex::new(PortClaims::new(lock_folder(context))),
        })
    }

    /// Ends the whole run after this time.
    pub(super) fn deadline(mut self, deadline: Option<Duration>) -> Self {
        self.deadline = deadline;
        self
    }

    /// Lets no other project's run go on beside it.
    pub(super) fn alone(mut self) -> Self {
        self.scope = Scope::Shared;
        self
    }

    /// Writes the run's steps there when it is over.
    pub(super) fn profile(mut self, profile: Option<Profile>) -> Self {
        self.profile = profile;
        self
    }

    /// The project's name.
    pub(super) fn project(&self) -> &str {
        &self.project
    }

    /// The stack, if the manifest could be read.
    pub(super) fn stack(&self) -> Option<&Stack> {
        self.stack.as_deref()
    }

    /// Looks at the engine for what the stack needs.
    pub(super) async fn observe(&self) -> Result<Observed, CliError> {
        let Some(stack) = &self.stack else {
            return self.remains().await;
        };
        let fingerprints = fingerprints(Arc::clone(stack)).await?;
        let mut observed = observe(&self.engine, stack, fingerprints, Timestamp::now()).await?;
        observed.layer_mode = self.context.settings().layer_mode;
        self.claim_ports(stack, &mut observed);
        Ok(observed)
    }

    /// Claims the host ports that will be chosen; those that another run has claimed, or has got since, count as busy.
    fn claim_ports(&self, stack: &Stack, observed: &mut Observed) {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let chosen = chosen_ports(stack, observed).into_iter();
            let lost: Vec<u16> = chosen
                .filter(|&(port, protocol)| !claims.claim(port) || is_busy(port, protocol))
                .map(|(port, _)| port)
                .collect();
            if lost.is_empty() {
                return;
            }
            observed.busy_ports.extend(lost);
        }
    }

    /// Looks at the engine for what there is of the project.
    pub(super) async fn remains(&self) -> Result<Observed, CliError> {
        Ok(remains(&self.engine, &self.project, Timestamp::now()).await?)
    }

    /// As [`remains`](Self::remains); a named service that has no container is an error.
    pub(super) async fn known_services(&self, services: &[String]) -> Result<Observed, CliError> {
        let observed = self.remains().await?;
        let known: BTreeSet<&str> = observed
            .of_project(&self.project)
            .map(|(service, _, _)| service)
            .collect();
        let unknown: Vec<Diagnostic> = services
            .iter()
            .filter(|name| !known.contains(name.as_str()))
            .map(|name| no_container(name, self.stack()))
            .collect();
        if unknown.is_empty() {
            Ok(observed)
        } else {
            Err(CliError::usages(unknown))
        }
    }

    /// Takes the lock, has the plan made, runs it and shows the run.
    pub(super) async fn run(
        self,
        make: impl AsyncFnOnce(&Self) -> Result<Plan, CliError>,
    ) -> Result<ExitCode, CliError> {
        let secrets = self.stack().map(|stack| stack.secrets.clone());
        let (sink, events) = EventSink::hiding(secrets.unwrap_or_default());
        let (passed_on, to_show) = unbounded_channel();
        let recorded = tokio::spawn(record(events, passed_on));
        let shown = tokio::spawn(show(self.context, to_show));
        let ran = self.locked(make, sink).await;
        // The view ends when the last sink is gone: nothing may be printed over it before.
        let timeline = recorded.await.unwrap_or_default();
        let board = shown.await.unwrap_or_default();
        let (report, _lock) = ran?;
        self.look_back(&timeline, report.outcome, &board.services)
            .await?;
        Ok(match report.outcome {
            Outcome::Done | Outcome::Unchanged => ExitCode::DONE,
            Outcome::Failed => ExitCode::FAILED,
            Outcome::Interrupted => ExitCode::INTERRUPTED,
        })
    }

    /// Tells where the time of a long `up` went, and keeps it for those who ask later.
    async fn look_back(
        &self,
        timeline: &Timeline,
        outcome: Outcome,
        services: &[ServiceSummary],
    ) -> Result<(), CliError> {
        if let Some(profile) = &self.profile {
            profile.write(timeline)?;
        }
        let Some(took_ms) = timeline.took_ms.filter(|_| self.command == "up") else {
            return Ok(());
        };
        let path = timeline.critical_path();
        if took_ms >= LONG_MS && self.context.view() != View::Json {
            let told = critical_path(&path);
            self.context
                .output()
                .say(&format!("  it waited for: {told}"));
        }
        if outcome != Outcome::Unchanged {
            let failed = outcome != Outcome::Done;
            if !failed && self.is_first_success().await {
                self.say_what_is_next(services);
            }
            let note = RunNote {
                command: self.command.to_owned(),
                at: Timestamp::now(),
                failed,
                took_ms,
                path,
            };
            let spec = note.to_volume(&self.project);
            // A volume's labels cannot be changed. That a run cannot be noted takes nothing from it.
            let noted = match self.engine.remove_volume(&spec.name).await {
                Ok(()) => self.engine.create_volume(&spec).await.map(drop),
                Err(error) => Err(error),
            };
            if let Err(error) = noted {
                tracing::info!(%error, "the run is not noted");
            }
        }
        Ok(())
    }

    /// Whether no run before this one is noted that brought the stack up.
    async fn is_first_success(&self) -> bool {
        let of_project = RunNote::of_project(&self.project);
        let noted = self.engine.volumes(&of_project).await.unwrap_or_default();
        let last = noted.iter().find_map(RunNote::from_volume);
        last.is_none_or(|note| note.failed)
    }

    /// What people do next, once.
    fn say_what_is_next(&self, services: &[ServiceSummary]) {
        if self.context.view() == View::Json || self.context.view() == View::Quiet {
            return;
        }
        let output = self.context.output();
        for line in whats_next(services, output.window().0, output.stderr_palette()) {
            output.say_line(&line);
        }
    }

    async fn locked(
        &self,
        make: impl AsyncFnOnce(&Self) -> Result<Plan, CliError>,
        sink: EventSink,
    ) -> Result<(Report, ProjectLock), CliError> {
        let address = self.engine.address().to_owned();
        let cancel = self.context.cancel().clone();
        let folder = lock_folder(self.context);
        let wanted = Holder {
            engine: &address,
            project: &self.project,
            command: self.command,
            scope: self.scope,
        };
        let lock = match ProjectLock::acquire(&folder, wanted, &sink, &cancel).await {
            Ok(lock) => lock,
            Err(LockError::Interrupted { .. }) => return Err(CliError::interrupted()),
            Err(error) => return Err(CliError::failed(error.diagnostic())),
        };
        let plan = tokio::select! {
            plan = make(self) => plan?,
            () = cancel.cancelled() => return Err(CliError::interrupted()),
        };
        let limits = if plan.changes_something() {
            Limits::of_cpus(self.engine.info().await?.cpus)
        } else {
            Limits::default()
        };
        let report = run(Run {
            engine: EngineHandle::clone(&self.engine),
            plan,
            stack: self.stack.clone(),
            command: self.command.to_owned(),
            deadline: self.deadline,
            limits,
            retries: Retries::default(),
            diagnose: Arc::new(Doctor::new(self.stack.clone())),
            sink,
            cancel,
        })
        .await;
        Ok((report, lock))
    }
}

/// Passes a run's events on, and keeps when each step ran.
async fn record(mut events: UnboundedReceiver<Event>, onward: UnboundedSender<Event>) -> Timeline {
    let mut timeline = Timeline::default();
    while let Some(event) = events.recv().await {
        timeline.apply(&event);
        // The view may have ended; the record goes on.
        let _ = onward.send(event);
    }
    timeline
}

/// That a service has no container, and what would make one.
fn no_container(service: &str, stack: Option<&Stack>) -> Diagnostic {
    let Some(stack) = stack else {
        return Diagnostic::error(format!("there is no container of a service `{service}`"));
    };
    if stack.services.contains_key(service) {
        return Diagnostic::error(format!("service `{service}` has no container yet"))
            .fix(format!("devstack up {service}"));
    }
    unknown_service(service, stack.services.keys().map(String::as_str))
}

fn show(
    context: &Context,
    events: UnboundedReceiver<Event>,
) -> impl Future<Output = Board> + Send + 'static {
    let view = context.view();
    let output = context.output().clone();
    async move { render(view, events, &output).await }
}

/// Several problems that make a plan impossible.
pub(super) fn impossible(diagnostics: Vec<Diagnostic>) -> CliError {
    CliError {
        diagnostics,
        code: ExitCode::FAILED,
    }
}

/// What the data of every service is made from. Reading gigabytes takes a while, so it has a thread of its own.
async fn fingerprints(stack: Arc<Stack>) -> Result<HashMap<String, Fingerprint>, CliError> {
    let work = move || {
        let mut fingerprints = HashMap::new();
        for service in stack.services.values() {
            let found = data_fingerprint(service).map_err(|error| (service.name.clone(), error))?;
            fingerprints.extend(found.map(|found| (service.name.clone(), found)));
        }
        Ok(fingerprints)
    };
    let made: Result<_, (String, std::io::Error)> =
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            CliError::failed(Diagnostic::error(format!(
                "devstack itself failed: {error}"
            )))
        })?;
    made.map_err(|(service, error)| {
        CliError::failed(Diagnostic::error(format!(
            "a seed of `{service}` cannot be read: {error}"
        )))
    })
}

/// Where locks are kept: the user's runtime folder, which is gone after a restart of the machine.
fn lock_folder(context: &Context) -> PathBuf {
    let environment = &context.settings().environment;
    let folder = environment
        .get("XDG_RUNTIME_DIR")
        .filter(|folder| !folder.is_empty());
    match (folder, &context.settings().home) {
        (Some(folder), _) => PathBuf::from(folder).join("devstack"),
        (None, Some(home)) => home.join(".cache/devstack/locks"),
        (None, None) => std::env::temp_dir().join("devstack-locks"),
    }
}
