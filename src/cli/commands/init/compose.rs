//! `init` where there is a Compose file: it stays as it is, and gets what it lacks under `x-devstack`.

use std::path::Path;

use super::answers::{unknown, words};
use super::{Arguments, files, questions};
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::init::{Extension, Listing, additions, extend};
use crate::manifest::edit::Editor;
use crate::stack::{LoadOptions, load};
use crate::ui::{Choice, Line, Role, Symbol, confirm, diff, multi_select};

/// The flags, as the error names them where there is no terminal.
const READY: &str = "--ready LIST` or `--yes";

/// Carries the command out for the Compose file called `name`.
pub(super) async fn run(
    context: &Context,
    arguments: &Arguments,
    folder: &Path,
    name: &str,
    listing: &Listing,
) -> Result<ExitCode, CliError> {
    let useless = [
        ("--services", arguments.services.is_some()),
        ("--apps", arguments.apps.is_some()),
    ];
    if let Some((flag, _)) = useless.into_iter().find(|(_, given)| *given) {
        return Err(CliError::usage(
            Diagnostic::error(format!("`{flag}` has no use here"))
                .note(format!("{name} says which services there are"))
                .fix("add a service there, or with `devstack add`"),
        ));
    }
    let options = LoadOptions {
        files: vec![folder.join(name)],
        ..context.load_options(&[])
    };
    let loaded = load(&options);
    let Some(stack) = loaded.stack else {
        return Err(CliError::usages(loaded.diagnostics));
    };
    let output = context.output();
    output.say(&format!(
        "found {name} with {}: it stays as it is, and what it lacks is added under `x-devstack`",
        services(stack.services.len())
    ));
    let before: Vec<String> = loaded
        .diagnostics
        .into_iter()
        .map(|problem| problem.message)
        .collect();
    let mut extension = extend(listing, folder, &stack);
    answer(context, arguments, &mut extension).await?;
    let additions = additions(&extension);
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        CliError::failed(Diagnostic::error(format!(
            "`{name}` cannot be read: {error}"
        )))
    })?;
    let mut editor = Editor::new(text.clone());
    let mut added = 0;
    for (service, block) in &additions {
        match editor.insert_entry(0, &["services", service], block) {
            Ok(()) => added += 1,
            Err(refused) => {
                let problem = Diagnostic::warning(format!(
                    "nothing can be added to `{service}`, which is {}",
                    refused.found
                ));
                output.report(&problem.fix("write it out there, or add this by hand"));
                show(context, service, block);
            }
        }
    }
    if arguments.print {
        context.output().data(editor.text().raw().trim_end())?;
        return Ok(ExitCode::DONE);
    }
    if added == 0 {
        done(context, &format!("{name} needs nothing"));
        return Ok(ExitCode::DONE);
    }
    let after = editor.text().raw();
    let unwritten = LoadOptions {
        unwritten: Some((path, after.as_bytes().into())),
        ..options.clone()
    };
    let mut loaded = load(&unwritten);
    if loaded.stack.is_none() {
        return Err(CliError::usages(loaded.diagnostics));
    }
    loaded
        .diagnostics
        .retain(|problem| !before.contains(&problem.message));
    for line in diff(name, Some(&text), after) {
        output.say_line(&line);
    }
    output.report_all(&loaded.diagnostics);
    if !arguments.yes {
        let question = format!("Write {name}?");
        if !confirm(output, &question, true, "--yes", context.cancel()).await? {
            output.say("nothing was written");
            return Ok(ExitCode::DONE);
        }
    }
    files::write(folder, name, after).map_err(|problem| CliError::failed(*problem))?;
    done(context, &format!("extended {name}"));
    Ok(ExitCode::DONE)
}

fn services(count: usize) -> String {
    match count {
        1 => "one service".to_owned(),
        count => format!("{count} services"),
    }
}

/// Brings the answers in: those of flags, else those of whoever is asked.
async fn answer(
    context: &Context,
    arguments: &Arguments,
    extension: &mut Extension,
) -> Result<(), CliError> {
    let silent = arguments.yes || arguments.print;
    match &arguments.seeds {
        Some(list) => {
            let names: Vec<String> = words(list).map(str::to_owned).collect();
            questions::by_name(&mut extension.proposal, &names)?;
        }
        None if silent => {}
        None => questions::seeds(context, &mut extension.proposal).await?,
    }
    match &arguments.ready {
        Some(list) => {
            let chosen = by_service(extension, list)?;
            extension.choose_routes(&chosen);
        }
        None if silent || extension.routes.is_empty() => {}
        None => {
            let choices: Vec<(Choice, bool)> = extension
                .routes
                .iter()
                .map(|route| {
                    let about = format!("{} on {}, in {}", route.path, route.port, route.file);
                    (Choice::new(&route.service, about), route.wanted)
                })
                .collect();
            let question = "Which services are asked by HTTP whether they are ready?";
            let (output, cancel) = (context.output(), context.cancel());
            let chosen = multi_select(output, question, &choices, READY, cancel).await?;
            extension.choose_routes(&chosen);
        }
    }
    Ok(())
}

/// The checks of the services that were named.
fn by_service(extension: &Extension, list: &[String]) -> Result<Vec<usize>, CliError> {
    let mut chosen = Vec::new();
    let mut problems = Vec::new();
    for name in words(list) {
        let known = extension.routes.iter().map(|route| route.service.as_str());
        match known.clone().position(|other| other == name) {
            Some(index) => chosen.push(index),
            None => problems.push(unknown("service with a route of health", name, known)),
        }
    }
    if problems.is_empty() {
        Ok(chosen)
    } else {
        Err(CliError::usages(problems))
    }
}

/// Shows what a service would have got.
fn show(context: &Context, service: &str, block: &str) {
    let output = context.output();
    output.say("");
    output.say_line(&Line::of(Role::Strong, format!("  {service}:")));
    for line in block.lines() {
        output.say_line(&Line::of(Role::Good, format!("    + {line}")));
    }
}

fn done(context: &Context, what: &str) {
    let output = context.output();
    let mark = output.stderr_palette().symbol(Symbol::Good);
    output.say_line(&Line::of(Role::Good, mark).and(Role::Plain, format!(" {what}")));
    output.say("  bring it up: `devstack up`");
}
