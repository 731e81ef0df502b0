//! What was asked for: flags and environment, put together once and read by every command.
//!
//! A flag wins over its `DEVSTACK_*` variable, which wins over Compose's variable of the same meaning.
//! `COMPOSE_FILE` and `COMPOSE_PROJECT_NAME` may also stand in `.env`, so the manifest's loader reads them. The
//! command line is parsed in `cli`; nothing here knows how.

mod error;
mod progress;
mod worktree;

use std::path::PathBuf;

use indexmap::IndexMap;

pub use error::SettingsError;
pub use progress::ProgressMode;

use crate::manifest::project_name::normalise;
use crate::plan::LayerMode;
use crate::ui::{Terminal, View};

/// What the copy of a stack that has no name is called.
pub const MAIN_INSTANCE: &str = "main";

/// The flags that every command has, as they were typed.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `-f`, in order.
    pub files: Vec<PathBuf>,
    /// `-p`.
    pub project: Option<String>,
    /// `--instance`.
    pub instance: Option<String>,
    /// `--project-directory`.
    pub project_directory: Option<PathBuf>,
    /// `--profile`, in order.
    pub profiles: Vec<String>,
    /// `--env-file`, in order.
    pub env_files: Vec<PathBuf>,
    /// `--host`.
    pub host: Option<String>,
    /// `--context`.
    pub context: Option<String>,
    /// `--progress`.
    pub progress: Option<ProgressMode>,
    /// How often `-v` was given.
    pub verbosity: u8,
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder that the user is in.
    pub directory: PathBuf,
    /// Manifest files; when there are none, they are looked for.
    pub files: Vec<PathBuf>,
    /// The folder that relative paths of the manifest start from, if it is not that of the first file.
    pub project_directory: Option<PathBuf>,
    /// The project's name, if it was given, without the instance.
    pub project_name: Option<String>,
    /// Which copy of the stack is meant; none for the one without a name.
    pub instance: Option<String>,
    /// How layers of data are put together, if that was said.
    pub layer_mode: Option<LayerMode>,
    /// Profiles that are switched on.
    pub profiles: Vec<String>,
    /// Env files to use in place of `.env`.
    pub env_files: Vec<PathBuf>,
    /// The engine's address, if it was given.
    pub host: Option<String>,
    /// The name of the engine's context, if it was given.
    pub context: Option<String>,
    /// How runs are shown.
    pub progress: ProgressMode,
    /// How much of the inside is told: 0 is nothing.
    pub verbosity: u8,
    /// The environment of the process.
    pub environment: IndexMap<String, String>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
}

impl Settings {
    /// Puts flags and environment together.
    pub fn new(
        flags: Flags,
        environment: IndexMap<String, String>,
        directory: PathBuf,
    ) -> Result<Self, SettingsError> {
        let variable = |name: &str| {
            environment
                .get(name)
                .map(String::as_str)
                .filter(|value| !value.is_empty())
        };
        let list = |given: Vec<String>, names: &[&str]| {
            if given.is_empty() {
                names
                    .iter()
                    .find_map(|name| variable(name))
                    .map(split)
                    .unwrap_or_default()
            } else {
                given.iter().flat_map(|part| split(part)).collect()
            }
        };
        let progress = match (flags.progress, variable("DEVSTACK_PROGRESS")) {
            (Some(mode), _) => mode,
            (None, Some(text)) => text.parse()?,
            (None, None) => ProgressMode::Auto,
        };
        let profiles = list(flags.profiles, &["DEVSTACK_PROFILES", "COMPOSE_PROFILES"]);
        let env_files = if flags.env_files.is_empty() {
            list(Vec::new(), &["DEVSTACK_ENV_FILES", "COMPOSE_ENV_FILES"])
                .into_iter()
                .map(PathBuf::from)
                .collect()
        } else {
            flags.env_files
        };
        let files = match variable("DEVSTACK_FILE") {
            Some(listed) if flags.files.is_empty() => std::env::split_paths(listed).collect(),
            _ => flags.files,
        };
        let given =
            |flag: Option<String>, name: &str| flag.or_else(|| variable(name).map(str::to_owned));
        // `--context` on the command line must not lose to a variable that names a host, nor the other way round.
        let (host, context) = match (flags.host, flags.context) {
            (None, None) => (
                given(None, "DEVSTACK_HOST"),
                given(None, "DEVSTACK_CONTEXT"),
            ),
            flags => flags,
        };
        if host.is_some() && context.is_some() {
            return Err(SettingsError::HostAndContext);
        }
        let layer_mode = match variable("DEVSTACK_LAYERS") {
            None => None,
            Some("overlay") => Some(LayerMode::Overlay),
            Some("copy") => Some(LayerMode::Copy),
            Some(other) => return Err(SettingsError::Layers(other.to_owned())),
        };
        let project_name = given(flags.project, "DEVSTACK_PROJECT");
        let instance = match given(flags.instance, "DEVSTACK_INSTANCE") {
            Some(name) if name == MAIN_INSTANCE => None,
            Some(name) if normalise(&name) != name || name.is_empty() => {
                return Err(SettingsError::Instance(name));
            }
            Some(name) => Some(name),
            // Whoever names the project knows which one is meant.
            None if project_name.is_some() || variable("COMPOSE_PROJECT_NAME").is_some() => None,
            None => worktree::linked(flags.project_directory.as_ref().unwrap_or(&directory)),
        };
        let home = variable("HOME").map(PathBuf::from);
        Ok(Self {
            directory,
            files,
            project_directory: flags.project_directory,
            project_name,
            instance,
            layer_mode,
            profiles,
            env_files,
            host,
            context,
            progress,
            verbosity: flags.verbosity,
            home,
            environment,
        })
    }

