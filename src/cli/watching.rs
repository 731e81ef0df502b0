//! A session of `devstack watch`: waits for files to change and does what `develop.watch` says, until Ctrl-C.
//!
//! The project's lock is held only while something is built or restarted: other commands go on working.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::Instant;

use indexmap::{IndexMap, IndexSet};

use super::containers::{ServiceContainer, of_project};
use super::plan_run::{PlanRun, impossible};
use super::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::engine::{ContainerState, EngineHandle, ExecSpec};
use crate::event::{SyncedFile, WatchEvent};
use crate::manifest::file::shown;
use crate::plan::{self, UpOptions};
use crate::stack::{Hook, Stack};
use crate::ui::tell;
use crate::watch::{Copying, Follower, Kind, Work, copy, rules, run_in};

/// A session that is about to begin: files are followed already.
pub(super) struct Watching<'a> {
    context: &'a Context,
    project: String,
    /// The folder that shown paths start from.
    directory: PathBuf,
    follower: Follower,
    /// Services with rules.
    services: IndexSet<String>,
    /// Everything that was copied since the beginning, by service: new containers do not have it.
    copied: HashMap<String, Copying>,
    /// The containers that have it.
    known: HashSet<String>,
}

impl<'a> Watching<'a> {
    /// Follows the files of these services from now on, so that no change is missed while the stack comes up.
    pub(super) async fn prepare(
        context: &'a Context,
        stack: &Stack,
        services: &[&str],
    ) -> Result<Self, CliError> {
        let (rules, problems) = rules(stack, services.iter().copied());
        if rules.is_empty() {
            return Err(CliError::usages(if problems.is_empty() {
                vec![nothing_to_watch(services)]
            } else {
                problems
            }));
        }
        context.output().report_all(&problems);
        let services = rules.iter().map(|rule| rule.service.clone()).collect();
        let follower = Follower::start(rules)
            .await
            .map_err(|error| CliError::failed(error.diagnostic()))?;
        Ok(Self {
            context,
            project: stack.name.clone(),
            directory: stack.directory.clone(),
            follower,
            services,
            copied: HashMap::new(),
            known: HashSet::new(),
        })
    }

