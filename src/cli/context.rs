//! What every command works with.

use std::ffi::OsString;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::inputs::unanswered;
use super::{CliError, ExitCode};
use crate::company::{CompanyNetwork, Sources};
use crate::diagnostic::{Diagnostic, nearest};
use crate::doctor::{EngineHome, Finding, Machine, Subject, engine_absent};
use crate::engine::EngineHandle;
use crate::engine::connect::{CliCredentials, ConnectError, ConnectOptions, Connection, connect};
use crate::settings::{MAIN_INSTANCE, Settings};
use crate::stack::{LoadOptions, Loaded, Stack, load};
use crate::ui::{Output, Terminal, View};

/// Nobody waits longer than this without a word.
const SILENT: Duration = Duration::from_secs(2);

/// Settings, surroundings, engine and cancellation of one command.
pub struct Context {
    settings: Settings,
    output: Output,
    cancel: CancellationToken,
    engine: OnceCell<Connected>,
    /// A manifest that came on standard input.
    standard_input: Option<Arc<[u8]>>,
    /// What the user's network asks for, and what is wrong with that; read when it is first asked for.
    company: OnceLock<(Arc<CompanyNetwork>, Vec<Diagnostic>)>,
}

/// Where the engine came from.
enum Connected {
    /// Found by settings and environment; the connection keeps its tunnel open.
    Found(Box<Connection>),
    /// Handed over.
    Given(EngineHandle),
}

impl Context {
    /// A context whose engine is connected when it is first asked for.
    pub fn new(
        settings: Settings,
        standard_input: Option<Arc<[u8]>>,
        output: Output,
        cancel: CancellationToken,
    ) -> Self {
        Self {
            settings,
            output,
            cancel,
            engine: OnceCell::new(),
            standard_input,
            company: OnceLock::new(),
        }
    }

    /// A context with an engine that is connected already.
    pub fn with_engine(settings: Settings, output: Output, engine: EngineHandle) -> Self {
        Self {
            settings,
            output,
            cancel: CancellationToken::new(),
            engine: OnceCell::new_with(Some(Connected::Given(engine))),
            standard_input: None,
            company: OnceLock::new(),
        }
    }

    /// What was asked for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where everything is printed.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// What the surroundings can show.
    pub fn terminal(&self) -> &Terminal {
        self.output.terminal()
    }

    /// How runs are shown.
    pub fn view(&self) -> View {
        self.settings.view(self.terminal())
    }

    /// Cancelled at the first Ctrl-C.
    pub fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// The engine; connects at the first call.
    pub async fn engine(&self) -> Result<EngineHandle, CliError> {
        Ok(match self.connected().await? {
            Connected::Found(connection) => EngineHandle::clone(&connection.engine),
            Connected::Given(engine) => EngineHandle::clone(engine),
        })
    }

    /// The logins of registries that the engine's connection uses, which know what went wrong with them; connects at
    /// the first call.
    pub async fn credentials(&self) -> Result<Option<Arc<CliCredentials>>, CliError> {
        Ok(match self.connected().await? {
            Connected::Found(connection) => Some(Arc::clone(&connection.credentials)),
            Connected::Given(_) => None,
        })
    }

    async fn connected(&self) -> Result<&Connected, CliError> {
        self.engine
            .get_or_try_init(|| async {
                let options = self.connect_options();
                let mut connecting = Box::pin(connect(&options));
                let early = timeout(SILENT, &mut connecting).await;
                let connected = if let Ok(connected) = early {
                    connected
                } else {
                    let output = &self.output;
                    output.say("waiting for the container engine to answer");
                    connecting.await
                };
                let connection = connected.map_err(|error| self.unconnected(error))?;
                for warning in &connection.warnings {
                    self.output.report(warning);
                }
                Ok::<_, CliError>(Connected::Found(Box::new(connection)))
            })
            .await
    }

