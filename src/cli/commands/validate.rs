//! `devstack validate`: every problem of the manifest.

use clap::{Args, ValueEnum};

use crate::cli::{CliError, Context, ExitCode};
use crate::stack::Stack;
use crate::ui::{Line, Palette, Role, Symbol};

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
        output.report_all(&loaded.diagnostics);
        output.say_line(&summary(
            loaded.stack.as_ref(),
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

/// `✓ shop (4 services): no problems`, `✗ 2 errors, 1 warning`.
fn summary(stack: Option<&Stack>, errors: usize, warnings: usize, palette: Palette) -> Line {
    let symbol = match (errors, warnings) {
        (0, 0) => Symbol::Good,
        (0, _) => Symbol::Odd,
        _ => Symbol::Bad,
    };
    let problems: Vec<String> = [(errors, "error"), (warnings, "warning")]
        .into_iter()
        .filter(|&(number, _)| number > 0)
        .map(|(number, what)| count(number, what))
        .collect();
    let about = stack.map_or_else(String::new, |stack| {
        format!(
            "{} ({}): ",
            stack.name,
            count(stack.services.len(), "service")
        )
    });
    let found = match problems.as_slice() {
        [] => "no problems".to_owned(),
        problems => problems.join(", "),
    };
    Line::of(Role::of(symbol), palette.symbol(symbol)).and(Role::Strong, format!(" {about}{found}"))
}

fn count(number: usize, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}