    /// The name of the project that was asked for, with its instance.
    pub fn project(&self) -> Option<String> {
        let name = self.project_name.clone()?;
        Some(match &self.instance {
            Some(instance) => format!("{name}-{instance}"),
            None => name,
        })
    }

    /// How a run is shown on this terminal.
    pub fn view(&self, terminal: &Terminal) -> View {
        match self.progress {
            // Our own log would run through the live lines.
            ProgressMode::Auto if self.verbosity > 0 => View::Plain,
            ProgressMode::Auto | ProgressMode::Tty => View::fitting(terminal),
            ProgressMode::Plain => View::Plain,
            ProgressMode::Json => View::Json,
            ProgressMode::Quiet => View::Quiet,
        }
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::TerminalFacts;

    fn settings(flags: Flags, variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let environment = variables
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Settings::new(flags, environment, PathBuf::from("/work"))
    }

    #[test]
    fn a_flag_wins_over_devstacks_variable_and_that_over_composes() {
        let variables = [
            ("DEVSTACK_PROFILES", "a, b"),
            ("COMPOSE_PROFILES", "c"),
            ("DEVSTACK_PROJECT", "shop"),
            ("DEVSTACK_FILE", "one.yaml:two.yaml"),
        ];
        let from_variables = settings(Flags::default(), &variables).expect("it is fine");
        assert_eq!(from_variables.profiles, ["a", "b"]);
        assert_eq!(from_variables.project_name.as_deref(), Some("shop"));
        assert_eq!(
            from_variables.files,
            [PathBuf::from("one.yaml"), PathBuf::from("two.yaml")]
        );
        let flags = Flags {
            profiles: vec!["x,y".into(), "z".into()],
            project: Some("other".into()),
            files: vec!["three.yaml".into()],
            ..Flags::default()
        };
        let from_flags = settings(flags, &variables).expect("it is fine");
        assert_eq!(from_flags.profiles, ["x", "y", "z"]);
        assert_eq!(from_flags.project_name.as_deref(), Some("other"));
        assert_eq!(from_flags.files, [PathBuf::from("three.yaml")]);
    }

    #[test]
    fn composes_lists_are_read() {
        let variables = [
            ("COMPOSE_PROFILES", "dev"),
            ("COMPOSE_ENV_FILES", "a.env,b.env"),
        ];
        let settings = settings(Flags::default(), &variables).expect("it is fine");
        assert_eq!(settings.profiles, ["dev"]);
        assert_eq!(
            settings.env_files,
            [PathBuf::from("a.env"), PathBuf::from("b.env")]
        );
    }

    #[test]
    fn an_unknown_progress_mode_is_refused_with_the_nearest() {
        let error = settings(Flags::default(), &[("DEVSTACK_PROGRESS", "plian")])
            .expect_err("it is refused");
        let diagnostic = error.diagnostic();
        assert_eq!(
            diagnostic.message,
            "`plian` (DEVSTACK_PROGRESS) is no way to show progress"
        );
        assert_eq!(diagnostic.fix.as_deref(), Some("did you mean `plain`?"));
    }

    #[test]
    fn a_context_flag_does_not_lose_to_a_host_variable() {
        let flags = Flags {
            context: Some("remote".into()),
            ..Flags::default()
        };
        let settings = settings(flags, &[("DEVSTACK_HOST", "tcp://x:1")]).expect("it is fine");
        assert_eq!(settings.context.as_deref(), Some("remote"));
        assert_eq!(settings.host, None);
    }

    #[test]
    fn host_and_context_exclude_each_other() {
        let variables = [
            ("DEVSTACK_HOST", "tcp://x:1"),
            ("DEVSTACK_CONTEXT", "remote"),
        ];
        assert!(matches!(
            settings(Flags::default(), &variables),
            Err(SettingsError::HostAndContext)
        ));
    }

    #[test]
    fn the_live_view_needs_a_terminal_and_silence() {
        let facts = TerminalFacts {
            stderr: true,
            ..TerminalFacts::default()
        };
        let xterm = IndexMap::from([("TERM".to_owned(), "xterm".to_owned())]);
        let on = Terminal::new(facts, &xterm);
        let off = Terminal::new(TerminalFacts::default(), &IndexMap::new());
        let quiet = settings(Flags::default(), &[]).expect("it is fine");
        assert_eq!(quiet.view(&on), View::Live);
        assert_eq!(quiet.view(&off), View::Plain);
        let verbose = settings(
            Flags {
                verbosity: 1,
                ..Flags::default()
            },
            &[],
        )
        .expect("it is fine");
        assert_eq!(verbose.view(&on), View::Plain);
    }
}
