//! `devstack add`: puts a template into the manifest.

use clap::Args;
use indexmap::IndexMap;

use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::{Diagnostic, nearest};
use crate::stack::LoadOptions;
use crate::templates::{
    Addition, Address, Asked, Fetch, Interview, Target, Template, embedded, embedded_names,
    from_folder, from_repository,
};
use crate::ui::{Choice, Line, Role, Symbol, confirm, diff, harmless, password, select, text};

const EXAMPLES: &str = "\
Examples:
  devstack add postgres                            asks what it needs to know, and shows what it would change
  devstack add postgres --set version=16 --yes     without a question
  devstack add redis --name sessions               under another name
  devstack add postgres --dry-run                  only show it
  devstack add ./templates/billing                 a template of your own
  devstack add git@host:company/templates.git#billing

`devstack templates` lists what there is.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Which template: a name, a folder (./…), or a git repository (URL#FOLDER, URL#FOLDER@BRANCH)
    #[arg(value_name = "TEMPLATE")]
    template: String,
    /// Name of the service [default: the template's]
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Answer a question; may be repeated
    #[arg(long, value_name = "QUESTION=ANSWER", value_parser = answer)]
    set: Vec<(String, String)>,
    /// Take the defaults for everything else, and do not ask before writing
    #[arg(short, long)]
    yes: bool,
    /// Show what would be changed, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn answer(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, answer)| (name.to_owned(), answer.to_owned()))
        .ok_or_else(|| "an answer is written QUESTION=ANSWER".to_owned())
}

impl Arguments {
    /// Those of a manifest that begins with a template.
    pub(super) fn first(
        template: String,
        set: Vec<(String, String)>,
        yes: bool,
        dry_run: bool,
    ) -> Self {
        Self {
            template,
            name: None,
            set,
            yes,
            dry_run,
        }
    }
}

/// Adds a template.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    add(context, &arguments, &context.load_options(&[])).await
}

/// Adds a template to the manifest that these options lead to.
pub(super) async fn add(
    context: &Context,
    arguments: &Arguments,
    options: &LoadOptions,
) -> Result<ExitCode, CliError> {
    let template = find(context, &arguments.template).await?;
    let target = Target::open(options).map_err(CliError::usages)?;
    let given: IndexMap<String, String> = arguments.set.iter().cloned().collect();
    let silent = arguments.yes || arguments.dry_run;
    let name = arguments.name.as_deref();
    let mut interview =
        Interview::new(&template, &target, name, given).map_err(CliError::usages)?;
    ask_all(context, &mut interview, silent).await?;
    let answers = interview.finish();
    let addition = Addition::of(&template, &target, &answers).map_err(CliError::usages)?;
    show(context, &template, &addition, arguments.dry_run)?;
    if addition.is_nothing() || arguments.dry_run {
        return Ok(ExitCode::DONE);
    }
    if !arguments.yes {
        let output = context.output();
        let question = format!("Write {}?", addition.shown);
        if !confirm(output, &question, true, "--yes", context.cancel()).await? {
            output.say("nothing was written");
            return Ok(ExitCode::FAILED);
        }
    }
    addition
        .write()
        .map_err(|problem| CliError::failed(*problem))?;
    done(context, &template, &addition);
    Ok(ExitCode::DONE)
}

/// The template that was named.
pub(super) async fn find(context: &Context, name: &str) -> Result<Template, CliError> {
    let settings = context.settings();
    let refused = |problem: Box<Diagnostic>| CliError::usage(*problem);
    let bundle = match Address::parse(name, settings.home.as_deref()) {
        Address::Embedded(name) => embedded(&name).ok_or_else(|| unknown(&name, context))?,
        Address::Folder(path) => from_folder(&path, &settings.directory).map_err(refused)?,
        Address::Repository {
            url,
            folder,
            reference,
        } => {
            let output = context.output();
            output.say(&format!("fetching {} with git", harmless(&url)));
            let fetch = Fetch {
                url: &url,
                folder: folder.as_deref(),
                reference: reference.as_deref(),
                directory: &settings.directory,
                may_ask: output.terminal().can_ask(),
            };
            tokio::select! {
                bundle = from_repository(fetch) => bundle.map_err(refused)?,
                () = context.cancel().cancelled() => return Err(CliError::interrupted()),
            }
        }
    };
    Template::read(bundle).map_err(CliError::usages)
}

