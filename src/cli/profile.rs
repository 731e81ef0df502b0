//! The file that `--profile-run` names.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::CliError;
use crate::diagnostic::Diagnostic;
use crate::event::Timeline;
use crate::ui::trace;

/// A file for the steps of a run. It is made before the run, so that a wrong path is told before anything is done.
#[derive(Debug)]
pub(super) struct Profile {
    path: PathBuf,
    file: File,
}

impl Profile {
    /// Makes the file.
    pub(super) fn create(path: &Path) -> Result<Self, CliError> {
        let file = File::create(path).map_err(|error| {
            let problem = refused(path, &error);
            CliError::usage(
                problem.fix("name a file in a folder that is there and can be written to"),
            )
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Writes when each step ran.
    pub(super) fn write(&self, timeline: &Timeline) -> Result<(), CliError> {
        let mut writer = BufWriter::new(&self.file);
        serde_json::to_writer(&mut writer, &trace(timeline))
            .map_err(io::Error::from)
            .and_then(|()| writer.flush())
            .map_err(|error| CliError::failed(refused(&self.path, &error)))
    }
}

fn refused(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(format!(
        "the profile of the run cannot be written to {}: {error}",
        path.display()
    ))
}
