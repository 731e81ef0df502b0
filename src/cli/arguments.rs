//! The command line as clap sees it: flags that every command has, and the commands.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Effects, Styles};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::commands::{
    add, build, completions, config, console, doctor, down, env, exec, init, inputs, instances,
    logs, open, plan, prune, pull, reset, restart, run, schema, seed, shell, snapshot, start,
    status, stop, templates, up, validate, watch,
};
use super::{CliError, Context, ExitCode};
use crate::settings::{Flags, ProgressMode};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  devstack up                  bring up everything that devstack.yaml describes, until it is ready
  devstack up api              only `api` and what it depends on
  devstack status              what runs, and where
  devstack logs -f api db      watch two services
  devstack console db          the database's own client, logged in
  devstack env                 connection variables for applications on this machine
  devstack down                remove the containers, keep the data

Exit codes: 0 done, 1 failed, 2 wrong usage or manifest, 3 no engine, 130 interrupted.";

/// One command brings a development stack from nothing to ready: containers, data and checks.
#[derive(Debug, Parser)]
#[command(
    name = "devstack",
    version,
    styles = STYLES,
    after_help = EXAMPLES,
    max_term_width = 100,
    disable_help_subcommand = true
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: GlobalArguments,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The flags that every command has.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct GlobalArguments {
    /// Manifest to read instead of the devstack.yaml or Compose file found here or above, `-` for standard input; may be
    /// repeated
    #[arg(short, long, value_name = "FILE", global = true)]
    file: Vec<PathBuf>,
    /// Name of the project [default: `name` in the manifest, else the folder's name]
    #[arg(short, long, value_name = "NAME", global = true)]
    project: Option<String>,
    /// Folder that relative paths in the manifest start from
    #[arg(long, value_name = "DIR", global = true)]
    project_directory: Option<PathBuf>,
    /// Run a second copy of the stack under this name, beside the others; `main` is the one without [default: the name of
    /// the linked git worktree, if this is one]
    #[arg(long, value_name = "NAME", global = true)]
    instance: Option<String>,
    /// Switch a profile of the manifest on; may be repeated
    #[arg(long, value_name = "NAME", global = true)]
    profile: Vec<String>,
    /// Read variables from this file instead of .env; may be repeated
    #[arg(long, value_name = "FILE", global = true)]
    env_file: Vec<PathBuf>,
    /// Address of the container engine (unix://…, tcp://…, ssh://…) [default: as the docker command finds it]
    #[arg(
        short = 'H',
        long,
        value_name = "ADDRESS",
        global = true,
        conflicts_with = "context"
    )]
    host: Option<String>,
    /// Name of the docker context to use
    #[arg(long, value_name = "NAME", global = true)]
    context: Option<String>,
    /// How progress is shown [default: live on a terminal, plain elsewhere]
    #[arg(long, value_name = "HOW", global = true, value_enum)]
    progress: Option<ProgressArgument>,
    /// Tell more of what devstack does; -vv tells even more
    #[arg(short, long, action = ArgAction::Count, global = true)]
    verbose: u8,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProgressArgument {
    /// Live on a terminal, plain elsewhere
    Auto,
    /// One live line a service
    Tty,
    /// A line an event
    Plain,
    /// Each event as JSON, one a line, on standard output
    Json,
    /// Only problems
    Quiet,
}

impl GlobalArguments {
    /// How progress was asked to be shown, if it was.
    pub(super) fn progress_mode(&self) -> Option<ProgressMode> {
        self.progress.map(|progress| match progress {
            ProgressArgument::Auto => ProgressMode::Auto,
            ProgressArgument::Tty => ProgressMode::Tty,
            ProgressArgument::Plain => ProgressMode::Plain,
            ProgressArgument::Json => ProgressMode::Json,
            ProgressArgument::Quiet => ProgressMode::Quiet,
        })
    }
}

impl From<GlobalArguments> for Flags {
    fn from(arguments: GlobalArguments) -> Self {
        Self {
            progress: arguments.progress_mode(),
            files: arguments.file,
            project: arguments.project,
            instance: arguments.instance,
            project_directory: arguments.project_directory,
            profiles: arguments.profile,
            env_files: arguments.env_file,
            host: arguments.host,
            context: arguments.context,
            verbosity: arguments.verbose,
        }
    }
}

/// The commands, in the order in which help shows them.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look at this folder, propose a stack, and write its manifest
    Init(init::Arguments),
    /// Bring the stack up: pull, build, start, seed, and wait until every service is ready
    Up(up::Arguments),
    /// Bring everything up, then bring changed files into containers, as `develop.watch` says
    Watch(watch::Arguments),
    /// Show what `up` would do, and why; changes nothing
    Plan(plan::Arguments),
    /// Show what runs, and where it is reached
    #[command(visible_alias = "ps")]
    Status(status::Arguments),
    /// Show what services print
    Logs(logs::Arguments),
    /// Run a command in a running service
    Exec(exec::Arguments),
    /// Open a shell in a running service
    #[command(visible_alias = "sh")]
    Shell(shell::Arguments),
    /// Open a database's own client, logged in
    Console(console::Arguments),
    /// Print connection variables for applications on this machine
    Env(env::Arguments),
    /// Open a service's address in the browser
    Open(open::Arguments),
    /// Run a command in a new container of a service
    Run(run::Arguments),
    /// Start services that were stopped
    Start(start::Arguments),
    /// Stop services, without removing them
    Stop(stop::Arguments),
    /// Stop services and start them again
    Restart(restart::Arguments),
    /// Remove containers and networks; data stays unless you say otherwise
    Down(down::Arguments),
    /// Apply seeds that are new or were edited
    Seed(seed::Arguments),
    /// Bring data and containers back to the seeded state; `--undo` brings back what was there
    Reset(reset::Arguments),
    /// Named states of all data: save, restore, list, remove
    Snapshot(snapshot::Arguments),
    /// List the copies of this stack
    Instances(instances::Arguments),
    /// Remove layers and automatic snapshots that nothing uses
    Prune(prune::Arguments),
    /// Fetch the images that services need
    Pull(pull::Arguments),
    /// Build the images that services need
    Build(build::Arguments),
    /// Look into everything that keeps stacks from coming up, and mend what can be mended
    Doctor(doctor::Arguments),
    /// Put a ready-made service into the manifest: a database, a queue, a whole stack
    Add(add::Arguments),
    /// List what `add` can add
    Templates(templates::Arguments),
    /// Show what the manifest asks of you, and change your answers
    Inputs(inputs::Arguments),
    /// Check the manifest, and show every problem in it
    Validate(validate::Arguments),
    /// Print the manifest as devstack understands it
    Config(config::Arguments),
    /// Print the JSON Schema of devstack.yaml, for editors
    Schema(schema::Arguments),
    /// Print a script that completes devstack commands in your shell
    Completions(completions::Arguments),
}