    /// How the engine is found.
    pub(super) fn connect_options(&self) -> ConnectOptions {
        let environment = &self.settings.environment;
        ConnectOptions {
            host: self.settings.host.clone(),
            context: self.settings.context.clone(),
            ..ConnectOptions::from_variables(|name| environment.get(name).map(OsString::from))
        }
    }

    /// What the doctor looks at.
    pub(super) fn subject(&self) -> Subject {
        let environment = &self.settings.environment;
        let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let (company, settings_problems) = self.company();
        Subject {
            company: Arc::clone(company),
            settings_problems: settings_problems.to_vec(),
            connect: self.connect_options(),
            load: self.load_options(&[]),
            layer_mode: self.settings.layer_mode,
            home: EngineHome {
                machine: Machine::this(variable("PATH").map(OsString::from)),
                runtime_dir: variable("XDG_RUNTIME_DIR").map(PathBuf::from),
                start: variable("DEVSTACK_ENGINE_START").cloned(),
            },
        }
    }

    /// Why there is no engine, as the doctor tells it.
    fn unconnected(&self, error: ConnectError) -> CliError {
        let found = engine_absent(&error, &self.subject().home);
        let mended = found.iter().find_map(|finding| finding.mend.clone());
        let problem = found.into_iter().find_map(Finding::into_diagnostic);
        let mut told = CliError::from(error);
        if let Some(problem) = problem {
            told.diagnostics = vec![match mended {
                Some(mend) => problem.note(format!("`devstack doctor --fix` can {}", mend.title())),
                None => problem,
            }];
        }
        told
    }

    /// What the user's network asks for, and what is wrong with the settings that say so.
    pub fn company(&self) -> (&Arc<CompanyNetwork>, &[Diagnostic]) {
        let (company, problems) = self.company.get_or_init(|| {
            let (company, problems) = CompanyNetwork::load(Sources {
                environment: &self.settings.environment,
                home: self.settings.home.as_deref(),
                directory: &self.settings.directory,
            });
            (Arc::new(company), problems)
        });
        (company, problems)
    }

    /// The manifest, with whatever is wrong with it.
    pub fn load(&self, services: &[String]) -> Loaded {
        self.load_as(&self.load_options(services))
    }

    fn load_as(&self, options: &LoadOptions) -> Loaded {
        let mut loaded = load(options);
        if let Some(stack) = &mut loaded.stack {
            stack.enter(self.company().0);
            self.output.never_tell(&stack.secrets);
        }
        loaded
    }

    /// Which manifest is loaded, and how, with the named services switched on.
    pub(super) fn load_options(&self, services: &[String]) -> LoadOptions {
        LoadOptions {
            directory: self.settings.directory.clone(),
            files: self.settings.files.clone(),
            project_directory: self.settings.project_directory.clone(),
            project_name: self.settings.project_name.clone(),
            instance: self.settings.instance.clone(),
            profiles: self.settings.profiles.clone(),
            env_files: self.settings.env_files.clone(),
            services: services.to_vec(),
            environment: self.settings.environment.clone(),
            unwritten: None,
            home: self.settings.home.clone(),
            standard_input: self.standard_input.clone(),
        }
    }

    /// The stack that the manifest describes, with the named services switched on. Warnings are reported; errors,
    /// and services that there are not, end the command.
    ///
    /// An input of the manifest that was not answered is an error, too, and so are settings of the user's that cannot be
    /// used.
    pub fn stack(&self, services: &[String]) -> Result<Stack, CliError> {
        self.fit_to_run(self.load(services), services)
    }

    /// The same of a manifest that is loaded already.
    pub(super) fn fit_to_run(
        &self,
        loaded: Loaded,
        services: &[String],
    ) -> Result<Stack, CliError> {
        let (stack, loaded) = self.check(loaded, services)?;
        let mut errors = loaded.inputs.wrong();
        errors.extend(unanswered(&loaded.inputs));
        let problems = self.company().1;
        let (wrong, odd): (Vec<_>, Vec<_>) =
            problems.iter().cloned().partition(Diagnostic::is_error);
        self.output.report_all(&odd);
        errors.extend(wrong);
        if errors.is_empty() {
            Ok(stack)
        } else {
            Err(CliError::usages(errors))
        }
    }

