//! Makes a `.env` from its example.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::cli::{CliError, Context};
use crate::diagnostic::Diagnostic;

/// Nobody else may read what will soon hold passwords.
const MODE: u32 = 0o600;

/// Copies the example. A file that is there by now stays as it is.
pub(super) fn copy(context: &Context, from: &Path, to: &Path) -> Result<(), CliError> {
    let copied = || -> io::Result<()> {
        let text = std::fs::read(from)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(MODE)
            .open(to)?;
        file.write_all(&text)
    };
    copied().map_err(|error| {
        let message = format!(
            "{} cannot be made from {}: {error}",
            to.display(),
            from.display()
        );
        CliError::failed(Diagnostic::error(message))
    })?;
    context.output().say(&format!(
        "made {} from {}: look whether its values are right for you",
        to.display(),
        from.display()
    ));
    Ok(())
}
