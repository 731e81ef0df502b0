//! The questions of `init`, each with the flag that answers it.

use super::answers::{Answers, unknown};
use crate::cli::{CliError, Context};
use crate::init::{Proposal, SERVERS, Server, Software};
use crate::manifest::project_name;
use crate::ui::{Choice, multi_select, select, text};

/// Flags, as the error names them where there is no terminal.
const NAME: &str = "-p NAME` or `--yes";
const SERVICES: &str = "--services LIST` or `--yes";
const APPS: &str = "--apps LIST` or `--yes";
const SEEDS: &str = "--seeds LIST` or `--yes";

/// Brings the answers into the proposal. What no flag answers is asked, or, with `silent`, is as it was proposed.
pub(super) async fn answer(
    context: &Context,
    proposal: &mut Proposal,
    answers: &Answers,
    silent: bool,
) -> Result<(), CliError> {
    if answers.name.is_none() && !silent {
        proposal.name = name(context, &proposal.name).await?;
    }
    match &answers.servers {
        Some(servers) => proposal.choose_servers(servers),
        None if silent => {}
        None => {
            let servers = servers(context, proposal).await?;
            proposal.choose_servers(&servers);
        }
    }
    match &answers.applications {
        Some(applications) => proposal.choose_applications(applications),
        None if silent => {}
        None => applications(context, proposal).await?,
    }
    match &answers.seeds {
        Some(names) => by_name(proposal, names)?,
        None if silent => {}
        None => seeds(context, proposal).await?,
    }
    Ok(())
}

async fn name(context: &Context, default: &str) -> Result<String, CliError> {
    let fits = |name: &str| {
        if !name.is_empty() && project_name::normalise(name) == name {
            Ok(())
        } else {
            Err("a name has lower case letters, digits, `-` and `_`, and begins with a letter or digit".to_owned())
        }
    };
    let (output, cancel) = (context.output(), context.cancel());
    Ok(text(
        output,
        "What is the stack called?",
        Some(default),
        NAME,
        cancel,
        fits,
    )
    .await?)
}

/// Which servers, and each in which version.
async fn servers(
    context: &Context,
    proposal: &Proposal,
) -> Result<Vec<(Software, Option<String>)>, CliError> {
    let (output, cancel) = (context.output(), context.cancel());
    let found = proposal.servers.iter();
    let mut offered: Vec<(Software, Choice, bool)> = found
        .map(|server| {
            let choice = Choice::new(server.software.about().name, server.why.join(", "));
            (server.software, choice, server.wanted)
        })
        .collect();
    // What is ticked comes first; what nothing speaks of comes last, for whoever knows more.
    offered.sort_by_key(|(_, _, wanted)| !wanted);
    for about in SERVERS {
        if !offered
            .iter()
            .any(|(software, _, _)| *software == about.software)
        {
            offered.push((about.software, Choice::new(about.name, ""), false));
        }
    }
    let choices: Vec<(Choice, bool)> = offered
        .iter()
        .map(|(_, choice, wanted)| (choice.clone(), *wanted))
        .collect();
    let ticked = multi_select(
        output,
        "Which servers does it need?",
        &choices,
        SERVICES,
        cancel,
    )
    .await?;
    let mut chosen = Vec::new();
    for index in ticked {
        let software = offered[index].0;
        let server = proposal
            .servers
            .iter()
            .find(|server| server.software == software);
        chosen.push((software, version(context, software, server).await?));
    }
    Ok(chosen)
}

/// In which version; nothing if it is the proposed one.
async fn version(
    context: &Context,
    software: Software,
    server: Option<&Server>,
) -> Result<Option<String>, CliError> {
    let about = software.about();
    // The tags of another image are not known.
    if about.versions.len() < 2 || server.is_some_and(|server| server.image != about.image) {
        return Ok(None);
    }
    let mut choices = Vec::new();
    if let Some(server) = server {
        let from = server
            .version_file
            .as_ref()
            .map(|file| format!("as in {file}"));
        choices.push(Choice::new(&server.version, from.unwrap_or_default()));
    }
    for version in about.versions {
        if !choices.iter().any(|choice| choice.name == *version) {
            choices.push(Choice::new(*version, ""));
        }
    }
    let question = format!("Which version of {}?", about.name);
    let chosen = select(
        context.output(),
        &question,
        &choices,
        0,
        SERVICES,
        context.cancel(),
    )
    .await?;
    Ok(Some(choices[chosen].name.clone()))
}

/// Which applications run in containers; only those can that have a Dockerfile.
async fn applications(context: &Context, proposal: &mut Proposal) -> Result<(), CliError> {
    let able: Vec<usize> = (0..proposal.applications.len())
        .filter(|index| proposal.applications[*index].app.dockerfile.is_some())
        .collect();
    if able.is_empty() {
        return Ok(());
    }
    let choices: Vec<(Choice, bool)> = able
        .iter()
        .map(|index| {
            let chosen = &proposal.applications[*index];
            let file = chosen.app.dockerfile.as_ref().map_or("", |file| &file.path);
            let about = match chosen.app.project {
                Some(_) => format!("{}, built by {file}", chosen.app.kind()),
                None => format!("built by {file}"),
            };
            (Choice::new(&chosen.app.name, about), chosen.contained)
        })
        .collect();
    let question = "Which applications run in containers? (the others run on this machine)";
    let ticked = multi_select(context.output(), question, &choices, APPS, context.cancel()).await?;
    let chosen: Vec<usize> = ticked.into_iter().map(|index| able[index]).collect();
    proposal.choose_applications(&chosen);
    Ok(())
}

/// Which seeds are applied.
pub(super) async fn seeds(context: &Context, proposal: &mut Proposal) -> Result<(), CliError> {
    if proposal.seeds.is_empty() {
        return Ok(());
    }
    let several = proposal
        .servers
        .iter()
        .filter(|server| server.wanted)
        .count()
        > 1;
    let choices: Vec<(Choice, bool)> = proposal
        .seeds
        .iter()
        .map(|offer| {
            let service = &proposal.servers[offer.server].service;
            let about = if several {
                format!("{}, into {service}", offer.about)
            } else {
                offer.about.clone()
            };
            (Choice::new(&offer.name, about), offer.wanted)
        })
        .collect();
    let question = "What is it seeded with, in this order?";
    let chosen = multi_select(
        context.output(),
        question,
        &choices,
        SEEDS,
        context.cancel(),
    )
    .await?;
    proposal.choose_seeds(&chosen);
    Ok(())
}

/// The seeds of these names, in the order in which they are proposed.
pub(super) fn by_name(proposal: &mut Proposal, names: &[String]) -> Result<(), CliError> {
    let mut chosen = Vec::new();
    let mut problems = Vec::new();
    for name in names {
        let known = proposal.seeds.iter().map(|offer| offer.name.as_str());
        let name = name.trim_start_matches("./");
        match known.clone().position(|other| other == name) {
            Some(index) => chosen.push(index),
            None => problems.push(unknown("seed", name, known)),
        }
    }
    if problems.is_empty() {
        proposal.choose_seeds(&chosen);
        Ok(())
    } else {
        Err(CliError::usages(problems))
    }
}
