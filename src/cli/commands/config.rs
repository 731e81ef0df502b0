//! `devstack config`: the manifest as devstack understands it.

use clap::{Args, ValueEnum};

use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;

const EXAMPLES: &str = "\
Examples:
  devstack config                   with variables filled in and defaults added
  devstack config --format json     the same as JSON
  devstack config --images          only the images, one a line";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
    /// Print the names of the services only, one a line
    #[arg(long, group = "part")]
    services: bool,
    /// Print the images of the services only, one a line
    #[arg(long, group = "part")]
    images: bool,
    /// Print the names of the volumes only, one a line
    #[arg(long, group = "part")]
    volumes: bool,
    /// Print every value with the place and the variables it came from, one a line
    #[arg(long, group = "part")]
    origins: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A manifest
    Yaml,
    /// The same as JSON
    Json,
}

/// Prints the manifest.
pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<ExitCode, CliError> {
    let (stack, canonical) = context.stack_and_canonical(&[])?;
    let output = context.output();
    if arguments.origins {
        for line in context.load(&[]).origins {
            output.data(&line)?;
        }
        return Ok(ExitCode::DONE);
    }
    let names: Option<Vec<&str>> = if arguments.services {
        Some(stack.services.keys().map(String::as_str).collect())
    } else if arguments.images {
        let mut images: Vec<&str> = stack
            .services
            .values()
            .map(|service| service.image.as_str())
            .collect();
        images.sort_unstable();
        images.dedup();
        Some(images)
    } else if arguments.volumes {
        Some(stack.volumes.keys().map(String::as_str).collect())
    } else {
        None
    };
    if let Some(names) = names {
        for name in names {
            output.data(name)?;
        }
        return Ok(ExitCode::DONE);
    }
    let text = match arguments.format {
        Format::Json => serde_json::to_string_pretty(&canonical)?,
        Format::Yaml => serde_yaml::to_string(&canonical).map_err(|error| {
            CliError::failed(Diagnostic::error(format!(
                "the manifest cannot be written as YAML: {error}"
            )))
        })?,
    };
    output.data(text.trim_end())?;
    Ok(ExitCode::DONE)
}