impl Command {
    /// Runs the command. Those that carry out a plan see to cancellation themselves; the others just end.
    pub(super) async fn run(self, context: &Context) -> Result<ExitCode, CliError> {
        match self {
            Self::Init(arguments) => {
                context
                    .interruptible(Box::pin(init::run(context, arguments)))
                    .await
            }
            Self::Up(arguments) => Box::pin(up::run(context, arguments)).await,
            Self::Watch(arguments) => Box::pin(watch::run(context, arguments)).await,
            Self::Plan(arguments) => {
                context
                    .interruptible(Box::pin(plan::run(context, arguments)))
                    .await
            }
            Self::Status(arguments) => {
                context
                    .interruptible(Box::pin(status::run(context, arguments)))
                    .await
            }
            Self::Logs(arguments) => {
                context
                    .interruptible(Box::pin(logs::run(context, arguments)))
                    .await
            }
            Self::Exec(arguments) => {
                context
                    .interruptible(Box::pin(exec::run(context, arguments)))
                    .await
            }
            Self::Shell(arguments) => {
                context
                    .interruptible(Box::pin(shell::run(context, arguments)))
                    .await
            }
            Self::Console(arguments) => {
                context
                    .interruptible(Box::pin(console::run(context, arguments)))
                    .await
            }
            Self::Env(arguments) => {
                context
                    .interruptible(Box::pin(env::run(context, arguments)))
                    .await
            }
            Self::Open(arguments) => {
                context
                    .interruptible(Box::pin(open::run(context, arguments)))
                    .await
            }
            Self::Run(arguments) => Box::pin(run::run(context, arguments)).await,
            Self::Start(arguments) => Box::pin(start::run(context, arguments)).await,
            Self::Stop(arguments) => Box::pin(stop::run(context, arguments)).await,
            Self::Restart(arguments) => Box::pin(restart::run(context, arguments)).await,
            Self::Down(arguments) => Box::pin(down::run(context, arguments)).await,
            Self::Seed(arguments) => Box::pin(seed::run(context, arguments)).await,
            Self::Reset(arguments) => Box::pin(reset::run(context, arguments)).await,
            Self::Snapshot(arguments) => Box::pin(snapshot::run(context, arguments)).await,
            Self::Instances(arguments) => {
                context
                    .interruptible(Box::pin(instances::run(context, arguments)))
                    .await
            }
            Self::Prune(arguments) => Box::pin(prune::run(context, arguments)).await,
            Self::Pull(arguments) => Box::pin(pull::run(context, arguments)).await,
            Self::Build(arguments) => Box::pin(build::run(context, arguments)).await,
            Self::Doctor(arguments) => {
                context
                    .interruptible(Box::pin(doctor::run(context, arguments)))
                    .await
            }
            Self::Add(arguments) => Box::pin(add::run(context, arguments)).await,
            Self::Templates(arguments) => Box::pin(templates::run(context, arguments)).await,
            Self::Inputs(arguments) => Box::pin(inputs::run(context, arguments)).await,
            Self::Validate(arguments) => validate::run(context, &arguments),
            Self::Config(arguments) => config::run(context, &arguments),
            Self::Schema(arguments) => schema::run(context, &arguments),
            Self::Completions(arguments) => completions::run(context, &arguments),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_declarations_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_flags_may_stand_on_either_side_of_the_command() {
        for line in [
            "devstack -f a.yaml -p shop --profile x up",
            "devstack up -f a.yaml -p shop --profile x",
            "devstack -f a.yaml -p shop logs --profile x -f db",
        ] {
            let arguments = Arguments::try_parse_from(line.split(' ')).expect(line);
            let flags = Flags::from(arguments.global);
            assert_eq!(flags.files, [PathBuf::from("a.yaml")], "{line}");
            assert_eq!(flags.project.as_deref(), Some("shop"), "{line}");
            assert_eq!(flags.profiles, ["x"], "{line}");
        }
    }

    #[test]
    fn a_command_to_run_keeps_its_own_flags() {
        let line = "devstack exec -T db psql -f seed.sql -v --help";
        let arguments = Arguments::try_parse_from(line.split(' ')).expect(line);
        let Command::Exec(exec) = arguments.command else {
            panic!("it is exec")
        };
        assert_eq!(exec.command, ["psql", "-f", "seed.sql", "-v", "--help"]);
        assert_eq!(arguments.global.verbose, 0);
    }

    #[test]
    fn host_and_context_exclude_each_other() {
        let line = "devstack --host tcp://x:1 --context y status";
        let error = Arguments::try_parse_from(line.split(' ')).expect_err("it is refused");
        assert_eq!(error.exit_code(), 2);
    }
}
