//! The command line: what was typed becomes a command, and the command's answer the exit code.
//!
//! One file a command under `commands`; what they share (settings, terminal, engine, cancellation) is the
//! [`Context`]. The only place that knows clap.

mod arguments;
mod commands;
mod containers;
mod context;
mod data;
mod error;
mod exit_code;
mod inputs;
mod interrupt;
mod log;
mod mends;
mod moment;
mod plan_run;
mod profile;
mod pump;
mod requirements;
mod software;
mod standard_input;
mod watching;

use clap::Parser as _;
use indexmap::IndexMap;
use tokio_util::sync::CancellationToken;

use self::arguments::Arguments;
use crate::settings::{ProgressMode, Settings};
use crate::ui::{Output, Terminal, TerminalFacts, restore_terminal};

pub use context::Context;
pub use error::CliError;
pub use exit_code::ExitCode;

/// Runs the command that was typed.
pub fn main() -> std::process::ExitCode {
    let restore_then_report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore_terminal();
        restore_then_report(panic);
    }));
    let environment = environment();
    let terminal = Terminal::new(TerminalFacts::of_process(), &environment);
    let output = Output::of_process(terminal);
    let code = match Arguments::try_parse() {
        Ok(arguments) => run(arguments, environment, &output),
        Err(error) => usage(&error, &output),
    };
    // Whoever closed standard output early got what they wanted.
    let _ = output.flush();
    code.into()
}

/// The environment, with values that are no UTF-8 made so.
fn environment() -> IndexMap<String, String> {
    std::env::vars_os()
        .map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        })
        .collect()
}

/// Help, version, and what clap has to say of wrong arguments.
fn usage(error: &clap::Error, output: &Output) -> ExitCode {
    let text = error.render();
    if error.use_stderr() {
        let colour = output.stderr_palette().colour;
        let text = if colour {
            text.ansi().to_string()
        } else {
            text.to_string()
        };
        output.say(text.trim_end());
        ExitCode::USAGE
    } else {
        let colour = output.terminal().stdout_palette.colour;
        let text = if colour {
            text.ansi().to_string()
        } else {
            text.to_string()
        };
        let _ = output.data(text.trim_end());
        ExitCode::DONE
    }
}

fn run(arguments: Arguments, environment: IndexMap<String, String>, output: &Output) -> ExitCode {
    let progress = arguments.global.progress_mode();
    let answer = prepare(arguments, environment, output);
    answer.unwrap_or_else(|error| {
        report(&error, progress, output);
        error.code
    })
}

fn prepare(
    arguments: Arguments,
    environment: IndexMap<String, String>,
    output: &Output,
) -> Result<ExitCode, CliError> {
    let Arguments { global, command } = arguments;
    let directory = std::env::current_dir().map_err(|error| CliError::no_directory(&error))?;
    let settings = Settings::new(global.into(), environment, directory)?;
    log::start(settings.verbosity);
    // Before anybody listens for signals, so that Ctrl-C ends a wait for it at once.
    let standard_input = standard_input::manifest(&settings, output)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::no_runtime(&error))?;
    let answer = runtime.block_on(async {
        let cancel = CancellationToken::new();
        interrupt::listen(cancel.clone())?;
        let context = Context::new(settings, standard_input, output.clone(), cancel);
        Box::pin(command.run(&context)).await
    });
    // A thread that waits for the keyboard would hold up an ordinary shutdown until a key is pressed.
    runtime.shutdown_background();
    answer
}

fn report(error: &CliError, progress: Option<ProgressMode>, output: &Output) {
    if progress != Some(ProgressMode::Json) {
        output.report_all(&error.diagnostics);
        return;
    }
    for diagnostic in &error.diagnostics {
        let diagnostic = output.tellable(diagnostic);
        let line = serde_json::json!({ "event": "error", "diagnostic": diagnostic });
        let _ = output.data(&line.to_string());
    }
}
