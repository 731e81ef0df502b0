//! `devstack validate`: every problem of the manifest.

use clap::{Args, ValueEnum};

use crate::cli::{CliError, Context, ExitCode};
use crate::ui::{Line, Role, Symbol};

const EXAMPLES: &str = "\
Examples:
  devstack validate                  every problem, with its place in the file
  devstack validate --format json    the same for an editor or a script

Exit code 2 when there are errors; warnings alone are fine.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// {"valid": …, "diagnostics": […]} on standard output
    Json,
}

/// Checks the manifest.
pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<ExitCode, CliError> {
    let loaded = context.load(&[]);
    let output = context.output();
    let errors = loaded
        .diagnostics
        .iter()
        .filter(|problem| problem.is_error())
        .count();
    let warnings = loaded.diagnostics.len() - errors;
    if arguments.format == Format::Json {
        let answer = serde_json::json!({
            "valid": errors == 0,
            "project": loaded.project_name,
            "diagnostics": loaded.diagnostics,
        });
        output.data(&serde_json::to_string_pretty(&answer)?)?;
    } else {
        for problem in &loaded.diagnostics {
            output.report(problem);
        }
        let services = loaded
            .stack
            .as_ref()
            .map_or(0, |stack| stack.services.len());
        output.say_line(&summary(
            loaded.project_name.as_deref().unwrap_or("the manifest"),
            services,
            errors,
            warnings,
            output.stderr_palette(),
        ));
    }
    Ok(if errors == 0 {
        ExitCode::DONE
    } else {
        ExitCode::USAGE
    })
}

fn summary(
    project: &str,
    services: usize,
    errors: usize,
    warnings: usize,
    palette: crate::ui::Palette,
) -> Line {
    let count = |number: usize, what: &str| match number {
        0 => None,
        1 => Some(format!("1 {what}")),
        number => Some(format!("{number} {what}s")),
    };
    let problems: Vec<String> = [count(errors, "error"), count(warnings, "warning")]
        .into_iter()
        .flatten()
        .collect();
    let symbol = match (errors, warnings) {
        (0, 0) => Symbol::Good,
        (0, _) => Symbol::Odd,
        _ => Symbol::Bad,
    };
    let found = if problems.is_empty() {
        "no problems".to_owned()
    } else {
        problems.join(", ")
    };
    let services = match count(services, "service") {
        Some(services) if errors == 0 => format!(" ({services})"),
        _ => String::new(),
    };
    Line::of(Role::of(symbol), palette.symbol(symbol))
        .and(Role::Strong, format!(" {project}{services}: {found}"))
}
