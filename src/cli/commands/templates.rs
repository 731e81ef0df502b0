//! `devstack templates`: what `devstack add` can add.

use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use crate::cli::{CliError, Context, ExitCode};
use crate::templates::{Template, embedded, embedded_names};
use crate::ui::{Line, Role, Table, harmless};

const EXAMPLES: &str = "\
Examples:
  devstack templates                    what there is
  devstack templates postgres           what it asks and brings
  devstack templates --format json      the same for a script";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Describe this one: a name, a folder (./…), or a git repository (URL#FOLDER)
    #[arg(value_name = "TEMPLATE")]
    template: Option<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// JSON on standard output
    Json,
}

/// Lists or describes templates.
pub(in crate::cli) async fn run(
    context: &Context,
    arguments: Arguments,
) -> Result<ExitCode, CliError> {
    let output = context.output();
    if let Some(name) = &arguments.template {
        let template = super::add::find(context, name).await?;
        if arguments.format == Format::Json {
            output.data(&serde_json::to_string_pretty(&described(&template))?)?;
        } else {
            for line in description(&template) {
                output.data_line(&line)?;
            }
        }
        return Ok(ExitCode::DONE);
    }
    let mut all = Vec::new();
    for bundle in embedded_names().into_iter().filter_map(embedded) {
        all.push(Template::read(bundle).map_err(CliError::usages)?);
    }
    if arguments.format == Format::Json {
        let all: Vec<Json> = all.iter().map(described).collect();
        output.data(&serde_json::to_string_pretty(&all)?)?;
        return Ok(ExitCode::DONE);
    }
    let mut table = Table::new(&["TEMPLATE", "BRINGS"]);
    for template in &all {
        table.row(vec![
            Line::of(Role::Strong, template.name.clone()),
            Line::of(Role::Plain, harmless(&template.about)),
        ]);
    }
    output.table(&table)?;
    Ok(ExitCode::DONE)
}

/// A template as JSON.
fn described(template: &Template) -> Json {
    let questions: Vec<Json> = template
        .questions
        .iter()
        .map(|question| {
            json!({
                "name": question.name,
                "ask": question.ask,
                "default": question.default.as_ref().map(|default| default.source().text()),
                "choices": question.choices,
                "secret": question.secret,
            })
        })
        .collect();
    let finds: Vec<Json> = template
        .finds
        .iter()
        .map(|find| {
            json!({
                "name": find.name,
                "family": find.families,
                "all": find.all,
                "optional": find.optional,
            })
        })
        .collect();
    let files: Vec<&str> = template
        .bundle
        .extra_files()
        .map(|(path, _)| path)
        .collect();
    json!({
        "name": template.name,
        "about": template.about,
        "details": template.details,
        "service": template.service,
        "questions": questions,
        "finds": finds,
        "changes": template.changes.iter().map(|change| &change.name).collect::<Vec<_>>(),
        "files": files,
        "manifest": template.part.source().text(),
    })
}

/// A template for people.
fn description(template: &Template) -> Vec<Line> {
    let mut lines = vec![
        Line::of(Role::Strong, harmless(&template.name))
            .and(Role::Plain, format!(": {}", harmless(&template.about))),
    ];
    let details = template.details.as_deref().unwrap_or_default().trim_end();
    if !details.is_empty() {
        lines.push(Line::default());
        lines.extend(
            details
                .lines()
                .map(|line| Line::of(Role::Plain, harmless(line))),
        );
    }
    let mut section = |title: &str, rows: Vec<(String, String)>| {
        if rows.is_empty() {
            return;
        }
        lines.push(Line::default());
        lines.push(Line::of(Role::Strong, title));
        let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, text) in rows {
            lines.push(
                Line::of(Role::Busy, format!("  {name:width$}"))
                    .and(Role::Plain, format!("  {}", harmless(&text))),
            );
        }
    };
    let finds = template.finds.iter().map(|find| {
        let how = match (find.all, find.optional) {
            (true, _) => "every one",
            (false, true) => "if there is one",
            (false, false) => "one",
        };
        (find.name.clone(), format!("{} ({how})", find.wanted()))
    });
    section("Looks in the stack for", finds.collect());
    let questions = template.questions.iter().map(|question| {
        let mut text = question.ask.clone();
        if let Some(default) = &question.default {
            text = format!("{text} [{}]", default.source().text());
        }
        if !question.choices.is_empty() {
            text = format!("{text} ({})", question.choices.join(", "));
        }
        (question.name.clone(), text)
    });
    section(
        "Asks (answer with --set QUESTION=ANSWER)",
        questions.collect(),
    );
    let files = template.bundle.extra_files();
    section(
        "Puts beside the manifest",
        files
            .map(|(path, bytes)| {
                (
                    format!("{}/{path}", template.into),
                    crate::ui::size(bytes.len() as u64),
                )
            })
            .collect(),
    );
    let checks = template.checks.iter().map(|check| {
        let run = check.run.source().text().trim_end();
        (check.service.source().text().to_owned(), run.to_owned())
    });
    section("Works if this succeeds there", checks.collect());
    lines.push(Line::default());
    lines.push(Line::of(Role::Strong, "Puts into the manifest"));
    let part = template.part.source().text().trim_end();
    lines.extend(
        part.lines()
            .map(|line| Line::of(Role::Dim, format!("  {}", harmless(line)))),
    );
    lines
}
