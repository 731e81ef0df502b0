//! `devstack init`: looks at the folder, proposes a stack, asks, and writes its manifest.

mod answers;
mod compose;
mod files;
mod questions;

use std::path::{Path, PathBuf};

use clap::Args;

use self::answers::Answers;
use super::add;
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::init::{Listing, Proposal, manifest, propose, scan};
use crate::manifest::project_name;
use crate::stack::{LoadOptions, load};
use crate::ui::{Line, Role, Symbol, confirm};

const EXAMPLES: &str = "\
Examples:
  devstack init                                 asks, shows the manifest, and writes devstack.yaml
  devstack init --yes                           takes what is proposed
  devstack init --services postgres:16,redis    these servers, and no others
  devstack init --seeds db/schema.sql --yes     these seeds, and otherwise what is proposed
  devstack init --template postgres             what a template has
  devstack init --print                         only shows it";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Databases and other servers of the stack, such as postgres:17,redis, or `none`
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    services: Option<Vec<String>>,
    /// Applications that run in containers, or `none`; the others run on this machine
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    apps: Option<Vec<String>>,
    /// Seeds: paths of files, `migrations`, or `none`
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    seeds: Option<Vec<String>>,
    /// Services of a Compose file that are asked by HTTP whether they are ready, or `none`
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    ready: Option<Vec<String>>,
    /// Start from a template instead (`devstack templates` lists them)
    #[arg(long, value_name = "TEMPLATE", conflicts_with_all = ["services", "apps", "seeds", "ready"])]
    template: Option<String>,
    /// Answer a question of the template; may be repeated
    #[arg(long, value_name = "QUESTION=ANSWER", value_parser = add::answer, requires = "template")]
    set: Vec<(String, String)>,
    /// Take what is proposed for everything else, and do not ask before writing
    #[arg(short, long)]
    yes: bool,
    /// Print the manifest instead of writing it
    #[arg(long)]
    print: bool,
}

/// The manifest that is written.
const NAME: &str = "devstack.yaml";

/// What Compose files are called, in the order in which they are looked for.
const COMPOSE: &[&str] = &[
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
];

/// Carries the command out.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let folder = folder(context);
    if let Some(there) = there(&folder, &["devstack.yaml", "devstack.yml"])
        && !arguments.print
    {
        return Err(CliError::usage(
            Diagnostic::error(format!("there is a {there} already"))
                .note("`devstack up` brings it up, and it is yours to edit")
                .fix(format!(
                    "to begin again, move it away: `mv {there} {there}.old`"
                )),
        ));
    }
    if let Some(template) = &arguments.template {
        let own = add::Arguments::first(
            template.clone(),
            arguments.set.clone(),
            arguments.yes,
            arguments.print,
        );
        let file = there(&folder, COMPOSE).unwrap_or(NAME);
        let options = LoadOptions {
            files: vec![folder.join(file)],
            ..context.load_options(&[])
        };
        let code = add::add(context, &own, &options).await?;
        if folder.join(file).exists() && !arguments.print {
            files::ignore(&folder).map_err(|problem| CliError::failed(*problem))?;
        }
        return Ok(code);
    }
    let listing = look(&folder).await?;
    if let Some(file) = there(&folder, COMPOSE) {
        return compose::run(context, &arguments, &folder, file, &listing).await;
    }
    if arguments.ready.is_some() {
        return Err(CliError::usage(
            Diagnostic::error("`--ready` is about the services of a Compose file")
                .note("there is none here"),
        ));
    }
    let name = match &context.settings().project_name {
        Some(name) if project_name::normalise(name) == *name => Some(name.clone()),
        Some(name) => return Err(CliError::usage(project_name::refused(name, "-p"))),
        None => None,
    };
    let proposed = name
        .clone()
        .or_else(|| project_name::of_folder(&folder))
        .unwrap_or_else(|| "app".to_owned());
    let mut proposal = propose(&listing, &proposed);
    say_what_was_found(context, &listing, &proposal);
    let answers = Answers::of(&arguments, name, &proposal).map_err(CliError::usages)?;
    questions::answer(
        context,
        &mut proposal,
        &answers,
        arguments.yes || arguments.print,
    )
    .await?;
    if proposal.is_empty() {
        return Err(CliError::usage(
            Diagnostic::error("there is nothing to bring up")
                .note("no application has a Dockerfile, and no database or other server is wanted")
                .fix("name what the stack needs: `devstack init --services postgres,redis`"),
        ));
    }
    let environment = &context.settings().environment;
    let path = environment.get("PATH").map_or("", String::as_str);
    let text = manifest(&proposal, &|program| files::is_program(path, program));
    if arguments.print {
        context.output().data(text.trim_end())?;
        return Ok(ExitCode::DONE);
    }
    show(context, &text);
    if !arguments.yes {
        let question = format!("Write {NAME}?");
        if !confirm(context.output(), &question, true, "--yes", context.cancel()).await? {
            context.output().say("nothing was written");
            return Ok(ExitCode::DONE);
        }
    }
    files::write(&folder, NAME, &text).map_err(|problem| CliError::failed(*problem))?;
    Ok(done(context, &folder, &proposal))
}