    /// Does what rules say, until Ctrl-C.
    pub(super) async fn run(mut self) -> Result<ExitCode, CliError> {
        let engine = self.context.engine().await?;
        for service in self.services.clone() {
            self.bring(&engine, &service, &Copying::default()).await?;
        }
        let paths: IndexSet<String> = self
            .follower
            .rules()
            .iter()
            .map(|rule| shown(rule.root(), &self.directory))
            .collect();
        self.tell(&WatchEvent::Watching {
            services: self.services.iter().cloned().collect(),
            paths: paths.into_iter().collect(),
        })?;
        let cancel = self.context.cancel().clone();
        loop {
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(ExitCode::DONE),
                () = self.follower.happened() => {}
            }
            let changes = self
                .follower
                .look()
                .await
                .map_err(|error| CliError::failed(error.diagnostic()))?;
            let work = Work::of(self.follower.rules(), &changes);
            for (service, work) in work {
                let done = tokio::select! {
                    done = self.carry_out(&engine, &service, &work) => done,
                    // A plan sees to its own end; the rest may just stop.
                    () = cancel.cancelled(), if work.is_only_copying() => return Ok(ExitCode::DONE),
                };
                match done {
                    Ok(()) => {}
                    Err(error) if error.code == ExitCode::INTERRUPTED => return Err(error),
                    // The next change is another chance.
                    Err(error) => self.context.output().report_all(&error.diagnostics),
                }
            }
        }
    }

    /// Does what has to be done for one service.
    async fn carry_out(
        &mut self,
        engine: &EngineHandle,
        service: &str,
        work: &Work,
    ) -> Result<(), CliError> {
        if let Some(file) = &work.rebuild {
            self.tell(&WatchEvent::Rebuilding {
                service: service.to_owned(),
                because: shown(file, &self.directory),
            })?;
            // What was copied is brought into whatever there is afterwards, new or not.
            let built = self.rebuild(service).await;
            unless_interrupted(self.context, built)?;
        }
        let (containers, new) = self.bring(engine, service, &work.copying).await?;
        if containers.is_empty() {
            return Err(CliError::failed(
                Diagnostic::warning(format!("`{service}` has no container to bring changes to"))
                    .fix(format!("devstack up {service}")),
            ));
        }
        if let Some(file) = work.restart.as_ref().filter(|_| !new) {
            self.tell(&WatchEvent::Restarting {
                service: service.to_owned(),
                because: shown(file, &self.directory),
            })?;
            let restarted = self.restart(service).await;
            unless_interrupted(self.context, restarted)?;
        }
        for hook in &work.commands {
            for container in containers.iter().filter(|one| one.runs()) {
                self.command(engine, container, hook).await?;
            }
        }
        Ok(())
    }

    /// Brings changes into the containers of a service; into new ones all that was copied so far. Gives the containers,
    /// and whether all are new.
    async fn bring(
        &mut self,
        engine: &EngineHandle,
        service: &str,
        changes: &Copying,
    ) -> Result<(Vec<ServiceContainer>, bool), CliError> {
        self.copied
            .entry(service.to_owned())
            .or_default()
            .then(changes);
        let mut containers = of_project(engine.as_ref(), &self.project).await?;
        containers.retain(|container| {
            container.service == service && container.summary.state != ContainerState::Removing
        });
        let mut new = true;
        for container in &containers {
            let everything;
            let copying = if self.known.contains(&container.summary.id) {
                new = false;
                changes
            } else {
                let rules = self.follower.rules();
                let mut all = Work::initial(rules, service, &self.follower.all());
                all.then(&self.copied[service]);
                everything = all;
                &everything
            };
            if !copying.is_empty() {
                self.copy(engine, container, copying).await?;
            }
            self.known.insert(container.summary.id.clone());
        }
        Ok((containers, new))
    }

    async fn copy(
        &self,
        engine: &EngineHandle,
        container: &ServiceContainer,
        copying: &Copying,
    ) -> Result<(), CliError> {
        let service = &container.service;
        let began = Instant::now();
        let copied = copy(engine.as_ref(), &container.summary, service, copying)
            .await
            .map_err(|error| {
                CliError::failed(Diagnostic::error(format!(
                    "files could not be copied into `{service}`: {error}"
                )))
            })?;
        self.context.output().report_all(&copied.problems);
        let files = copying
            .files()
            .filter(|(_, file, _)| !copied.unread.contains(*file));
        let put: Vec<SyncedFile> = files
            .filter(|(_, _, kind)| *kind != Kind::Folder)
            .map(|(target, file, _)| SyncedFile {
                file: shown(file, &self.directory),
                target,
            })
            .collect();
        if put.is_empty() && copied.removed.is_empty() {
            return Ok(());
        }
        self.tell(&WatchEvent::Synced {
            service: service.clone(),
            put,
            removed: copied.removed,
            took_ms: since(began),
        })
    }

    /// Runs a rule's command in a container.
    async fn command(
        &self,
        engine: &EngineHandle,
        container: &ServiceContainer,
        hook: &Hook,
    ) -> Result<(), CliError> {
        let service = &container.service;
        let variables = hook.environment.iter();
        let spec = ExecSpec {
            command: hook.command.clone(),
            environment: variables
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
            user: hook.user.clone(),
            working_dir: hook.working_dir.clone(),
            privileged: hook.privileged,
            ..ExecSpec::default()
        };
        let began = Instant::now();
        let ended = run_in(engine.as_ref(), &container.summary.id, &spec).await?;
        let command = hook.command.join(" ");
        if ended.failed() {
            let code = ended.code.unwrap_or_default();
            return Err(CliError::failed(
                Diagnostic::error(format!(
                    "`{command}` in `{service}` failed with exit code {code}"
                ))
                .at(&hook.span, "")
                .evidence("output", ended.lines),
            ));
        }
        self.tell(&WatchEvent::Ran {
            service: service.clone(),
            command: hook.command.clone(),
            output: ended.lines,
            took_ms: since(began),
        })
    }

    /// What `devstack up --build --no-deps SERVICE` does, with the manifest as it is now.
    async fn rebuild(&self, service: &str) -> Result<ExitCode, CliError> {
        let services = [service.to_owned()];
        let loaded = self.context.load(&services);
        let errors = loaded.diagnostics.into_iter().filter(Diagnostic::is_error);
        let errors: Vec<Diagnostic> = errors.collect();
        let stack = loaded.stack.filter(|_| errors.is_empty());
        let stack = stack.ok_or_else(|| CliError::usages(errors))?;
        let options = UpOptions {
            services: services.to_vec(),
            build: true,
            no_deps: true,
            ..UpOptions::default()
        };
        PlanRun::of_stack(self.context, "watch", stack)
            .await?
            .run(async |run| {
                let observed = run.observe().await?;
                let stack = run.stack().expect("there is a stack");
                plan::up(stack, &observed, &options).map_err(impossible)
            })
            .await
    }

    /// What `devstack restart SERVICE` does.
    async fn restart(&self, service: &str) -> Result<ExitCode, CliError> {
        let services = [service.to_owned()];
        PlanRun::of_project(self.context, "watch")
            .await?
            .run(async |run| {
                let observed = run.known_services(&services).await?;
                Ok(plan::restart(
                    run.project(),
                    &observed,
                    run.stack(),
                    &services,
                    None,
                ))
            })
            .await
    }

    fn tell(&self, event: &WatchEvent) -> Result<(), CliError> {
        Ok(tell(self.context.view(), event, self.context.output())?)
    }
}

