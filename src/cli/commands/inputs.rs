//! `devstack inputs`: what the manifest asks of its user. Secrets are never shown.

use std::io::Read as _;

use clap::{Args, Subcommand, ValueEnum};
use indexmap::IndexMap;

use crate::cli::inputs::{ask, keep, known, proposal, typed};
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::manifest::inputs::{GivenBy, Input, Inputs, write_answers};
use crate::stack::Loaded;
use crate::ui::{Line, Role, Table};

const EXAMPLES: &str = "\
Examples:
  devstack inputs                     what is asked, and who answered
  devstack inputs set STRIPE_KEY      answer it anew, without the answer in the shell's history
  devstack inputs set REGION=eu
  devstack inputs forget STRIPE_KEY   the next `up` asks again
  devstack inputs forget --all";

/// A longer answer is none.
const LONGEST: u64 = 1 << 20;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer an input; without a value it is asked for, or read from standard input
    Set {
        /// The input, and its value
        #[arg(value_name = "NAME[=VALUE]", required = true)]
        answers: Vec<String>,
    },
    /// Forget answers, so that the next `up` asks again
    Forget {
        /// The inputs
        #[arg(value_name = "NAME", required_unless_present = "all")]
        names: Vec<String>,
        /// All answers
        #[arg(long, conflicts_with = "names")]
        all: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// A list with an object for each input
    Json,
}

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let loaded = context.load(&[]);
    if loaded.inputs.list.is_empty() && loaded.stack.is_none() {
        let errors = loaded.diagnostics.into_iter().filter(Diagnostic::is_error);
        return Err(CliError::usages(errors.collect()));
    }
    match arguments.command {
        None => list(context, &loaded.inputs, arguments.format),
        Some(Command::Set { answers }) => set(context, &loaded, &answers).await,
        Some(Command::Forget { names, .. }) => forget(context, &loaded.inputs, &names),
    }
}

fn list(context: &Context, inputs: &Inputs, format: Format) -> Result<ExitCode, CliError> {
    let output = context.output();
    if format == Format::Json {
        let items: Vec<_> = inputs
            .list
            .iter()
            .map(|input| {
                serde_json::json!({
                    "name": input.name,
                    "prompt": input.prompt,
                    "secret": input.secret,
                    "optional": input.optional,
                    "answered": input.is_answered(),
                    "from": source(input),
                    "value": input.value.as_ref().filter(|_| !input.secret),
                })
            })
            .collect();
        output.data(&serde_json::to_string_pretty(&items)?)?;
        return Ok(ExitCode::DONE);
    }
    if inputs.list.is_empty() {
        output.say("the manifest asks for nothing");
        return Ok(ExitCode::DONE);
    }
    let mut table = Table::new(&["input", "value", "from", "asks for"]);
    for input in &inputs.list {
        let value = match &input.value {
            Some(value) if value.is_empty() => Line::of(Role::Dim, "(empty)"),
            Some(_) if input.secret => Line::of(Role::Dim, "(hidden)"),
            Some(value) => Line::of(Role::Plain, value),
            None if input.optional => Line::of(Role::Dim, "(none)"),
            None => Line::of(Role::Bad, "missing"),
        };
        table.row(vec![
            Line::of(Role::Strong, &input.name),
            value,
            Line::of(Role::Plain, source(input).unwrap_or_default()),
            Line::of(Role::Plain, &input.prompt),
        ]);
    }
    output.table(&table)?;
    Ok(ExitCode::DONE)
}

/// Who gave the value, in a few words.
fn source(input: &Input) -> Option<&'static str> {
    Some(match input.given_by? {
        GivenBy::Environment => "environment",
        GivenBy::Answer => "your answer",
        GivenBy::EnvFile => "env file",
        GivenBy::Default => "default",
    })
}

async fn set(context: &Context, loaded: &Loaded, answers: &[String]) -> Result<ExitCode, CliError> {
    let inputs = &loaded.inputs;
    let mut given = IndexMap::new();
    for answer in answers {
        let (name, value) = match answer.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (answer.as_str(), None),
        };
        let input = known(inputs, name).map_err(|problem| CliError::usage(*problem))?;
        let value = match value {
            Some(value) => value,
            None if context.terminal().can_ask() => {
                let proposed = proposal(context, loaded, input).await;
                ask(context, input, proposed).await?
            }
            None if answers.len() == 1 => from_standard_input().await?,
            None => {
                return Err(CliError::usage(
                    Diagnostic::error(format!("there is no terminal to ask for `{name}` on"))
                        .fix(format!("write `{name}=VALUE`")),
                ));
            }
        };
        typed(inputs, name, &value).map_err(|problem| CliError::usage(*problem))?;
        given.insert(name.to_owned(), value);
    }
    for name in given.keys() {
        if inputs.get(name).and_then(|input| input.given_by) == Some(GivenBy::Environment) {
            context.output().report(
                &Diagnostic::warning(format!(
                    "`{name}` is set in the environment, which wins over the answer"
                ))
                .fix(format!("unset {name}")),
            );
        }
    }
    keep(inputs, given)?;
    Ok(ExitCode::DONE)
}

/// The first line of standard input.
async fn from_standard_input() -> Result<String, CliError> {
    let read = tokio::task::spawn_blocking(|| {
        let mut text = String::new();
        std::io::stdin().take(LONGEST).read_to_string(&mut text)?;
        Ok::<_, std::io::Error>(text)
    });
    let text = read
        .await
        .map_err(std::io::Error::other)
        .and_then(|text| text)
        .map_err(|error| {
            CliError::failed(Diagnostic::error(format!(
                "standard input cannot be read: {error}"
            )))
        })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn forget(context: &Context, inputs: &Inputs, names: &[String]) -> Result<ExitCode, CliError> {
    let mut answers = inputs.answers.clone();
    if names.is_empty() {
        answers.clear();
    }
    for name in names {
        // One that the manifest does not ask for any more may be kept still.
        if answers.shift_remove(name).is_none() {
            known(inputs, name).map_err(|problem| CliError::usage(*problem))?;
            context
                .output()
                .say(&format!("there was no answer to `{name}`"));
        }
    }
    write_answers(&inputs.file, &answers).map_err(|error| {
        let file = inputs.file.display();
        CliError::failed(Diagnostic::error(format!(
            "the answers in `{file}` cannot be changed: {error}"
        )))
    })?;
    Ok(ExitCode::DONE)
}