    /// The stack as another instance of it; `main` is the one without a name.
    pub fn instance(&self, name: &str) -> Result<Stack, CliError> {
        let instance = (name != MAIN_INSTANCE).then(|| name.to_owned());
        let loaded = self.load_as(&LoadOptions {
            instance,
            ..self.load_options(&[])
        });
        let errors = loaded.diagnostics.into_iter().filter(Diagnostic::is_error);
        loaded
            .stack
            .ok_or_else(|| CliError::usages(errors.collect()))
    }

    /// The same, and what else the manifest says.
    pub fn checked(&self, services: &[String]) -> Result<(Stack, Loaded), CliError> {
        self.check(self.load(services), services)
    }

    fn check(&self, mut loaded: Loaded, services: &[String]) -> Result<(Stack, Loaded), CliError> {
        let (errors, warnings): (Vec<_>, Vec<_>) = std::mem::take(&mut loaded.diagnostics)
            .into_iter()
            .partition(Diagnostic::is_error);
        self.output.report_all(&warnings);
        let stack = loaded.stack.take();
        let Some(stack) = stack.filter(|_| errors.is_empty()) else {
            return Err(CliError::usages(errors));
        };
        let unknown: Vec<Diagnostic> = services
            .iter()
            .filter(|name| !stack.services.contains_key(*name))
            .map(|name| unknown_service(name, stack.services.keys().map(String::as_str)))
            .collect();
        if unknown.is_empty() {
            Ok((stack, loaded))
        } else {
            Err(CliError::usages(unknown))
        }
    }

    /// The project's name, from `-p` or from a manifest that may be broken otherwise.
    pub fn project(&self) -> Result<(String, Loaded), CliError> {
        let loaded = self.load(&[]);
        if let Some(name) = self.settings.project().or(loaded.project_name.clone()) {
            return Ok((name, loaded));
        }
        let errors: Vec<_> = loaded
            .diagnostics
            .into_iter()
            .filter(Diagnostic::is_error)
            .collect();
        if errors.is_empty() {
            return Err(CliError::usage(
                Diagnostic::error("the project has no name").fix("give one with `-p NAME`"),
            ));
        }
        Err(CliError::usages(
            errors
                .into_iter()
                .map(|error| error.note("with `-p NAME` this command needs no manifest"))
                .collect(),
        ))
    }

    /// That nothing of the project is there: the wrong folder or a broken manifest if one can be blamed.
    pub(super) fn nothing_there(&self, project: &str, loaded: &Loaded) -> CliError {
        let errors: Vec<Diagnostic> = loaded
            .diagnostics
            .iter()
            .filter(|problem| problem.is_error())
            .cloned()
            .collect();
        if self.settings.project_name.is_none() && !errors.is_empty() {
            return CliError::usages(errors);
        }
        CliError::failed(
            Diagnostic::error(format!("nothing of project `{project}` is there"))
                .fix("bring it up: `devstack up`"),
        )
    }

    /// Waits for `work`, but no longer than until Ctrl-C.
    pub async fn interruptible(
        &self,
        work: impl Future<Output = Result<ExitCode, CliError>>,
    ) -> Result<ExitCode, CliError> {
        tokio::select! {
            answer = work => answer,
            () = self.cancel.cancelled() => Err(CliError::interrupted()),
        }
    }
}

/// That there is no such service, and which one was probably meant.
pub(super) fn unknown_service<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!("there is no service `{name}`"));
    if let Some(near) = nearest(name, known.clone()) {
        return diagnostic.fix(format!("did you mean `{near}`?"));
    }
    let names: Vec<&str> = known.into_iter().collect();
    if names.is_empty() {
        diagnostic
    } else {
        diagnostic.note(format!("there are {}", names.join(", ")))
    }
}
