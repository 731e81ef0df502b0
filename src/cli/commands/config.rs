//! `devstack config`: the manifest as devstack understands it.

use clap::{Args, ValueEnum};

use crate::cli::context::unknown_service;
use crate::cli::{CliError, Context, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::stack::{config_hashes, with_names_of_go};

const EXAMPLES: &str = "\
Examples:
  devstack config                   with variables filled in and defaults added
  devstack config --format json     the same as JSON
  devstack config --images          only the images, one a line
  devstack config --hash '*'        what changes when the configuration of a service does";

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
    /// Print the configuration hash of these services, separated by commas, or of all for `*`
    #[arg(long, group = "part", value_name = "SERVICES")]
    hash: Option<String>,
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
    let (stack, manifest) = context.checked(&[])?;
    let output = context.output();
    if arguments.origins {
        for line in manifest.origins() {
            output.data(&line)?;
        }
        return Ok(ExitCode::DONE);
    }
    if let Some(wanted) = &arguments.hash {
        for (name, hash) in hashes(context, wanted)? {
            output.data(&format!("{name} {hash}"))?;
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
    drop(stack);
    let mut canonical = manifest.canonical().unwrap_or_default();
    drop(manifest);
    let text = match arguments.format {
        Format::Json => {
            with_names_of_go(&mut canonical);
            serde_json::to_string_pretty(&canonical)?
        }
        Format::Yaml => serde_yaml::to_string(&canonical).map_err(|error| {
            CliError::failed(Diagnostic::error(format!(
                "the manifest cannot be written as YAML: {error}"
            )))
        })?,
    };
    output.data(text.trim_end())?;
    Ok(ExitCode::DONE)
}

/// The hashes of the services that were asked for, in the order of their names.
fn hashes(context: &Context, wanted: &str) -> Result<Vec<(String, String)>, CliError> {
    let all = config_hashes(&context.load_options(&[]));
    let mut chosen = Vec::new();
    for name in wanted.split(',').map(str::trim) {
        if name == "*" {
            chosen.extend(all.clone());
        } else if let Some(hash) = all.get(name) {
            chosen.push((name.to_owned(), hash.clone()));
        } else {
            return Err(CliError::usage(unknown_service(
                name,
                all.keys().map(String::as_str),
            )));
        }
    }
    chosen.sort();
    chosen.dedup();
    Ok(chosen)
}
