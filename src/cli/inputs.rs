//! A manifest's inputs: asked for on a terminal, named where there is none, kept.

use std::process::Stdio;
use std::time::Duration;

use clap::Args;
use indexmap::IndexMap;
use tokio::process::Command;

use super::{CliError, Context};
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::inputs::{Input, Inputs, write_answers};
use crate::stack::Loaded;
use crate::ui::{Choice, password, select, text};

/// How long a command may take that proposes an answer.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct InputArguments {
    /// Answer an input of the manifest; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) input: Vec<(String, String)>,
    /// Ask for the inputs of the manifest again
    #[arg(long)]
    pub(super) ask_inputs: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it must be NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Sees to it that the inputs of a manifest have values: takes those that were typed, asks for the others, and loads the
/// manifest again if anything is new. Nothing is kept unless everything was answered.
pub(super) async fn answer(
    context: &Context,
    loaded: Loaded,
    services: &[String],
    arguments: &InputArguments,
) -> Result<Loaded, CliError> {
    let inputs = &loaded.inputs;
    let mut given = IndexMap::new();
    let mut problems = Vec::new();
    for (name, value) in &arguments.input {
        match typed(inputs, name, value) {
            Ok(()) => {
                given.insert(name.clone(), value.clone());
            }
            Err(problem) => problems.push(*problem),
        }
    }
    if !problems.is_empty() {
        return Err(CliError::usages(problems));
    }
    // A manifest that is wrong otherwise is told so before anybody is asked.
    let can_ask = context.terminal().can_ask() && loaded.stack.is_some();
    let open: Vec<&Input> = if can_ask {
        let wanted = |input: &&Input| {
            !given.contains_key(&input.name) && (arguments.ask_inputs || !input.is_answered())
        };
        inputs.list.iter().filter(wanted).collect()
    } else {
        let missing = inputs.missing();
        missing
            .filter(|input| !given.contains_key(&input.name))
            .collect()
    };
    for input in open {
        let proposed = proposal(context, &loaded, input).await;
        if can_ask {
            let value = ask(context, input, proposed).await?;
            given.insert(input.name.clone(), value);
        } else if let Some(value) = proposed.filter(|value| input.check(value).is_ok()) {
            given.insert(input.name.clone(), value);
        }
    }
    if given.is_empty() {
        return Ok(loaded);
    }
    keep(inputs, given)?;
    Ok(context.load(services))
}

/// Whether an answer that was typed can be taken.
pub(super) fn typed(inputs: &Inputs, name: &str, value: &str) -> Result<(), Box<Diagnostic>> {
    let input = known(inputs, name)?;
    input.check(value).map_err(|why| {
        Diagnostic::error(format!("the value for input `{name}` does not fit: {why}"))
            .at(&input.span, "")
            .into()
    })
}

/// An input by its name, or which one was probably meant.
pub(super) fn known<'i>(inputs: &'i Inputs, name: &str) -> Result<&'i Input, Box<Diagnostic>> {
    inputs.get(name).ok_or_else(|| {
        let problem = Diagnostic::error(format!("the manifest has no input `{name}`"));
        let names = inputs.list.iter().map(|input| input.name.as_str());
        let names: Vec<&str> = names.collect();
        Box::new(match nearest(name, names.iter().copied()) {
            Some(near) => problem.fix(format!("did you mean `{near}`?")),
            None if names.is_empty() => problem,
            None => problem.note(format!("there are {}", names.join(", "))),
        })
    })
}

/// Adds answers to those that are kept.
pub(super) fn keep(inputs: &Inputs, given: IndexMap<String, String>) -> Result<(), CliError> {
    let mut answers = inputs.answers.clone();
    answers.extend(given);
    write_answers(&inputs.file, &answers).map_err(|error| {
        let file = inputs.file.display();
        CliError::failed(
            Diagnostic::error(format!("the answers cannot be kept in `{file}`: {error}"))
                .fix("make the folder writable, or set the inputs in the environment"),
        )
    })
}

