//! What `init` writes, and how: whole or not at all.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::diagnostic::Diagnostic;

/// Makes the folder of what git does not see.
pub(super) fn ignore(folder: &Path) -> Result<(), Box<Diagnostic>> {
    let own = folder.join(".devstack");
    let ignored = own.join(".gitignore");
    if ignored.exists() {
        return Ok(());
    }
    fs::create_dir_all(&own)
        .and_then(|()| fs::write(&ignored, "*\n"))
        .map_err(|error| failed(".devstack/.gitignore", &error))
}

fn failed(name: &str, error: &io::Error) -> Box<Diagnostic> {
    let problem = Diagnostic::error(format!("`{name}` cannot be written: {error}"));
    Box::new(problem.fix(
        "see that the folder may be written to, or take the text from `devstack init --print`",
    ))
}

/// Writes a manifest, which keeps its mode if it is there, and the folder of what git does not see.
pub(super) fn write(folder: &Path, name: &str, text: &str) -> Result<(), Box<Diagnostic>> {
    ignore(folder)?;
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    // Where it is a link, what it leads to is written.
    let path = fs::canonicalize(folder.join(name)).unwrap_or_else(|_| folder.join(name));
    let like_before = || match fs::metadata(&path) {
        Ok(about) => fs::set_permissions(&beside, about.permissions()),
        Err(_) => Ok(()),
    };
    fs::write(&beside, text)
        .and_then(|()| like_before())
        .and_then(|()| fs::rename(&beside, &path))
        .map_err(|error| {
            let _ = fs::remove_file(&beside);
            failed(name, &error)
        })
}

/// Whether `PATH` has a program.
pub(super) fn is_program(path: &str, name: &str) -> bool {
    std::env::split_paths(path).any(|folder| {
        fs::metadata(folder.join(name))
            .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
    })
}
