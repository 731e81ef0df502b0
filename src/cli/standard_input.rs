//! A manifest on standard input (`-f -`).

use std::io::{IsTerminal as _, stdin};
use std::sync::Arc;

use super::CliError;
use crate::diagnostic::Diagnostic;
use crate::settings::Settings;
use crate::stack::{names_standard_input, read_standard_input};
use crate::ui::Output;

/// Reads standard input if it is one of the manifest's files. It is read once, and to its end.
pub(super) fn manifest(
    settings: &Settings,
    output: &Output,
) -> Result<Option<Arc<[u8]>>, CliError> {
    if !names_standard_input(&settings.files) {
        return Ok(None);
    }
    if stdin().is_terminal() {
        output.say("reading the manifest from the keyboard; Ctrl-D ends it");
    }
    match read_standard_input(stdin().lock()) {
        Ok(bytes) => Ok(Some(bytes.into())),
        Err(error) => Err(CliError::usage(
            Diagnostic::error(format!("standard input cannot be read: {error}"))
                .fix("pipe a manifest into it, or name a file with `-f FILE`"),
        )),
    }
}