/// Asks for one input.
pub(super) async fn ask(
    context: &Context,
    input: &Input,
    proposed: Option<String>,
) -> Result<String, CliError> {
    let (output, cancel) = (context.output(), context.cancel());
    let flag = format!("--input {}=VALUE", input.name);
    if !input.choices.is_empty() && !input.secret {
        let mut choices: Vec<Choice> = input
            .choices
            .iter()
            .map(|choice| Choice::new(choice, ""))
            .collect();
        if input.optional {
            choices.push(Choice::new("none of them", ""));
        }
        let place = |value: &String| input.choices.iter().position(|choice| choice == value);
        let default = proposed.as_ref().and_then(place).unwrap_or(0);
        let taken = select(output, &input.prompt, &choices, default, &flag, cancel).await?;
        return Ok(input.choices.get(taken).cloned().unwrap_or_default());
    }
    if input.secret {
        // The proposal is not shown; an empty line takes it.
        let question = match (&proposed, input.optional) {
            (Some(_), _) => format!("{} (enter keeps what there is)", input.prompt),
            (None, true) => format!("{} (enter for none)", input.prompt),
            (None, false) => input.prompt.clone(),
        };
        let checked = input.clone();
        let has_proposal = proposed.is_some();
        let check = move |value: &str| {
            if value.is_empty() && has_proposal {
                return Ok(());
            }
            checked.check(value)
        };
        let value = password(output, &question, &flag, cancel, check).await?;
        return Ok(match proposed {
            Some(proposed) if value.is_empty() => proposed,
            _ => value,
        });
    }
    let question = match (&proposed, input.optional) {
        (None, true) => format!("{} (enter for none)", input.prompt),
        _ => input.prompt.clone(),
    };
    let checked = input.clone();
    let check = move |value: &str| checked.check(value);
    let default = proposed.as_deref();
    Ok(text(output, &question, default, &flag, cancel, check).await?)
}

/// What is proposed as an answer: the one that there is, what the input's command says, its default.
pub(super) async fn proposal(context: &Context, loaded: &Loaded, input: &Input) -> Option<String> {
    if input.is_answered() {
        return input.value.clone().filter(|value| !value.is_empty());
    }
    if let Some(command) = &input.command {
        let folder =
            (loaded.inputs.file.ancestors().nth(2)).unwrap_or(&context.settings().directory);
        let output = Command::new("sh")
            .args(["-c", command])
            .env_clear()
            .envs(&context.settings().environment)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .output();
        let ended = tokio::time::timeout(LIMIT, output).await;
        let said = ended
            .ok()
            .and_then(Result::ok)
            .filter(|it| it.status.success());
        let said = said.and_then(|said| String::from_utf8(said.stdout).ok());
        let line = said.as_deref().and_then(|said| said.lines().next());
        let line = line.map(str::trim).filter(|line| !line.is_empty());
        if let Some(line) = line {
            return Some(line.to_owned());
        }
        tracing::info!(input = input.name, "its command proposes nothing");
    }
    input.default.clone()
}

/// That inputs need values and have none: one error for all of them, with every way to give them.
pub(super) fn unanswered(inputs: &Inputs) -> Option<Diagnostic> {
    let missing: Vec<&Input> = inputs.missing().collect();
    let (first, rest) = missing.split_first()?;
    let message = if rest.is_empty() {
        format!("the input `{}` has no value", first.name)
    } else {
        format!("{} inputs have no value", missing.len())
    };
    let mut problem = Diagnostic::error(message).at(&first.span, "");
    for input in rest {
        problem = problem.related(&input.span, "");
    }
    for input in &missing {
        let mut line = format!("{}: {}", input.name, input.prompt);
        if !input.choices.is_empty() {
            line = format!("{line} ({})", input.choices.join(", "));
        } else if let Some(pattern) = &input.pattern {
            line = format!("{line} (like `{pattern}`)");
        }
        problem = problem.note(line);
    }
    let file = inputs
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let problem = problem.note(format!(
        "`devstack up` asks for them on a terminal; elsewhere they are given as environment variables, as lines \
         `NAME=value` in .devstack/{file}, or as below"
    ));
    let flags: Vec<String> = missing
        .iter()
        .map(|input| format!("--input {}=…", input.name))
        .collect();
    Some(problem.fix(format!("devstack up {}", flags.join(" "))))
}

/// The same as a warning, for those who only look.
pub(super) fn not_yet_answered(inputs: &Inputs) -> Vec<Diagnostic> {
    let missing: Vec<&Input> = inputs.missing().collect();
    let names: Vec<String> = missing
        .iter()
        .map(|input| format!("`{}`", input.name))
        .collect();
    let Some(first) = missing.first() else {
        return Vec::new();
    };
    let (input, has) = match names.len() {
        1 => ("input", "has"),
        _ => ("inputs", "have"),
    };
    vec![
        Diagnostic::warning(format!(
            "the {input} {} {has} no value yet, and `up` asks for {}",
            names.join(", "),
            if names.len() == 1 { "it" } else { "them" }
        ))
        .at(&first.span, ""),
    ]
}