/// The services of a stack that are to be watched when these are named: each must have something to watch.
pub(super) fn watched<'a>(stack: &'a Stack, named: &[String]) -> Result<Vec<&'a str>, CliError> {
    let has_rules: IndexMap<&str, bool> = stack
        .services
        .values()
        .filter(|service| named.is_empty() || named.contains(&service.name))
        .map(|service| (service.name.as_str(), !service.watches.is_empty()))
        .collect();
    let without: Vec<&str> = has_rules
        .iter()
        .filter(|(_, has)| !**has)
        .map(|(name, _)| *name)
        .collect();
    if without.len() == has_rules.len() || (!named.is_empty() && !without.is_empty()) {
        return Err(CliError::usage(nothing_to_watch(&without)));
    }
    Ok(has_rules
        .into_iter()
        .filter(|(_, has)| *has)
        .map(|(name, _)| name)
        .collect())
}

fn nothing_to_watch(services: &[&str]) -> Diagnostic {
    let whose = match services {
        [one] => format!("`{one}` has no `develop.watch`"),
        _ => "no service has `develop.watch`".to_owned(),
    };
    Diagnostic::error(format!("there is nothing to watch: {whose}")).fix(
        "say in the service what is to be followed: `develop: { watch: [{ path: ./src, action: sync, target: /app/src }] }`",
    )
}

/// A run that failed has told so itself, or is told here, and the session goes on; one that was interrupted ends it.
fn unless_interrupted(context: &Context, ran: Result<ExitCode, CliError>) -> Result<(), CliError> {
    match ran {
        Ok(ExitCode::INTERRUPTED) => Err(CliError::interrupted()),
        Ok(_) => Ok(()),
        Err(error) if error.code == ExitCode::INTERRUPTED => Err(error),
        Err(error) => {
            context.output().report_all(&error.diagnostics);
            Ok(())
        }
    }
}

fn since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
