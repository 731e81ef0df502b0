//! `devstack schema`: the JSON Schema of devstack.yaml.

use clap::Args;

use crate::cli::{CliError, Context, ExitCode};
use crate::manifest::json_schema;

const EXAMPLES: &str = "\
Examples:
  devstack schema > devstack.schema.json

An editor with a YAML language server uses it when the manifest begins with:
  # yaml-language-server: $schema=devstack.schema.json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {}

/// Prints the schema.
pub(in crate::cli) fn run(context: &Context, _: &Arguments) -> Result<ExitCode, CliError> {
    let text = serde_json::to_string_pretty(&json_schema::document())?;
    context.output().data(&text)?;
    Ok(ExitCode::DONE)
}
