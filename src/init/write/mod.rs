//! Writes a proposal as a manifest, with comments that say where each thing comes from.

mod application;
mod extension;
mod scalar;
mod server;

use super::application::Application;
use super::example::Variable;
use super::proposal::{Proposal, What};
use super::variable::Purpose;
use super::wiring::{Side, settings};

pub use extension::additions;
pub(super) use scalar::{flow, plain};

/// What is written, line by line.
#[derive(Debug, Default)]
struct Text {
    text: String,
}

impl Text {
    /// Adds a line with its indent.
    fn line(&mut self, indent: usize, line: &str) {
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Adds a line, with a comment behind it if there is one; long comments stand above.
    fn said(&mut self, indent: usize, line: &str, comment: Option<&str>) {
        let Some(comment) = comment.filter(|comment| !comment.is_empty()) else {
            self.line(indent, line);
            return;
        };
        if indent + line.len() + comment.len() + 3 <= WIDTH {
            self.line(indent, &format!("{line} # {comment}"));
        } else {
            self.comment(indent, comment);
            self.line(indent, line);
        }
    }

    /// Adds a comment of as many lines as it takes.
    fn comment(&mut self, indent: usize, comment: &str) {
        let mut line = String::from("#");
        for word in comment.split_whitespace() {
            if indent + line.len() + 1 + word.len() > WIDTH && line.len() > 1 {
                self.line(indent, &line);
                line = String::from("#");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(indent, &line);
    }

    /// Adds an empty line.
    fn gap(&mut self) {
        self.text.push('\n');
    }
}

/// Comments are broken at this column.
const WIDTH: usize = 96;

/// The manifest of a proposal. `has` tells whether a program is there: what is not there is only suggested, so that the
/// first `up` does not fail for want of something that the stack itself does not need.
pub fn manifest(proposal: &Proposal, has: &dyn Fn(&str) -> bool) -> String {
    let mut text = Text::default();
    text.comment(
        0,
        &format!(
            "The development stack of {}, as `devstack init` found it.",
            proposal.name
        ),
    );
    text.comment(
        0,
        "It is yours from here on: `devstack up` brings it up, `devstack validate` checks it.",
    );
    text.line(0, &format!("name: {}", plain(&proposal.name)));
    requires(proposal, has, &mut text);
    inputs(proposal, &mut text);
    text.gap();
    text.line(0, "services:");
    let mut first = true;
    let mut gap = |text: &mut Text| {
        if !std::mem::replace(&mut first, false) {
            text.gap();
        }
    };
    for (index, server) in proposal
        .servers
        .iter()
        .enumerate()
        .filter(|(_, server)| server.wanted)
    {
        gap(&mut text);
        let offers: Vec<_> = proposal
            .seeds
            .iter()
            .filter(|offer| offer.server == index)
            .collect();
        server::write(proposal, server, &offers, &mut text);
    }
    for chosen in proposal
        .applications
        .iter()
        .filter(|chosen| chosen.contained)
    {
        gap(&mut text);
        application::contained(proposal, &chosen.app, &mut text);
    }
    for chosen in proposal
        .applications
        .iter()
        .filter(|chosen| !chosen.contained)
    {
        gap(&mut text);
        application::on_machine(proposal, &chosen.app, &mut text);
    }
    text.text
}

/// The programs that applications on this machine are run with.
fn requires(proposal: &Proposal, has: &dyn Fn(&str) -> bool, text: &mut Text) {
    let mut tools: Vec<(&str, String, &str)> = Vec::new();
    for chosen in proposal
        .applications
        .iter()
        .filter(|chosen| !chosen.contained)
    {
        let Some(tool) = chosen
            .app
            .project
            .as_ref()
            .and_then(|project| project.tool.as_ref())
        else {
            continue;
        };
        if !tools.iter().any(|(name, _, _)| *name == tool.name) {
            let version = tool.version.clone().unwrap_or_else(|| "*".to_owned());
            tools.push((tool.name, version, &chosen.app.name));
        }
    }
    if tools.is_empty() {
        return;
    }
    text.gap();
    let there = tools.iter().any(|(name, _, _)| has(name));
    if there {
        text.line(0, "requires: # checked before anything starts");
        text.line(2, "tools:");
    } else {
        text.line(0, "# What the applications on this machine need, to be checked before anything starts; not found here:");
        text.line(0, "# requires:");
        text.line(0, "#   tools:");
    }
    for (name, version, app) in tools {
        let entry = format!("{name}: {}", flow(&version));
        match (there, has(name)) {
            (true, true) => text.said(4, &entry, Some(&format!("runs {app}"))),
            (true, false) => text.line(
                4,
                &format!("# {entry} # runs {app}; not found on this machine"),
            ),
            (false, _) => text.line(0, &format!("#     {entry} # runs {app}")),
        }
    }
}

/// The variables of an application's example that somebody else gives.
fn given(app: &Application) -> impl Iterator<Item = (&Variable, &str)> {
    app.example.iter().flat_map(|example| {
        let variables = example.variables.iter();
        variables.map(|variable| (variable, example.path.as_str()))
    })
}

/// Secrets that an example leaves empty.
fn inputs(proposal: &Proposal, text: &mut Text) {
    let mut names: Vec<String> = Vec::new();
    for chosen in proposal
        .applications
        .iter()
        .filter(|chosen| chosen.contained)
    {
        for setting in settings(&chosen.app, &proposal.servers, Side::Container) {
            if !setting.input || names.contains(&setting.name) {
                continue;
            }
            if names.is_empty() {
                text.gap();
                text.line(
                    0,
                    "inputs: # asked once, kept in .devstack/inputs.env, which git does not see",
                );
            }
            let known = given(&chosen.app).find(|(variable, _)| variable.name == setting.name);
            let prompt = match known.and_then(|(variable, _)| variable.comment.clone()) {
                Some(comment) => format!("{} ({comment})", words(&setting.name)),
                None => words(&setting.name),
            };
            let file = known.map(|(_, file)| format!("empty in {file}"));
            text.said(
                2,
                &format!(
                    "{}: {{ prompt: {}, secret: true, optional: true }}",
                    setting.name,
                    serde_json::Value::from(prompt)
                ),
                Some(&file.unwrap_or_else(|| format!("read by {}", chosen.app.name))),
            );
            names.push(setting.name);
        }
    }
}

/// `STRIPE_SECRET_KEY` as words: `Stripe secret key`.
fn words(name: &str) -> String {
    let lower = name.to_lowercase().replace('_', " ");
    let mut characters = lower.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// What brings an application's tables up to date, if that is not a seed.
fn migration_words(proposal: &Proposal, index: usize) -> Option<String> {
    let chosen = &proposal.applications[index];
    let migration = chosen.app.migration.as_ref()?;
    let seeded = proposal
        .seeds
        .iter()
        .any(|offer| offer.wanted && offer.what == What::Migrations(index));
    if seeded || proposal.tables_of(&chosen.app).is_none() {
        return None;
    }
    Some(if migration.at_start {
        format!(
            "{} brings the tables up to date when it starts.",
            migration.framework
        )
    } else {
        format!(
            "{} brings the tables up to date: {}",
            migration.framework, migration.command
        )
    })
}

/// Whether a variable of an application belongs into its `.env` on a developer's machine by hand.
fn by_hand(app: &Application) -> Vec<&str> {
    given(app)
        .filter(|(variable, _)| variable.purpose == Purpose::Secret && variable.value.is_empty())
        .map(|(variable, _)| variable.name.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_that_is_too_long_stands_above_its_line() {
        let mut text = Text::default();
        text.said(2, "db:", Some("short"));
        text.said(2, "db:", Some(&"a long word ".repeat(12)));
        let lines: Vec<&str> = text.text.lines().collect();
        assert_eq!(lines[0], "  db: # short");
        assert_eq!((lines.len(), lines[3]), (4, "  db:"));
        assert!(lines.iter().all(|line| line.len() <= WIDTH));
    }

    #[test]
    fn a_name_becomes_words() {
        assert_eq!(words("STRIPE_SECRET_KEY"), "Stripe secret key");
    }
}