/// The first of these files that is in the folder.
fn there(folder: &Path, names: &[&'static str]) -> Option<&'static str> {
    let mut names = names.iter().copied();
    names.find(|name| folder.join(name).exists())
}

/// The folder that is looked at.
fn folder(context: &Context) -> PathBuf {
    let settings = context.settings();
    match &settings.project_directory {
        Some(own) => settings.directory.join(own),
        None => settings.directory.clone(),
    }
}

async fn look(folder: &Path) -> Result<Listing, CliError> {
    let own = folder.to_owned();
    let listing = tokio::task::spawn_blocking(move || scan(&own)).await;
    let failed = |why: String| {
        CliError::failed(Diagnostic::error(format!(
            "`{}` cannot be read: {why}",
            folder.display()
        )))
    };
    listing
        .map_err(|error| failed(error.to_string()))?
        .map_err(|error| failed(error.to_string()))
}

fn say_what_was_found(context: &Context, listing: &Listing, proposal: &Proposal) {
    let output = context.output();
    let apps: Vec<String> = proposal
        .applications
        .iter()
        .map(|chosen| format!("{} ({})", chosen.app.name, chosen.app.kind()))
        .collect();
    let found = if apps.is_empty() {
        "no application".to_owned()
    } else {
        apps.join(", ")
    };
    output.say_line(
        &Line::of(Role::Plain, format!("looked at {} files: ", listing.len()))
            .and(Role::Strong, found),
    );
    if listing.cut_short {
        output.report(&Diagnostic::warning(
            "the folder is very large: not all of it was looked at",
        ));
    }
}

/// Shows the manifest, with its comments held back.
fn show(context: &Context, text: &str) {
    let output = context.output();
    output.say("");
    for line in text.lines() {
        let at = line
            .find("# ")
            .filter(|at| line[..*at].trim().is_empty() || line[..*at].ends_with(' '));
        let (code, comment) = line.split_at(at.unwrap_or(line.len()));
        output.say_line(&Line::of(Role::Plain, format!("  {code}")).and(Role::Dim, comment));
    }
    output.say("");
}

/// Checks what was written, and says what to do next.
fn done(context: &Context, folder: &Path, proposal: &Proposal) -> ExitCode {
    let output = context.output();
    let palette = output.stderr_palette();
    output.say_line(
        &Line::of(Role::Good, palette.symbol(Symbol::Good))
            .and(Role::Plain, " wrote ")
            .and(Role::Strong, NAME)
            .and(Role::Plain, " and .devstack/.gitignore"),
    );
    let loaded = load(&LoadOptions {
        files: vec![folder.join(NAME)],
        ..context.load_options(&[])
    });
    output.report_all(&loaded.diagnostics);
    if loaded.diagnostics.iter().any(Diagnostic::is_error) {
        return ExitCode::FAILED;
    }
    output.say("  bring it up: `devstack up`");
    for chosen in proposal
        .applications
        .iter()
        .filter(|chosen| !chosen.contained)
    {
        let start = chosen
            .app
            .project
            .as_ref()
            .and_then(|project| project.start.as_ref());
        if let Some(start) = start {
            output.say(&format!(
                "  then, on this machine: `{start}` ({})",
                chosen.app.name
            ));
        }
    }
    ExitCode::DONE
}