fn unknown(name: &str, context: &Context) -> CliError {
    let names = embedded_names();
    let problem = Diagnostic::error(format!("there is no template `{name}`"));
    let is_folder = context.settings().directory.join(name).is_dir();
    CliError::usage(match nearest(name, names.iter().copied()) {
        _ if is_folder => problem.fix(format!("for the folder: `devstack add ./{name}`")),
        Some(near) => problem.fix(format!("did you mean `{near}`?")),
        None => problem.fix("see what there is: `devstack templates`"),
    })
}

/// Puts every open question; where nobody is to be asked, the defaults are taken.
async fn ask_all(
    context: &Context,
    interview: &mut Interview<'_>,
    silent: bool,
) -> Result<(), CliError> {
    while let Some(asked) = interview.next_question().map_err(CliError::usages)? {
        if silent {
            let Some(default) = &asked.default else {
                let flag = format!("--set {}=…", asked.name);
                return Err(CliError::usage(
                    Diagnostic::error(format!("this has no default: {}", asked.ask))
                        .fix(format!("answer with `{flag}`")),
                ));
            };
            interview.answer(default).map_err(CliError::usages)?;
            continue;
        }
        let answer = ask(context, &asked).await?;
        if let Err(problems) = interview.answer(&answer) {
            // Whoever mistyped is asked again.
            context.output().report_all(&problems);
        }
    }
    Ok(())
}

async fn ask(context: &Context, asked: &Asked) -> Result<String, CliError> {
    let (output, cancel) = (context.output(), context.cancel());
    let flag = format!("--set {}=…` or `--yes", asked.name);
    let question = harmless(&asked.ask);
    if asked.secret {
        let typed = password(output, &question, &flag, cancel, |_| Ok(())).await?;
        return Ok(match &asked.default {
            Some(default) if typed.is_empty() => default.clone(),
            _ => typed,
        });
    }
    if asked.choices.is_empty() {
        let default = asked.default.as_deref();
        return Ok(text(output, &question, default, &flag, cancel, |_| Ok(())).await?);
    }
    let choices: Vec<Choice> = asked
        .choices
        .iter()
        .map(|choice| Choice::new(harmless(choice), ""))
        .collect();
    let default = asked
        .choices
        .iter()
        .position(|choice| Some(choice) == asked.default.as_ref());
    let chosen = select(
        output,
        &question,
        &choices,
        default.unwrap_or(0),
        &flag,
        cancel,
    )
    .await?;
    Ok(asked.choices[chosen].clone())
}

/// Shows what would be changed: data if that is all that was asked for.
fn show(
    context: &Context,
    template: &Template,
    addition: &Addition,
    as_data: bool,
) -> Result<(), CliError> {
    let output = context.output();
    for note in &addition.notes {
        output.say(&format!("note: {}", harmless(note)));
    }
    output.report_all(&addition.kept);
    output.report_all(&addition.warnings);
    if addition.is_nothing() {
        let palette = output.stderr_palette();
        output.say_line(&Line::of(Role::Good, palette.symbol(Symbol::Good)).and(
            Role::Plain,
            format!(
                " {} has `{}` already: nothing to do",
                addition.shown, template.name
            ),
        ));
        return Ok(());
    }
    let mut lines = diff(&addition.shown, addition.before.as_deref(), &addition.after);
    for file in &addition.files {
        let text = match std::str::from_utf8(&file.content) {
            Ok(text) if text.lines().count() <= 200 => text,
            _ => {
                let size = crate::ui::size(file.content.len() as u64);
                lines.push(Line::of(
                    Role::Good,
                    format!("+++ {} ({size})", harmless(&file.shown)),
                ));
                continue;
            }
        };
        lines.extend(diff(&file.shown, None, text));
    }
    for line in &lines {
        if as_data {
            output.data_line(line)?;
        } else {
            output.say_line(line);
        }
    }
    Ok(())
}

/// Says what was done, and what to do next.
fn done(context: &Context, template: &Template, addition: &Addition) {
    let output = context.output();
    let palette = output.stderr_palette();
    let what = if addition.services.is_empty() {
        template.name.clone()
    } else {
        addition.services.join(", ")
    };
    output.say_line(
        &Line::of(Role::Good, palette.symbol(Symbol::Good))
            .and(Role::Strong, format!(" added {what} in {}", addition.shown)),
    );
    for line in addition.next.iter().flat_map(|next| next.lines()) {
        output.say(&format!("  {}", harmless(line)));
    }
    output.say("  bring it up: `devstack up`");
}
